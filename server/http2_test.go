package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"context"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// beats waits for that many heartbeats of a feed that says nothing else.
func beats(t *testing.T, every time.Duration, heartbeats int) {
	t.Helper()
	f, url := serve(t, &Options{Heartbeat: every})
	defer f.Close()
	for c := connect(t, url, ""); heartbeats > 0; heartbeats-- {
		c.block()
	}
}

// A stream that is quiet for longer than any write timeout goes on.
func TestQuietStreamOutlivesTheWriteTimeout(t *testing.T) {
	const beat = 20 * time.Millisecond
	limit := timescale.Bound(300 * time.Millisecond)
	for _, timeout := range []time.Duration{limit, -1} {
		f := New(&Options{WriteTimeout: timeout, Heartbeat: -1})
		s := serveBoth(t, f)
		s.Config.WriteTimeout = limit
		s.Config.ReadTimeout = limit
		one, two := connectBy(t, clientOf(t, 1), s.URL), connectBy(t, clientOf(t, 2), s.URL)
		if one.ProtoMajor != 1 || two.ProtoMajor != 2 {
			t.Fatalf("got %s and %s", one.Proto, two.Proto)
		}
		for _, text := range []string{"a", "b"} {
			beats(t, beat, int(limit*3/2/beat))
			publish(t, f, text)
			one.want(text)
			two.want(text)
		}
		f.Close()
		s.Close()
	}
}

// Behind HTTP/2's own window too a client that takes nothing is let go, and those
// that share its connection are not.
func TestStalledStreamOfManyIsLetGo(t *testing.T) {
	f := New(&Options{WriteTimeout: timescale.Bound(time.Second), History: 1})
	left := make(chan string, 10)
	s := serveBoth(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { left <- r.URL.Path }()
		f.ServeHTTP(w, r)
	}))
	defer s.Close()
	defer f.Close()
	client := clientOf(t, 2)
	connectBy(t, client, s.URL+"/stalled")
	c := connectBy(t, client, s.URL+"/goes-on?type=small")
	m := large()
	if _, err := f.PublishMessage(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if got := <-left; got != "/stalled" {
		t.Fatalf("%s is let go", got)
	}
	m.Type, m.Data = "small", []byte("x")
	if _, err := f.PublishMessage(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	c.want("x")
}

// stallingConn reads nothing any more once it is stalled.
type stallingConn struct {
	net.Conn
	stalled <-chan struct{}
	closed  chan struct{}
	once    sync.Once
}

func (c *stallingConn) Read(b []byte) (int, error) {
	select {
	case <-c.stalled:
		<-c.closed
		return 0, net.ErrClosed
	default:
		return c.Conn.Read(b)
	}
}

func (c *stallingConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// A connection that takes nothing at all holds none of its streams' goroutines.
func TestStalledConnectionOfManyStreamsIsLetGo(t *testing.T) {
	f := New(&Options{WriteTimeout: 500 * time.Millisecond})
	var left sync.WaitGroup
	s := httptest.NewUnstartedServer(nil)
	s.Config = NewHTTPServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer left.Done()
		f.ServeHTTP(w, r)
	}))
	if s.Config.HTTP2.WriteByteTimeout <= 0 || s.Config.HTTP2.SendPingTimeout <= 0 {
		t.Fatalf("got %+v, want connections that are stuck or dead to be closed", s.Config.HTTP2)
	}
	s.Config.HTTP2.WriteByteTimeout = 500 * time.Millisecond
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		c.(*net.TCPConn).SetWriteBuffer(4 << 10)
		return ctx
	}
	s.Start()
	defer s.Close()
	defer f.Close()
	stall := make(chan struct{})
	client := clientOf(t, 2)
	client.Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		c.(*net.TCPConn).SetReadBuffer(4 << 10)
		return &stallingConn{Conn: c, stalled: stall, closed: make(chan struct{})}, nil
	}
	const streams = 20
	left.Add(streams)
	for range streams {
		connectBy(t, client, s.URL)
	}
	close(stall)
	m := large()
	for range 4 { // one reading may be under way
		if _, err := f.PublishMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	left.Wait()
	wantNobody(t, f)
}

func TestCutEndsOneStreamOfMany(t *testing.T) {
	f := New(nil)
	bothVersions(t, f, func(t *testing.T, url string, client *http.Client) {
		a, b := connectBy(t, client, url+"/a"), connectBy(t, client, url+"/b")
		clientAt(t, f, "/a").Cut()
		if rest, err := io.ReadAll(a.Body); err == nil {
			t.Errorf("got %q and an end, want a response that breaks off", rest)
		}
		publish(t, f, "x")
		b.want("x")
		b.Body.Close()
		for f.Stats().Clients > 0 {
			time.Sleep(time.Millisecond)
		}
	})
}

func TestManyStreamsOnOneConnection(t *testing.T) {
	f := New(nil)
	var connections atomic.Int32
	s := httptest.NewUnstartedServer(nil)
	s.Config = NewHTTPServer(f)
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
		connections.Add(1)
		return ctx
	}
	s.Start()
	defer s.Close()
	defer f.Close()
	// A transport may open a second connection before it has noted the first one.
	one, err := clientOf(t, 2).Transport.(*http.Transport).NewClientConn(t.Context(), "http", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	client := &http.Client{Transport: one}
	var conns []*conn
	for range 200 {
		conns = append(conns, connectBy(t, client, s.URL))
	}
	for _, text := range []string{"a", "b", "c"} {
		publish(t, f, text)
		for _, c := range conns {
			c.want(text)
		}
	}
	if got := connections.Load(); got != 1 {
		t.Errorf("got %d connections, want 1", got)
	}
	if err := f.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, c := range conns {
		if _, err := io.ReadAll(c.Body); err != nil && !errors.Is(err, io.EOF) {
			t.Errorf("got %v, want the end of the response", err)
		}
	}
}
