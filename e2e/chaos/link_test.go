//go:build unix

package chaos

import (
	"io"
	"net"
	"sync"
	"testing"
)

// link passes each connection on to an address that it asks for, until it is cut.
type link struct {
	listener net.Listener
	target   func() string // "" for none

	mu    sync.Mutex
	off   bool
	conns map[net.Conn]bool
	ended sync.WaitGroup
}

// startLink listens until the test ends.
func startLink(t *testing.T, target func() string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{listener: listener, target: target, conns: make(map[net.Conn]bool)}
	l.ended.Go(func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			l.ended.Go(func() { l.pass(in) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		l.cut(true)
		l.ended.Wait()
	})
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

func (l *link) pass(in net.Conn) {
	defer l.add(in)()
	to := l.target()
	if to == "" {
		return
	}
	out, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer l.add(out)()
	l.ended.Go(func() {
		defer in.Close()
		defer out.Close()
		io.Copy(out, in)
	})
	io.Copy(in, out)
}

// add counts a connection among those to cut, and returns what closes it.
func (l *link) add(c net.Conn) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = true
	if l.off {
		c.Close()
	}
	return func() {
		c.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.conns, c)
	}
}

// cut breaks what passes and lets nothing more pass, or lets it again.
func (l *link) cut(off bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.off = off
	if off {
		for c := range l.conns {
			c.Close()
		}
	}
}
