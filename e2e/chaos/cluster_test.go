//go:build unix

package chaos

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// nodes is a NATS cluster: processes that reach each other by links.
type nodes struct {
	processes []*process
	links     [][]*link // links[i][j] is how node i reaches node j
	url       string    // of all of them, for clients
}

// startNodes starts a cluster, of the program that shows one.
func startNodes(t *testing.T, count int) *nodes {
	t.Helper()
	program := filepath.Join(t.TempDir(), "cluster")
	if out, err := exec.Command("go", "build", "-o", program, "../../server/cmd/cluster").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The links listen before there are addresses of nodes: one that came to listen on
	// an address of these would connect to itself, again and again.
	routes := make([]string, count)
	c := &nodes{}
	for range count {
		var links []*link
		for j := range count {
			links = append(links, startLink(t, func() string { return routes[j] }))
		}
		c.links = append(c.links, links)
	}
	client := freeAddrs(t, count)
	copy(routes, freeAddrs(t, count))
	c.url = "nats://" + strings.Join(client, ",nats://")
	for i, links := range c.links {
		var ways []string
		for _, l := range links {
			ways = append(ways, l.addr())
		}
		name := fmt.Sprint("node-", i)
		args := []string{"nats-node", name, filepath.Join(t.TempDir(), name), client[i], routes[i], strings.Join(ways, ",")}
		c.processes = append(c.processes, startProcess(t, name, "NATS node: ", func() *exec.Cmd {
			return exec.Command(program, args...)
		}))
	}
	for _, p := range c.processes {
		p.waitUp(t)
	}
	return c
}

// freeAddrs returns addresses on loopback that nobody listened on just now: a
// node has to know those of the others before any of them runs.
func freeAddrs(t *testing.T, count int) (addrs []string) {
	t.Helper()
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all at the end, so that they differ
		addrs = append(addrs, l.Addr().String())
	}
	return addrs
}

// cut cuts a node off from the others, or takes that back. Clients reach it all
// the time.
func (c *nodes) cut(i int, off bool) {
	for j := range c.links {
		c.links[i][j].cut(off)
		c.links[j][i].cut(off)
	}
}

// leader waits until the only stream has all its copies up to date, and returns
// the node that leads it and one that follows.
func (c *nodes) leader(t *testing.T, js jetstream.JetStream) (leader, follower int) {
	t.Helper()
	eventually(t, "the stream has a leader and all its copies are up to date", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), timescale.Bound(5*time.Second))
		defer cancel()
		names := js.StreamNames(ctx)
		stream, err := js.Stream(ctx, <-names.Name())
		if err != nil {
			return false
		}
		replicas := stream.CachedInfo().Cluster
		leader = c.index(replicas.Leader)
		for _, r := range replicas.Replicas {
			if !r.Current || r.Offline {
				return false
			}
			follower = c.index(r.Name)
		}
		return leader >= 0 && len(replicas.Replicas) == len(c.processes)-1
	})
	return leader, follower
}

// index is the node of that name, -1 if there is none.
func (c *nodes) index(name string) int {
	return slices.IndexFunc(c.processes, func(p *process) bool { return p.name == name })
}

// connect connects to whichever node is there, until the test ends.
func (c *nodes) connect(t *testing.T) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect(c.url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.Timeout(patience))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// TestCluster kills nodes of a cluster and the servers on it, and cuts nodes off
// from the others, one after the other, with 500 events published per second and 20
// clients, one of them a page.
func TestCluster(t *testing.T) {
	t.Parallel()
	const clients, batch, every = 20, 10, 20 * time.Millisecond
	cluster := startNodes(t, 3)
	var servers []*process
	var addrs []string
	var down [2]atomic.Bool
	for i := range down {
		p, addr := startServer(t, fmt.Sprint("server-", i), "-nats", cluster.url)
		servers, addrs = append(servers, p), append(addrs, addr)
	}
	for _, p := range servers {
		p.waitUp(t)
	}
	var turn atomic.Uint64
	way := startLink(t, func() string {
		for range addrs {
			if i := turn.Add(1) % uint64(len(addrs)); !down[i].Load() {
				return addrs[i]
			}
		}
		return ""
	})
	all := startReaders(t, "http://"+way.addr()+"/events", clients, "native")
	p := startPublisher(t, "http://"+way.addr()+"/publish", batch, every, 0)
	all.waitPast(t, 0)

	js := cluster.connect(t)
	round := func(what string, do func()) {
		t.Helper()
		start, before := time.Now(), p.acknowledged()
		do()
		mark := p.acknowledged() + 2*batch
		all.waitPast(t, mark)
		t.Logf("%s: %v, %d acknowledged", what, time.Since(start).Round(time.Millisecond), mark-before)
	}
	flow := func() {
		t.Helper()
		until := p.acknowledged() + 2*batch
		eventually(t, "events flow", func() bool { return p.acknowledged() > until })
	}
	kill := func(what string, i int) {
		t.Helper()
		node := cluster.processes[i]
		round("kill "+what, func() {
			node.kill()
			flow()
			node.start(t)
			node.waitUp(t)
		})
	}
	cut := func(what string, i int) {
		t.Helper()
		round("cut off "+what, func() {
			cluster.cut(i, true)
			flow()
			cluster.cut(i, false)
		})
	}
	start := time.Now()
	for i := range longer(t) {
		if i > 0 { // each takes up to ten seconds of waiting for a new leader
			leader, _ := cluster.leader(t, js)
			kill("the leader", leader)
			_, follower := cluster.leader(t, js)
			cut("a follower", follower)
		}
		_, follower := cluster.leader(t, js)
		kill("a follower", follower)
		for i, srv := range servers {
			round(fmt.Sprint("kill server ", i), func() {
				down[i].Store(true)
				srv.kill()
				flow()
				srv.start(t)
				srv.waitUp(t)
				down[i].Store(false)
			})
		}
		leader, _ := cluster.leader(t, js)
		cut("the leader", leader)
	}
	published := p.finish(t)
	all.check(t, published)
	t.Logf("%d events acknowledged in %v, %d published again (%v)",
		len(published), time.Since(start).Round(time.Millisecond), p.repeated, p.refused)
}
