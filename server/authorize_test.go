package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// ask sends a request whose lines are given as they are, and returns the answer
// and what of its body comes within a moment if it is a stream.
func ask(t *testing.T, address, lines string) (res *http.Response, streams bool) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, strings.ReplaceAll(lines, "\n", "\r\n")+"\r\n"); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(lines, " ")
	res, err = http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", lines, err)
	}
	if res.StatusCode == http.StatusOK && method == http.MethodGet {
		first, err := newBlockReader(res.Body).next()
		return res, err == nil && first.id != ""
	}
	return res, false
}

const secret eventstream.EventType[string] = "secret"

// Nobody without the cookie gets a byte of the stream, whatever the request looks
// like.
func TestAuthorisationCannotBePassed(t *testing.T) {
	f := New(&Options{
		Name: "orders", Recent: 10, Origins: []string{"https://friend.example"}, Credentials: true,
		Authorize: func(r *http.Request) (*Grant, error) {
			switch who, err := r.Cookie("who"); {
			case err != nil:
				return nil, fmt.Errorf("no cookie: %w", ErrUnauthorized)
			case who.Value == "broken":
				return nil, errors.New("the database with the secret is down")
			case who.Value == "nobody":
				return nil, nil
			case who.Value == "elsewhere":
				return NewGrant("prices", "Orders", "order", "orders ", ""), nil
			case who.Value == "none":
				return NewGrant(), nil
			case who.Value == "zero":
				return new(Grant), nil
			case who.Value == "withdrawn":
				g := NewGrant("orders")
				g.Withdraw()
				return g, nil
			case who.Value == "both": // an error counts, whatever comes with it
				return NewGrant(AllFeeds), ErrForbidden
			}
			return NewGrant("orders"), nil
		},
		Opened: func(c *Client) {
			if who, err := c.Request().Cookie("who"); err != nil || who.Value != "friend" {
				t.Errorf("a stream begins for %v", c.Request())
			}
		},
		Logger: quiet,
	})
	defer f.Close()
	if _, err := Publish(t.Context(), f, secret, "secret"); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/events", f)
	mux.Handle("GET /only/get", f)
	mux.Handle("/tree/", f)
	mux.Handle("/stripped/", http.StripPrefix("/stripped", f))
	s := httptest.NewServer(mux)
	defer s.Close()
	address := s.Listener.Addr().String()

	if _, streams := ask(t, address, "GET /events HTTP/1.1\nHost: x\nCookie: who=friend\n"); !streams {
		t.Error("the one who may read gets no stream")
	}
	paths := []string{
		"/events", "//events", "/events/", "/%65vents", "/events/../events", "/x/../events", "/events%2f", "/%2fevents", "/events%00",
		"/Events", "/EVENTS", "/events;x=1", "/events?who=friend", "/events?lastEventId=" + formatID(f.window.log, 0), "/events?%",
		"/only/get", "/tree/", "/tree/events", "/tree/%2e%2e/events", "/stripped/x", "/stripped/../events",
		"http://x/events", "http://friend.example/events", "/events#who=friend",
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "get", "Get", "GETS", "PROPFIND", "QUERY"} {
			for _, extra := range []string{
				"", "X-HTTP-Method-Override: GET\n", "X-Original-URL: /public\nX-Rewrite-URL: /public\n", "Authorization: Bearer orders\n",
				"Origin: https://friend.example\n", "Last-Event-ID: " + formatID(f.window.log, 0) + "\n",
			} {
				lines := method + " " + path + " HTTP/1.1\nHost: x\n" + extra
				res, streams := ask(t, address, lines)
				if status := res.StatusCode; streams || status == http.StatusOK || status == http.StatusNoContent {
					t.Errorf("%q: got %d, stream %t, want a refusal", lines, status, streams)
				}
			}
		}
	}
	for who, status := range map[string]int{
		"broken": http.StatusServiceUnavailable, "nobody": http.StatusForbidden, "elsewhere": http.StatusForbidden,
		"none": http.StatusForbidden, "zero": http.StatusForbidden, "withdrawn": http.StatusForbidden, "both": http.StatusForbidden, "": 401,
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			req, err := http.NewRequestWithContext(t.Context(), method, s.URL+"/events", nil)
			if err != nil {
				t.Fatal(err)
			}
			if who != "" {
				req.AddCookie(&http.Cookie{Name: "who", Value: who})
			}
			res, err := s.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if text := wantRefused(t, res, status); strings.Contains(text, "secret") {
				t.Errorf("%s: got %q, which says what is wrong inside", who, text)
			}
			switch status {
			case http.StatusUnauthorized:
				if got := res.Header.Get("WWW-Authenticate"); got != `Bearer realm="orders"` {
					t.Errorf("got WWW-Authenticate %q", got)
				}
			case http.StatusServiceUnavailable:
				retryAfter(t, res)
			}
		}
	}
	// Asking what may be asked tells the same to everybody, and counts nothing.
	preflight := "OPTIONS /events HTTP/1.1\nHost: x\nOrigin: https://friend.example\nAccess-Control-Request-Method: GET\n"
	for _, cookie := range []string{"", "Cookie: who=friend\n", "Cookie: who=nobody\n"} {
		res, _ := ask(t, address, preflight+cookie)
		if res.StatusCode != http.StatusNoContent || res.Header.Get("Content-Type") != "" {
			t.Errorf("preflight with %q: got %d, %v", cookie, res.StatusCode, res.Header)
		}
	}
}

