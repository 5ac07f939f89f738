//go:build !js

package suite

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e"
)

// ways are the transports that a caller can have in a page: the default, and each
// by its name.
func ways(t *testing.T, test func(t *testing.T, v variant)) {
	t.Helper()
	t.Parallel()
	for name, v := range map[string]variant{"default": {}, "native": {named: true}, "fetch": {fetch: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v.app = e2e.App{Program: probe, Timeout: patience()}
			test(t, v)
		})
	}
}

// methodBlind is a server that has one answer to every method: most frameworks give
// a GET's to HEAD, and Node's http lets its handler see to it. A stream that it
// begins with never ends by itself, so neither does the answer to a HEAD.
type methodBlind struct {
	silent bool // it sends not even the headers of what is no GET

	mu       sync.Mutex
	requests []string
}

// note notes a request and returns how many there are.
func (s *methodBlind) note(r *http.Request) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Method)
	return len(s.requests)
}

func (s *methodBlind) methods() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// ServeHTTP answers the second request, and the fourth, that the server is busy. The
// first stream ends after an event, and the others do not.
func (s *methodBlind) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := s.note(r)
	if number == 2 || number == 4 {
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return
	}
	if r.Method != http.MethodGet && s.silent {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprintf(w, "retry: 1\nid: %d\ndata: %[1]d\n\n", number)
	http.NewResponseController(w).Flush()
	if number > 1 {
		<-r.Context().Done()
	}
}

// TestEndlessHead holds that the next request reaches a server that has refused one,
// whatever it makes of other methods than GET: what it never ends must not stand
// before that request on the same connection.
func TestEndlessHead(t *testing.T) {
	ways(t, func(t *testing.T, v variant) {
		for name, silent := range map[string]bool{"as a GET": false, "never": true} {
			t.Run(name, func(t *testing.T) {
				server := &methodBlind{silent: silent}
				mux := http.NewServeMux()
				mux.Handle("GET /events", server) // which takes HEAD too
				v.app.Handler = mux
				v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
				site := e2e.Serve(t, v.app)
				page := site.Open(v.scenario("follow", "type", "", "until", "end"))
				expect(t, "first event", waitEvents(page, 1), []string{"1/message/1"})
				if got := waitEvents(page, 1)[0]; got != "3/message/3" {
					t.Errorf("got the event %s, want that of the third request", got)
				}
				for _, method := range server.methods() {
					expect(t, "method", method, "GET")
				}
			})
		}
	})
}

// TestEndlessHeadHTTP2 holds the same over HTTP/2, to which a browser needs TLS: the
// site is reached by a server that has it.
func TestEndlessHeadHTTP2(t *testing.T) {
	ways(t, func(t *testing.T, v variant) {
		v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
		site := e2e.Serve(t, v.app)
		site.Stream("/blank").RefuseAll(e2e.Response{
			Header: http.Header{"Content-Type": {"text/html"}}, Body: "<!doctype html><link rel=icon href='data:,'>",
		})
		address, err := url.Parse(site.URL("/"))
		if err != nil {
			t.Fatal(err)
		}
		var old atomic.Int32
		blind := new(methodBlind)
		mux := http.NewServeMux()
		mux.Handle("/", httputil.NewSingleHostReverseProxy(address))
		mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				old.Add(1)
			}
			blind.ServeHTTP(w, r)
		})
		tls := httptest.NewUnstartedServer(mux)
		tls.EnableHTTP2 = true
		tls.Config.ErrorLog = log.New(io.Discard, "", 0) // the browser tries whether it may trust the server
		tls.StartTLS()
		defer tls.Close()
		defer tls.CloseClientConnections()
		page := site.Open("/blank")
		trust := security.SetIgnoreCertificateErrorsParams{Ignore: true}
		if _, err := chromedp.Call(page.Context(), security.SetIgnoreCertificateErrors, trust); err != nil {
			t.Fatal(err)
		}
		page.Navigate(tls.URL + v.scenario("follow", "type", ""))
		expect(t, "events", waitEvents(page, 2), []string{"1/message/1", "3/message/3"})
		expect(t, "methods", blind.methods(), []string{"GET", "GET", "GET"})
		expect(t, "requests that were not over HTTP/2", old.Load(), 0)
		page.Navigate("about:blank")
	})
}

// passThrough is a service worker that has the browser answer everything.
const passThrough = `
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", event => event.waitUntil(clients.claim()));
self.addEventListener("fetch", event => event.respondWith(fetch(event.request)));
`

// TestServiceWorker holds that a stream goes on at its place behind a service worker
// that passes everything through, after each of several losses and a refusal: one that
// the page had from the start, and one that has come since. (Chromium gives its own
// EventSource up with most losses there, and leaves its last event ID out after the
// others.)
func TestServiceWorker(t *testing.T) {
	ways(t, func(t *testing.T, v variant) {
		v.app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/worker-of-the-site.js" {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "text/javascript")
			io.WriteString(w, passThrough)
		})
		v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
		ends := []func(*e2e.Conn){(*e2e.Conn).End, (*e2e.Conn).End, (*e2e.Conn).Cut, (*e2e.Conn).Reset}
		for _, worker := range []bool{false, true} {
			v.app.Worker = worker
			site := e2e.Serve(t, v.app)
			stream := site.Stream("/events")
			page := site.Open(v.scenario("follow", "type", ""))
			conn := stream.Accept(t.Context())
			if !worker { // which the browser does not tell of one that has come since
				goOn(t, page, stream, conn, 0, ends)
				conn = stream.Accept(t.Context())
			}
			page.Run(`navigator.serviceWorker.register("/worker-of-the-site.js")`)
			page.WaitExpression(`navigator.serviceWorker.controller !== null`)
			if !worker {
				goOn(t, page, stream, conn, len(ends), ends)
				stream.Accept(t.Context())
			}
			page.Navigate(v.scenario("follow", "type", ""))
			goOn(t, page, stream, stream.Accept(t.Context()), 0, ends)
			page.Close()
		}
	})
}

