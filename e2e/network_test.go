//go:build !js

package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// client is a client that reads, by way of a network, what the test writes.
type client struct {
	*net.TCPConn
	network *Network
	conn    *Conn
}

// dial asks for /events by way of network.
func dial(t *testing.T, network *Network) *client {
	t.Helper()
	return askFor(t, network, connect(t, network))
}

// connect returns a connection that is closed when the test ends.
func connect(t *testing.T, network *Network) *net.TCPConn {
	t.Helper()
	wire, err := net.Dial("tcp", network.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { wire.Close() })
	return wire.(*net.TCPConn)
}

func askFor(t *testing.T, network *Network, wire *net.TCPConn) *client {
	t.Helper()
	stream := network.site.Stream("/events")
	io.WriteString(wire, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
	return &client{wire, network, stream.Accept(t.Context())}
}

// open is dial on a network of its own, with the beginning of an answer read.
func open(t *testing.T) *client {
	t.Helper()
	c := dial(t, Serve(t, App{}).Network())
	c.conn.RawHead("head")
	expect(t, c, "head")
	return c
}

// silent reports that nothing arrives within a moment.
func (c *client) silent(t *testing.T) {
	t.Helper()
	c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d bytes, %v, want silence", n, err)
	}
	c.SetReadDeadline(time.Time{})
}

// TestNetworkDelays holds that each fault which takes time takes it, on a
// connection that was there before, that nothing is lost or changed when it
// comes, while it holds and when it goes.
func TestNetworkDelays(t *testing.T) {
	text := strings.Repeat("0123456789", 50)
	for _, test := range []struct {
		name  string
		fault func(*Network) func()
		least time.Duration
	}{
		{"latency", func(n *Network) func() { return n.Latency(100*time.Millisecond, 20*time.Millisecond) }, 80 * time.Millisecond},
		{"bandwidth", func(n *Network) func() { return n.Bandwidth(5000) }, 90 * time.Millisecond},
		{"slices", func(n *Network) func() { return n.Slice(10, 5, time.Millisecond) }, 33 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := open(t)
			restore := test.fault(c.network)
			start := time.Now()
			c.conn.Raw(text)
			expect(t, c, text)
			if took := time.Since(start); took < test.least {
				t.Errorf("arrived within %v, want no less than %v", took, test.least)
			}
			c.conn.Raw("under way")
			restore()
			restore() // does nothing
			c.conn.Raw(", after")
			expect(t, c, "under way, after")
		})
	}
}

// TestNetworkSlices reads again and again: a reader that comes late gets several slices
// at once, and one that is in time gets most of them one by one.
func TestNetworkSlices(t *testing.T) {
	c := open(t)
	c.network.Slice(10, 5, 2*time.Millisecond)
	for c.slices(t) < 10 { // of 20 at least
	}
}

// slices sends a text and returns how many readings it came in.
func (c *client) slices(t *testing.T) (pieces int) {
	t.Helper()
	text := strings.Repeat("0123456789", 30)
	c.conn.Raw(text)
	var got string
	for buffer := make([]byte, 1000); len(got) < len(text); pieces++ {
		n, err := c.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		got += string(buffer[:n])
	}
	if got != text {
		t.Errorf("got %q, want %q", got, text)
	}
	return pieces
}

// TestNetworkLoses holds that the faults which lose bytes end the connections
// that lack them, those from before and new ones, as both ends see it, and no
// connection any more when they are taken back.
func TestNetworkLoses(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault func(*Network) func()
		want  error
	}{
		{"timeout", func(n *Network) func() { return n.Timeout(20 * time.Millisecond) }, nil},
		{"reset", func(n *Network) func() { return n.Reset(0) }, syscall.ECONNRESET},
		{"late reset", func(n *Network) func() { return n.Reset(20 * time.Millisecond) }, syscall.ECONNRESET},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := open(t)
			restore := test.fault(before.network)
			for _, c := range []*client{before, dial(t, before.network)} {
				for !c.ended() {
					c.conn.WriteContext(t.Context(), []byte("lost"))
				}
				if got, err := io.ReadAll(c); len(got) > 0 || !errors.Is(err, test.want) {
					t.Errorf("got %q, %v, want nothing and %v", got, err, test.want)
				}
			}
			restore()
			c := dial(t, before.network)
			c.conn.RawHead("whole")
			expect(t, c, "whole")
		})
	}
}

