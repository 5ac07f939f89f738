//go:build !(js && wasm)

package eventsource

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// follow opens a stream of numbers and holds that those from 1 to last come, in
// order and once.
func follow(t *testing.T, url string, options *Options, last int) *Source {
	t.Helper()
	s, err := Open(t.Context(), url, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	want := 1
	for ev, err := range subscribe[int](t, s, "", nil).Events() {
		if err != nil || ev.Data != want {
			t.Fatalf("got %+v, %v; want %d", ev, err, want)
		}
		if want++; want > last {
			break
		}
	}
	return s
}

// numbers writes those after the last event ID that r asks for, each with its
// own ID.
func numbers(r *http.Request, last int) string {
	from := 0
	fmt.Sscan(r.Header.Get("Last-Event-ID"), &from)
	var text strings.Builder
	for n := from + 1; n <= last; n++ {
		fmt.Fprintf(&text, "id: %d\ndata: %d\n\n", n, n)
	}
	return text.String()
}

// reset ends the connection with a TCP reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// TestHTTPRandomCuts cuts the stream at two hundred random places, by an end, in
// the middle of a chunk and by a reset.
func TestHTTPRandomCuts(t *testing.T) {
	const cuts, each = 200, 5
	random := rand.New(rand.NewPCG(7, 7))
	var mu sync.Mutex
	cut := 0
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		cut++
		from := 0
		fmt.Sscan(r.Header.Get("Last-Event-ID"), &from)
		text := numbers(r, from+each)
		if cut > cuts {
			writeStream(w, numbers(r, cuts*each))
			return
		}
		writeStream(w, text[:random.IntN(len(text)+1)])
		switch cut % 3 {
		case 1:
			panic(http.ErrAbortHandler)
		case 2:
			reset(w)
		}
	})
	s := follow(t, server.URL, &Options{Reconnect: brisk}, cuts*each)
	if got := s.Stats().Reconnects; got < cuts/2 {
		t.Errorf("got %d reconnects of %d cuts", got, cuts)
	}
}

// TestHTTPRedirects follows redirects of every status, to another origin too,
// and holds that the next request goes where they led, that a loop of them is a
// failure, and that headers do not go to another origin.
func TestHTTPRedirects(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		var asked []string
		other := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, "other"+r.URL.Path+r.Header.Get("X-Token"))
			writeStream(w, numbers(r, len(asked)))
			if len(asked) > 3 {
				<-r.Context().Done() // or it would be asked again before it is closed
			}
		})
		first := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = append(asked, "first"+r.URL.Path+r.Header.Get("X-Token"))
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/second", status)
				return
			}
			http.Redirect(w, r, other.URL+"/last", status)
		})
		s := follow(t, first.URL, &Options{Reconnect: brisk}, 4)
		s.Close()
		other.Close()
		first.Close()
		expect(t, fmt.Sprint(status), asked, "[first/ first/second other/last other/last]")
		expect(t, fmt.Sprint(status, ": URL"), s.URL(), first.URL)
	}
	loop := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", 307) })
	s, err := Open(t.Context(), loop.URL, &Options{Reconnect: NoReconnect})
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("a loop of redirects: got %v", err)
	}
}

// TestHTTPAsksAgain holds that a server which is busy is asked again, no sooner
// than it said, and that a token which is refused is refreshed.
func TestHTTPAsksAgain(t *testing.T) {
	var attempts atomic.Int32
	var busyAt time.Time
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		attempt := attempts.Add(1)
		switch {
		case attempt == 1:
			busyAt = time.Now()
			w.Header().Set("Retry-After", "1")
			http.Error(w, "busy", http.StatusServiceUnavailable)
		case r.Header.Get("Authorization") != "3":
			if waited := time.Since(busyAt); waited < time.Second {
				t.Errorf("asked again after %v", waited)
			}
			http.Error(w, "who?", http.StatusUnauthorized)
		default:
			writeStream(w, numbers(r, 1))
			<-r.Context().Done()
		}
	})
	follow(t, server.URL, &Options{
		Request: func(_ context.Context, attempt int) (*Request, error) {
			return &Request{Header: map[string][]string{"authorization": {fmt.Sprint(attempt)}}}, nil
		},
		Reconnect: Reconnect{Delay: time.Millisecond, Retry: func(err error) bool {
			var answer *ResponseError
			return errors.As(err, &answer) && (answer.Status == 401 || answer.Status == 503)
		}},
	}, 1)
	expect(t, "attempts", attempts.Load(), 3)
}

// TestHTTPNoAnswer holds that a connection which never answers, or whose headers
// never end, is taken for dead and made anew.
func TestHTTPNoAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	answers := []string{
		"",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Endless: ",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
	}
	var handlers sync.WaitGroup
	handlers.Go(func() {
		for _, answer := range answers {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handlers.Go(func() {
				defer conn.Close()
				if _, err := http.ReadRequest(bufio.NewReader(conn)); err != nil {
					t.Error(err)
				}
				io.WriteString(conn, answer)
				io.Copy(io.Discard, conn) // until the client has left
			})
		}
	})
	s, err := Open(t.Context(), "http://"+listener.Addr().String(),
		&Options{IdleTimeout: timescale.Bound(time.Second), Reconnect: brisk})
	if err != nil {
		t.Fatal(err)
	}
	states := s.States()
	for ev, err := range subscribe[int](t, s, "", nil).Events() {
		if err != nil || ev.Data != 1 {
			t.Errorf("got %+v, %v", ev, err)
		}
		break
	}
	s.Close()
	handlers.Wait()
	expect(t, "taken for dead", idleEnds(states), 3)
}

// TestHTTPRestart ends a server in the middle of its stream, with nobody
// listening for a while, and starts another one in its place that has more to
// tell.
func TestHTTPRestart(t *testing.T) {
	const rounds, each = 10, 3
	var published atomic.Int32
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeStream(w, numbers(r, int(published.Load())))
		<-r.Context().Done()
	})
	server := httptest.NewServer(handler)
	address := server.Listener.Addr().String()
	restarted := make(chan struct{})
	defer func() { <-restarted }()
	opened := make(chan struct{}, 1)
	go func() {
		defer close(restarted)
		for range rounds {
			<-opened
			server.CloseClientConnections()
			server.Close()
			published.Add(each)
			<-opened // refused: the client has noticed
			listener, err := net.Listen("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			server = httptest.NewUnstartedServer(handler)
			server.Listener.Close()
			server.Listener = listener
			server.Start()
		}
		<-opened
		server.CloseClientConnections()
		server.Close()
	}()
	s, err := Open(t.Context(), server.URL, &Options{Reconnect: brisk})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	states := s.States()
	watching := make(chan struct{})
	go func() { // tells of each connection, and of the first refusal after it
		defer close(watching)
		refusals := 0
		for state := range states {
			switch {
			case state.ReadyState == StateOpen:
				refusals = 0
				opened <- struct{}{}
			case state.Err != nil:
				if refusals++; refusals == 2 {
					opened <- struct{}{}
				}
			}
		}
	}()
	want := 1
	for ev, err := range subscribe[int](t, s, "", nil).Events() {
		if err != nil || ev.Data != want {
			t.Fatalf("got %+v, %v; want %d", ev, err, want)
		}
		if want++; want > rounds*each {
			break
		}
	}
	s.Close()
	<-watching
}
