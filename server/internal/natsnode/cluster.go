package natsnode

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

// Cluster is nodes on loopback that can be stopped, started again and cut off
// from one another.
type Cluster struct {
	name    string
	dir     string
	client  []string  // addresses
	cluster []string  // addresses
	links   [][]*link // links[i][j] is how node i reaches node j
	nodes   []*Node   // nil while one is down
}

// StartCluster starts so many nodes with free ports and below dir.
func StartCluster(name, dir string, nodes int) (*Cluster, error) {
	c := &Cluster{name: name, dir: dir, nodes: make([]*Node, nodes), links: make([][]*link, nodes)}
	addrs, err := FreeAddrs(2 * nodes)
	if err != nil {
		return nil, err
	}
	c.client, c.cluster = addrs[:nodes], addrs[nodes:]
	for i := range nodes {
		for j := range nodes {
			l, err := newLink(c.cluster[j])
			if err != nil {
				c.Close()
				return nil, err
			}
			c.links[i] = append(c.links[i], l)
		}
	}
	for i := range nodes {
		if err := c.Start(i); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// FreeAddrs returns addresses on loopback that nobody listened on just now.
func FreeAddrs(count int) (addrs []string, err error) {
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at the end, so that they differ
		addrs = append(addrs, l.Addr().String())
	}
	return addrs, nil
}

// Start starts a node that is down, with what it has kept.
func (c *Cluster) Start(i int) error {
	if c.nodes[i] != nil {
		return errors.New("the node is up")
	}
	var routes []string
	for _, l := range c.links[i] {
		routes = append(routes, l.addr())
	}
	name := fmt.Sprintf("node-%d", i)
	node, err := Start(name, c.name, filepath.Join(c.dir, name), c.client[i], c.cluster[i], routes)
	if err != nil {
		return err
	}
	c.nodes[i] = node
	return nil
}

// Stop takes a node down.
func (c *Cluster) Stop(i int) {
	if c.nodes[i] != nil {
		c.nodes[i].Shutdown()
		c.nodes[i] = nil
	}
}

// Cut cuts a node off from the others; clients still reach it.
func (c *Cluster) Cut(i int) { c.cut(i, true) }

// Heal takes Cut back.
func (c *Cluster) Heal(i int) { c.cut(i, false) }

func (c *Cluster) cut(i int, off bool) {
	for j := range c.links {
		c.links[i][j].cut(off)
		c.links[j][i].cut(off)
	}
}

// URL names all nodes.
func (c *Cluster) URL() string { return "nats://" + strings.Join(c.client, ",nats://") }

// Addr is where clients reach a node.
func (c *Cluster) Addr(i int) string { return "nats://" + c.client[i] }

// Leader is the node that leads a stream, -1 if none says so of itself.
func (c *Cluster) Leader(stream string) int {
	for i, node := range c.nodes {
		if node != nil && node.Leads(stream) {
			return i
		}
	}
	return -1
}

// Index is the node of that name, -1 if there is none.
func (c *Cluster) Index(name string) int {
	for i, node := range c.nodes {
		if node != nil && node.Name() == name {
			return i
		}
	}
	return -1
}

// Close stops all nodes.
func (c *Cluster) Close() {
	for i := range c.nodes {
		c.Stop(i)
	}
	for _, links := range c.links {
		for _, l := range links {
			l.close()
		}
	}
}