// ended waits a moment for the server to see that the client has left.
func (c *client) ended() bool {
	select {
	case <-c.conn.finished:
		return true
	case <-time.After(time.Millisecond):
		return false
	}
}

func TestNetworkTimeoutOfZero(t *testing.T) {
	c := open(t)
	restore := c.network.Timeout(0)
	c.conn.Raw("lost")
	c.silent(t)
	restore()
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v, want the end", got, err)
	}
	c.conn.WaitGone(t.Context())
}

// TestNetworkPartition holds that nothing goes through a partition, the end of a
// connection included, and everything when the last one has healed.
func TestNetworkPartition(t *testing.T) {
	c := open(t)
	other := dial(t, c.network)
	heal, healToo := c.network.Partition(), c.network.Partition()
	c.conn.Raw("held back")
	other.Close()
	c.silent(t)
	heal()
	heal() // does nothing
	c.silent(t)
	select {
	case <-other.conn.finished:
		t.Error("the server sees a client leave on the other side of a partition")
	default:
	}
	healToo()
	expect(t, c, "held back")
	other.conn.WaitGone(t.Context())
	c.conn.End()
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v, want the end", got, err)
	}
}

func TestNetworkWithoutSite(t *testing.T) {
	c := dial(t, Serve(t, App{}).Network())
	c.conn.Open()
	c.network.site.Down()
	io.ReadAll(c) // to the end
	if got, err := io.ReadAll(connect(t, c.network)); len(got) > 0 || err != nil {
		t.Errorf("got %q, %v from a site that is down, want the end", got, err)
	}
	c.network.site.Up()
	again := dial(t, c.network)
	again.conn.RawHead("again")
	expect(t, again, "again")
}

// TestNetworkLeavesNothing ends tests in which each fault and all of them hold, and
// bytes are under way to clients that do not read: one that leaves, one that is
// there when the test ends, and one that stays.
func TestNetworkLeavesNothing(t *testing.T) {
	whole := t
	faults := map[string]func(*Network) func(){
		"none":      func(*Network) func() { return func() {} },
		"latency":   func(n *Network) func() { return n.Latency(10*time.Second, 0) },
		"bandwidth": func(n *Network) func() { return n.Bandwidth(1) },
		"slices":    func(n *Network) func() { return n.Slice(10, 0, time.Second) },
		"timeout":   func(n *Network) func() { return n.Timeout(time.Millisecond) },
		"reset":     func(n *Network) func() { return n.Reset(50 * time.Millisecond) },
		"partition": func(n *Network) func() { return n.Partition() },
	}
	flood := make([]byte, 32<<20) // more than the system takes for somebody who does not read
	var addresses []string
	try := func(t *testing.T, add ...func(*Network) func()) {
		c := open(t)
		addresses = append(addresses, c.network.listener.Addr().String())
		leaves, stays := dial(t, c.network), askFor(t, c.network, connect(whole, c.network))
		for _, fault := range add {
			fault(c.network)()
			fault(c.network)
		}
		for _, busy := range []*client{c, leaves, stays} {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			busy.conn.WriteContext(ctx, flood)
			cancel()
		}
		leaves.Close()
	}
	var all []func(*Network) func()
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) { try(t, fault) })
		all = append(all, fault)
	}
	t.Run("all", func(t *testing.T) { try(t, all...) })
	for _, address := range addresses {
		if conn, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, %v from a network that is closed, want it to refuse", conn, err)
		}
	}
	for start := time.Now(); ; time.Sleep(lookAgain) {
		left := networkGoroutines()
		if len(left) == 0 {
			return
		}
		if time.Since(start) > timescale.Bound(DefaultTimeout) {
			t.Fatalf("got %d goroutines left, want none:\n%s", len(left), strings.Join(left, "\n\n"))
		}
	}
}

// networkGoroutines returns the stacks that a network has a part in.
func networkGoroutines() (stacks []string) {
	all := make([]byte, 4<<20)
	all = all[:runtime.Stack(all, true)]
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		if strings.Contains(stack, "toxiproxy") || strings.Contains(stack, "e2e.(*Network)") {
			stacks = append(stacks, stack)
		}
	}
	return stacks
}
