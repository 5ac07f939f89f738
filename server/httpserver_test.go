package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// start runs Serve, and returns what makes it end and what it returned.
func start(t *testing.T, srv *http.Server, l net.Listener) (stop func(), result <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, srv, l) }()
	return cancel, done
}

// A stream that is open ends by itself and does not use up the grace, which is longer
// here than the test may last.
func TestServeEndsWithStreamsOpen(t *testing.T) {
	f := New(nil)
	srv := NewHTTPServer(f)
	srv.RegisterOnShutdown(func() { f.Close() })
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	result := make(chan error, 1)
	go func() { result <- serveWithGrace(ctx, srv, l, time.Hour) }()
	c := connect(t, "http://"+l.Addr().String(), "")
	stop()
	if err := <-result; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if rest, err := io.ReadAll(c.Body); err != nil || !strings.HasPrefix(string(rest), "retry: ") {
		t.Errorf("got %q, %v, want when to come back, and a response that ends", rest, err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func TestServeCutsWhatDoesNotEnd(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	srv := NewHTTPServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	}))
	l := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	result := make(chan error, 1)
	go func() { result <- serveWithGrace(ctx, srv, l, time.Millisecond) }()
	answer := make(chan error, 1)
	go func() {
		res, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			res.Body.Close()
		}
		answer <- err
	}()
	<-entered
	cancel()
	if err := <-result; err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if err := <-answer; err == nil { // hangs if the connection is left open
		t.Error("got an answer, want a connection that is cut")
	}
	close(release)
}

func TestServeReturnsTheErrorOfItsListener(t *testing.T) {
	l := listen(t)
	l.Close()
	err := Serve(t.Context(), NewHTTPServer(http.NotFoundHandler()), l)
	if !errors.Is(err, net.ErrClosed) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("got %v, want %v with the address", err, net.ErrClosed)
	}
}

func TestServeWithContextDoneBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Serve(ctx, NewHTTPServer(http.NotFoundHandler()), listen(t)); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}

func TestTimeoutsLetSlowRequestsGo(t *testing.T) {
	srv := NewHTTPServer(http.NotFoundHandler())
	if srv.ReadHeaderTimeout <= 0 || srv.ReadTimeout <= 0 || srv.WriteTimeout <= 0 || srv.IdleTimeout <= 0 {
		t.Fatalf("got %+v, want every timeout set", srv)
	}
	srv.ReadHeaderTimeout = 20 * time.Millisecond
	l := listen(t)
	stop, result := start(t, srv, l)
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil { // hangs if the server waits for the rest
		t.Errorf("got %v, want the connection closed", err)
	}
	stop()
	<-result
}

func TestTimeoutsDoNotCutStreams(t *testing.T) {
	limit := timescale.Bound(300 * time.Millisecond)
	f := New(&Options{Heartbeat: limit / 2})
	srv := NewHTTPServer(f)
	srv.RegisterOnShutdown(func() { f.Close() })
	srv.ReadHeaderTimeout = limit
	srv.ReadTimeout = limit
	srv.WriteTimeout = limit
	srv.IdleTimeout = limit
	l := listen(t)
	stop, result := start(t, srv, l)
	c := connect(t, "http://"+l.Addr().String(), "")
	begin := time.Now()
	for range 10 {
		c.block()
	}
	if open := time.Since(begin); open < 3*srv.ReadTimeout {
		t.Fatalf("got ten heartbeats in %v: too soon to tell", open)
	}
	publish(t, f, "still here")
	c.want("still here")
	stop()
	<-result
}
