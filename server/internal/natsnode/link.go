package natsnode

import (
	"io"
	"net"
	"sync"
)

// link passes connections on to an address, until it is cut.
type link struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	off   bool
	conns map[net.Conn]bool
	ended sync.WaitGroup
}

func newLink(to string) (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{listener: listener, to: to, conns: map[net.Conn]bool{}}
	l.ended.Go(l.accept)
	return l, nil
}

func (l *link) addr() string { return l.listener.Addr().String() }

func (l *link) accept() {
	for {
		in, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.ended.Go(func() { l.pass(in) })
	}
}

func (l *link) pass(in net.Conn) {
	defer in.Close()
	if !l.add(in) {
		return
	}
	defer l.remove(in)
	out, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer out.Close()
	if !l.add(out) {
		return
	}
	defer l.remove(out)
	l.ended.Go(func() {
		defer in.Close()
		defer out.Close()
		io.Copy(out, in)
	})
	io.Copy(in, out)
}

func (l *link) add(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.off {
		l.conns[c] = true
	}
	return !l.off
}

func (l *link) remove(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

// cut ends what passes and lets nothing more pass, or lets it again.
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

func (l *link) close() {
	l.listener.Close()
	l.cut(true)
	l.ended.Wait()
}