// A hook that panics lets nobody in, and leaves nothing behind.
func TestHooksThatPanic(t *testing.T) {
	var client *Client
	for name, options := range map[string]*Options{
		"authorize": {Authorize: func(*http.Request) (*Grant, error) { panic("authorize") }},
		"address":   {Address: func(*http.Request) string { panic("address") }},
		"opened": {Opened: func(c *Client) {
			client = c
			panic("opened")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			options.MaxClients, options.MaxClientsPerAddress, options.Recent = 1, 1, 1
			f := New(options)
			defer f.Close()
			publish(t, f, "secret")
			s := httptest.NewUnstartedServer(f)
			s.Config.ErrorLog = log.New(io.Discard, "", 0)
			s.Start()
			defer s.Close()
			for range 3 {
				if res, err := http.Get(s.URL); err == nil {
					res.Body.Close()
					t.Errorf("got %s, want the connection closed", res.Status)
				}
			}
			wantNobody(t, f)
		})
	}
	if err := client.Send(eventstream.Message{Data: []byte("x")}); !errors.Is(err, ErrClosed) {
		t.Errorf("send after the handler is gone: got %v, want ErrClosed", err)
	}
	client.Cut()
}

// connectBy opens a stream by a client of its own.
func connectBy(t *testing.T, client *http.Client, url string) *conn {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	c := &conn{t: t, Response: res, blocks: newBlockReader(res.Body)}
	if res.StatusCode == http.StatusOK {
		c.first = c.block()
	}
	return c
}

func TestWithdrawnGrantEndsItsStreams(t *testing.T) {
	grants := make(map[string]*Grant)
	var mu sync.Mutex
	f := New(&Options{Authorize: func(r *http.Request) (*Grant, error) {
		mu.Lock()
		defer mu.Unlock()
		return grants[r.URL.Path], nil
	}})
	bothVersions(t, f, func(t *testing.T, url string, client *http.Client) {
		mu.Lock()
		grants["/a"], grants["/b"] = NewGrant("events"), NewGrant(AllFeeds)
		withdrawn := grants["/a"]
		mu.Unlock()
		var ended []*conn
		for range 5 {
			ended = append(ended, connectBy(t, client, url+"/a"))
		}
		stays := connectBy(t, client, url+"/b")
		publish(t, f, "before")
		for _, c := range append(ended, stays) {
			c.want("before")
		}
		withdrawn.Withdraw()
		withdrawn.Withdraw()
		publish(t, f, "secret")
		stays.want("secret")
		for _, c := range ended {
			rest, err := io.ReadAll(c.Body)
			if err != nil || !strings.HasPrefix(string(rest), "retry: ") || strings.Contains(string(rest), "secret") {
				t.Errorf("got %q, %v, want a reconnection time and the end", rest, err)
			}
		}
		wantRefused(t, connectBy(t, client, url+"/a").Response, http.StatusForbidden)
		stays.Body.Close()
	})
}

