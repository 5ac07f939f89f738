//go:build !js

package e2e

import (
	"net"
	"strconv"
	"time"

	"github.com/Shopify/toxiproxy/v2/stream"
)

// route is a client's connection, and the one to the site that goes with it.
// Toxiproxy carries the bytes between the two through its toxics, but leaves
// goroutines behind for each connection that is broken with bytes under way, so
// it gets ends that always take what it has.
type route struct {
	network        *Network
	client, server *net.TCPConn

	// Guarded by the network.
	open int         // directions that still carry
	lost *loss       // the fault that has lost bytes of the site's
	end  *time.Timer // of the connections, when they have lost some
}

// add returns a new route, or nil, with the connections closed, when the network
// is closed.
func (n *Network) add(client, server *net.TCPConn) *route {
	r := &route{network: n, client: client, server: server, open: 2}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		r.hangUp()
		return nil
	}
	n.routes[r] = true
	n.made++
	n.working.Add(r.open)
	return r
}

// start has both directions carry.
func (r *route) start() {
	n := r.network
	name := strconv.Itoa(n.made) // only accept makes routes
	n.proxy.Toxics.StartLink(n.server, name+" up", inlet{r, r.client}, outlet{r, r.server}, stream.Upstream)
	n.proxy.Toxics.StartLink(n.server, name+" down", inlet{r, r.server}, outlet{r, r.client}, stream.Downstream)
}

// hangUp breaks both connections, as the loss says if there was one.
func (r *route) hangUp() {
	for _, conn := range []*net.TCPConn{r.client, r.server} {
		if r.lost != nil && r.lost.reset {
			conn.SetLinger(0) // on failure it sees a plain end instead
		}
		conn.Close()
	}
}

// loses reports whether what has come from the site is lost. The first time it
// sees to the end of the connections.
func (r *route) loses() bool {
	n := r.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if r.lost != nil {
		return true
	}
	if len(n.losses) == 0 {
		return false
	}
	r.lost = n.losses[len(n.losses)-1]
	if r.lost.after > 0 || r.lost.reset {
		r.end = time.AfterFunc(r.lost.after, func() {
			n.hangUp(func(other *route) bool { return other == r })
		})
	}
	return true
}

// inlet is where a direction's bytes come from.
type inlet struct {
	route *route
	conn  *net.TCPConn
}

// Read returns what has come, the end included, when there is no partition.
func (i inlet) Read(p []byte) (int, error) {
	for {
		n, err := i.conn.Read(p)
		i.route.network.waitWhole()
		if n == 0 || i.conn == i.route.client || !i.route.loses() {
			return n, err
		}
		if err != nil {
			return 0, err
		}
	}
}

// outlet is where a direction's bytes go.
type outlet struct {
	route *route
	conn  *net.TCPConn
}

// Write takes all of p, whether or not anybody is there to get it.
func (o outlet) Write(p []byte) (int, error) {
	if _, err := o.conn.Write(p); err != nil {
		o.route.network.hangUp(func(r *route) bool { return r == o.route })
	}
	return len(p), nil
}

// Close ends the direction.
func (o outlet) Close() error {
	r, n := o.route, o.route.network
	n.mu.Lock()
	defer n.mu.Unlock()
	o.conn.Close()
	if r.open--; r.open == 0 {
		delete(n.routes, r)
		if r.end != nil {
			r.end.Stop()
		}
	}
	n.working.Done()
	return nil
}
