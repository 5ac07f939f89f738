//go:build !js

package e2e

import (
	"context"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// Network is a way to a [Site] that its faults lie on: a proxy below HTTP, on a
// port of its own. A page has them when it is opened at [Network.URL], or asks
// for a stream there; [Site.URL] leads past them.
//
// Each fault holds, from its method's return, for the connections that are open
// and for new ones, until the function is called that the method returned, which
// does nothing a second time, or until the test is over. Faults add up. All of
// them fail the test where they cannot do what they say, and are for its
// goroutine.
//
// Latency, Bandwidth and Slice are Toxiproxy's. They come and go between two
// pieces of data on a connection: where a client reads nothing, that is after it
// has read on, and fails the test after the site's timeout. Of two of them the
// later one should be taken back first: what is under way in the earlier one is
// lost when the later one does not take it within five seconds.
//
// Timeout, Reset and Partition are not Toxiproxy's, whose timeout begins anew with
// everything it loses, whose reset is none for connections that are open, and
// which has no partition that heals.
type Network struct {
	site     *Site
	listener net.Listener
	server   *toxiproxy.ApiServer // which serves nothing
	proxy    *toxiproxy.Proxy     // which only holds the toxics
	toxics   []string             // the names of those that hold
	added    int                  // toxics so far, for their names
	working  sync.WaitGroup       // accept, and each direction of each route

	mu     sync.Mutex
	routes map[*route]bool
	made   int // routes so far, for their names
	closed bool
	losses []*loss       // that hold
	splits int           // partitions that hold
	whole  chan struct{} // closed when there is no partition any more
}

// Network returns a new way to the site, which has no faults yet. It is closed
// when the test ends, before the site and after the pages opened since.
func (s *Site) Network() *Network {
	s.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatalf("e2e: network: listening on loopback: %v", err)
	}
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	upstream := net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
	n := &Network{
		site: s, listener: listener, server: server, routes: make(map[*route]bool),
		proxy: toxiproxy.NewProxy(server, "site", listener.Addr().String(), upstream),
	}
	n.working.Go(n.accept)
	s.t.Cleanup(n.close)
	return n
}

// URL returns the absolute URL of path by way of the network.
func (n *Network) URL(path string) string { return "http://" + n.listener.Addr().String() + path }

// accept gives each client a route to the site until the network is closed. It
// turns clients away while the site is down.
func (n *Network) accept() {
	for {
		client, err := n.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", n.proxy.Upstream)
		if err != nil {
			client.Close()
			continue
		}
		if r := n.add(client.(*net.TCPConn), server.(*net.TCPConn)); r != nil {
			r.start()
		}
	}
}

// close ends every connection and waits until nothing is left of them.
func (n *Network) close() {
	n.listener.Close()
	n.mute()
	done := n.within(func() {
		// While there are connections, and the last one first, as Toxiproxy
		// hands what waits in a toxic on to the next one.
		for _, name := range slices.Backward(n.toxics) {
			n.proxy.Toxics.RemoveToxic(context.Background(), name)
		}
		n.hangUp(func(*route) bool { return true })
		n.working.Wait()
	})
	if !done {
		n.t().Errorf("e2e: network: a connection is still there %v after it was closed", n.site.within())
	}
}

// mute has what is under way go nowhere, whoever does not read.
func (n *Network) mute() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed = true
	for r := range n.routes {
		r.client.SetWriteDeadline(time.Unix(1, 0))
		r.server.SetWriteDeadline(time.Unix(1, 0))
	}
	if n.splits > 0 {
		close(n.whole)
	}
	n.splits = 0
}

// hangUp breaks the connections of the routes that are meant.
func (n *Network) hangUp(meant func(*route) bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for r := range n.routes {
		if meant(r) {
			r.hangUp()
		}
	}
}

func (n *Network) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}

// within reports whether do returned within the site's timeout.
func (n *Network) within(do func()) bool {
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		do()
	}()
	select {
	case <-returned:
		return true
	case <-time.After(n.site.within()):
		return false
	}
}

// t is who is told of what goes wrong.
func (n *Network) t() testing.TB { return n.site.t }