// What is published once a grant has been withdrawn does not reach its streams:
// not even those that are about to write, or about to begin.
func TestNothingIsSentOnceAGrantIsWithdrawn(t *testing.T) {
	for round := range 300 {
		grant := NewGrant(AllFeeds)
		f := New(&Options{Recent: 100, Authorize: func(*http.Request) (*Grant, error) { return grant, nil }})
		var wait sync.WaitGroup
		var recorders []*httptest.ResponseRecorder
		for range 4 {
			w := httptest.NewRecorder()
			recorders = append(recorders, w)
			wait.Go(func() { f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil)) })
		}
		for f.Stats().Clients < round%5 { // some that have begun, some that are about to
			runtime.Gosched()
		}
		publish(t, f, "1", "2", "3")
		grant.Withdraw()
		publish(t, f, "secret")
		wait.Wait() // they have ended by themselves
		for _, w := range recorders {
			if body := w.Body.String(); strings.Contains(body, "secret") {
				t.Fatalf("got %q", body)
			}
		}
		f.Close()
	}
}

// A stream ends though its client does not read, by the grace that it has.
func TestWithdrawnGrantEndsAStuckStream(t *testing.T) {
	grant := NewGrant(AllFeeds)
	f := New(&Options{WriteTimeout: -1, Authorize: func(*http.Request) (*Grant, error) { return grant, nil }})
	defer f.Close()
	left := make(chan struct{})
	s := smallBuffers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		f.ServeHTTP(w, r)
	}))
	dialStream(t, s)
	if _, err := f.PublishMessage(t.Context(), large()); err != nil {
		t.Fatal(err)
	}
	grant.Withdraw()
	select {
	case <-left:
	case <-time.After(timescale.Bound(time.Minute)):
		t.Error("the stream goes on")
		for c := range f.Clients() {
			c.Cut()
		}
		<-left
	}
}

// A log that is slow to give an old page does not keep a stream from ending.
func TestEndingDoesNotWaitForTheLog(t *testing.T) {
	for name, end := range map[string]func(*Grant, *Feed, context.CancelFunc){
		"withdrawn": func(g *Grant, _ *Feed, _ context.CancelFunc) { g.Withdraw() },
		"closed":    func(_ *Grant, f *Feed, _ context.CancelFunc) { f.Close() },
		"left":      func(_ *Grant, _ *Feed, leave context.CancelFunc) { leave() },
		"cut": func(_ *Grant, f *Feed, _ context.CancelFunc) {
			for c := range f.Clients() {
				c.Cut()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newFakeLog(1000)
				grant := NewGrant(AllFeeds)
				f := open(t, l, &Options{History: 1, Authorize: func(*http.Request) (*Grant, error) { return grant, nil }})
				l.reading = func(uint64) error {
					time.Sleep(5 * time.Second)
					return nil
				}
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
				r.Header.Set("Last-Event-ID", "fake-0")
				begin := time.Now()
				done := make(chan struct{})
				go func() {
					defer close(done)
					serveCut(f, httptest.NewRecorder(), r)
				}()
				synctest.Wait()
				end(grant, f, leave)
				<-done
				if took := time.Since(begin); took > 0 {
					t.Errorf("got %v, want the end at once", took)
				}
				time.Sleep(time.Minute) // the page comes, and nobody wants it
			})
		})
	}
}