// goOn has connections end, each after an event with a number from first on, and holds
// that the next one goes on there. Before the last one there is a refusal.
func goOn(t *testing.T, page *e2e.Page, stream *e2e.Stream, conn *e2e.Conn, first int, ends []func(*e2e.Conn)) {
	t.Helper()
	for i, end := range ends {
		n := first + i
		expect(t, "method", conn.Method, "GET")
		if n > 0 {
			expect(t, "place", place(conn), fmt.Sprint(n-1))
		}
		conn.Raw(fmt.Sprintf("retry: 1\nid: %d\ndata: %[1]d\n\n", n))
		expect(t, "events", waitEvents(page, 1), []string{fmt.Sprintf("%d/message/%[1]d", n)})
		if i == len(ends)-1 {
			stream.Refuse(e2e.Response{Status: 503})
		}
		end(conn)
		if i < len(ends)-1 {
			conn = stream.Accept(t.Context())
		}
	}
}

// TestNamedNative holds that a Source whose caller has named Native stays with the
// browser's EventSource, which is made again with its place in the query; and that it
// ends, and says so, if the browser gives up one after the other: the server may have
// answered 204 to be left alone.
func TestNamedNative(t *testing.T) {
	inNative(t, func(t *testing.T, v variant) {
		v.named = true
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		for range 4 {
			stream.Refuse(e2e.Response{Status: 503})
		}
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		conn.Raw("retry: 1\nid: 7 ☃\ndata: first\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"7 ☃/message/first"})
		for range 8 {
			stream.Refuse(e2e.Response{Status: 405})
		}
		conn.End()
		conn = stream.Accept(t.Context())
		expect(t, "no header", conn.LastEventID, "")
		expect(t, "place", conn.Query.Get("lastEventId"), "7 ☃")
		conn.Raw("retry: 1\nid: 8\ndata: second\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"8/message/second"})
		conn.End() // now the browser connects again by itself, with both
		conn = stream.Accept(t.Context())
		expect(t, "header", conn.LastEventID, "8")
		conn.Raw("retry: 1\ndata: third\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"8/message/third"})
		before := len(stream.Attempts())
		stream.RefuseAll(e2e.Response{Status: 204})
		conn.End()
		if end := e2e.WaitReport[end](page, "end"); !end.Failed || end.Loop != end.Err || !strings.Contains(end.Err, site.URL("/events")) {
			t.Errorf("got %+v, want a failure that names the URL, from the loop too", end)
		}
		expect(t, "requests after the server has said to stop", len(stream.Attempts())-before, 10)
		for i, method := range methods(stream) {
			if method != "GET" {
				t.Errorf("request %d: got %s, want GET", i+1, method)
			}
		}
	})
}

// TestNotBelieved holds that no other answer than that to a GET ends the Source: it
// goes on after a refusal, though the server knows no HEAD, or has another answer to
// it; and that a GET that is answered 204 ends it, whatever HEAD would be.
func TestNotBelieved(t *testing.T) {
	ways(t, func(t *testing.T, v variant) {
		for _, status := range []int{200, 204, 400, 403, 404, 405, 501} {
			var gets atomic.Int32
			v.app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet {
					w.Header().Set("Content-Type", "text/event-stream")
					w.WriteHeader(status)
					return
				}
				switch gets.Add(1) {
				case 1:
					http.Error(w, "busy", http.StatusServiceUnavailable)
				case 2:
					w.Header().Set("Content-Type", "text/event-stream")
					io.WriteString(w, "retry: 1\ndata: x\n\n")
				default:
					w.WriteHeader(http.StatusNoContent)
				}
			})
			v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
			site := e2e.Serve(t, v.app)
			page := site.Open(v.scenario("follow", "type", ""))
			expect(t, fmt.Sprint("HEAD ", status, ": events"), waitEvents(page, 1), []string{"/message/x"})
			end := e2e.WaitReport[end](page, "end")
			if told := strings.Contains(end.Err, "status 204"); told == v.named || end.Failed != v.named {
				t.Errorf("HEAD %d: got %+v, want the status 204 if the transport sees it", status, end)
			}
			page.Close()
		}
	})
}

// TestGivenUpElsewhere holds that a stream of another origin goes on at its place,
// though its server answers no question of the browser's (a preflight) of whether a
// page may send a further header.
func TestGivenUpElsewhere(t *testing.T) {
	ways(t, func(t *testing.T, v variant) {
		if v.fetch {
			return // which sends the header from the start
		}
		var mu sync.Mutex
		var places []string
		v.app.Policy = "connect-src *"
		mux := http.NewServeMux()
		mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			w.Header().Set("Access-Control-Allow-Origin", "*")
			places = append(places, cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("lastEventId")))
			if len(places) == 2 {
				http.Error(w, "busy", http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "retry: 1\nid: %d\ndata: x\n\n", len(places))
		})
		v.app.Handler = mux
		v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
		site := e2e.Serve(t, v.app)
		page := site.Open(at(v.scenario("follow", "type", ""), site.Host(1)+"/events"))
		expect(t, "events", waitEvents(page, 3), []string{"1/message/x", "3/message/x", "4/message/x"})
		page.Close()
		mu.Lock()
		defer mu.Unlock()
		expect(t, "places", places[:4], []string{"", "1", "1", "3"})
	})
}
