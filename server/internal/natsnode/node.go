// Package natsnode runs nodes of a NATS cluster inside this process, for tests
// and demonstrations.
package natsnode

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

// Node is one NATS server of a cluster, with JetStream.
type Node struct {
	server *natsserver.Server
	client string
}

// Start starts a node that keeps its streams in dir. It listens for clients
// on clientAddr and for other nodes on clusterAddr, both host:port, and
// connects to the nodes at routes, which are addresses of all nodes of the
// cluster: they say how many there are. It does not wait for the others.
func Start(name, clusterName, dir, clientAddr, clusterAddr string, routes []string) (*Node, error) {
	clientHost, clientPort, err := split(clientAddr)
	if err != nil {
		return nil, err
	}
	clusterHost, clusterPort, err := split(clusterAddr)
	if err != nil {
		return nil, err
	}
	o := &natsserver.Options{
		ServerName: name,
		Host:       clientHost,
		Port:       clientPort,
		NoSigs:     true,
		NoLog:      true,
		JetStream:  true,
		StoreDir:   dir,
		// A test's disk and memory are not what is to be tested.
		JetStreamMaxMemory: 1 << 40,
		JetStreamMaxStore:  1 << 40,
		Cluster: natsserver.ClusterOpts{
			Name: clusterName,
			Host: clusterHost,
			Port: clusterPort,
			// Nodes go by their routes only, so that a route can be cut: what
			// they tell each other of this node leads nowhere, and clients are
			// told of no other node.
			Advertise:   net.JoinHostPort(clusterHost, "1"),
			NoAdvertise: true,
		},
	}
	for _, route := range routes {
		o.Routes = append(o.Routes, &url.URL{Scheme: "nats", Host: route})
	}
	server, err := natsserver.NewServer(o)
	if err != nil {
		return nil, err
	}
	server.Start()
	n := &Node{server: server, client: "nats://" + clientAddr}
	if !server.ReadyForConnections(10*time.Second) || !server.JetStreamEnabled() {
		n.Shutdown()
		return nil, fmt.Errorf("node %s does not start on %s and %s", name, clientAddr, clusterAddr)
	}
	return n, nil
}

func split(addr string) (host string, port int, err error) {
	host, digits, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	if port, err = strconv.Atoi(digits); err != nil || port <= 0 {
		return "", 0, errors.New(addr + " has no port")
	}
	return host, port, nil
}

// URL is where clients connect to.
func (n *Node) URL() string { return n.client }

// Name is the node's name.
func (n *Node) Name() string { return n.server.Name() }

// Leads reports whether the node leads a stream, of the account that is there
// without configuration.
func (n *Node) Leads(stream string) bool {
	return n.server.JetStreamIsStreamLeader(natsserver.DEFAULT_GLOBAL_ACCOUNT, stream)
}

// Shutdown stops the node and waits until it is down.
func (n *Node) Shutdown() {
	n.server.Shutdown()
	n.server.WaitForShutdown()
}
