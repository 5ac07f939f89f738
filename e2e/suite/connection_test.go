//go:build !js

package suite

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestRefused holds that each answer which is no event stream ends the Source with
// an error that tells the answer, with nothing left alive. The browser's own
// EventSource does not tell; there another request, over fetch, does.
func TestRefused(t *testing.T) {
	answers := map[string]e2e.Response{
		"404":        {Status: 404, Body: "no"},
		"500":        {Status: 500, Body: "no"},
		"204":        {Status: 204},
		"wrong type": {Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "data: x\n\n"},
	}
	inPages(t, func(t *testing.T, v variant) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				site := e2e.Serve(t, v.app)
				stream := site.Stream("/events")
				stream.RefuseAll(answer)
				page := site.Open(v.scenario("follow", "type", "", "never", ""))
				waitStates(t, page, "connecting 1", "closed 0")
				end := e2e.WaitReport[end](page, "end")
				told := fmt.Sprint("status ", answer.Status)
				if answer.Status == 200 {
					told = `the type "text/plain"`
				}
				if !strings.Contains(end.Err, told) || end.Loop != end.Err || !strings.Contains(end.Err, site.URL("/events")) {
					t.Errorf("got %+v, want a failure with %q and the URL, from the loop too", end, told)
				}
				want := []string{"GET", "GET"}
				if v.fetch {
					want = want[:1]
				}
				var methods []string
				for _, attempt := range stream.WaitAttempts(t.Context(), len(want)) {
					methods = append(methods, attempt.Method)
				}
				expect(t, "requests", methods, want)
				// The page's own context still listens for its end.
				expect(t, "alive", counts{end.Callbacks, end.Listeners}, counts{1, 1})
			})
		}
	})
}

// TestUnavailable holds that a server which answers 503, at first and later, is
// asked again until it serves, and that the stream then goes on at its place, for
// each event type.
func TestUnavailable(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		for range 4 {
			stream.Refuse(e2e.Response{Status: 503})
		}
		page := site.Open(v.scenario("follow", "type", "", "type", "n"))
		conn := stream.Accept(t.Context())
		conn.Raw("retry: 1\nid: 7 ☃\ndata: first\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"7 ☃/message/first"})
		for range 4 {
			stream.Refuse(e2e.Response{Status: 503})
		}
		conn.End()
		conn = stream.Accept(t.Context())
		expect(t, "place", place(conn), "7 ☃")
		conn.Raw("id: 8\nevent: n\ndata: second\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"8/n/second"})
		conn.End()
		conn = stream.Accept(t.Context())
		expect(t, "header", conn.LastEventID, "8")
		conn.Raw("data: third\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"8/message/third"})
	})
}

func TestCrossOrigin(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		cases := []struct {
			name        string
			allow       string // origin that the server allows, "page" for the page's
			credentials bool   // sent by the client
			open        bool
		}{
			{"without CORS", "", false, false},
			{"with CORS", "page", false, true},
			{"with CORS and credentials", "page", true, true},
			{"with credentials but no CORS", "", true, false},
			{"with CORS for another origin", "http://elsewhere.example", false, false},
		}
		for _, test := range cases {
			t.Run(test.name, func(t *testing.T) {
				site := e2e.Serve(t, v.app)
				stream := site.Stream("/events")
				if test.allow != "" {
					stream.AllowOrigin(strings.Replace(test.allow, "page", site.Host(0), 1), test.credentials)
				}
				path := at(v.scenario("follow", "type", "", "never", ""), site.Host(1)+"/events")
				if test.credentials {
					path += "&credentials"
				}
				page := site.Open(path)
				conn := stream.Accept(t.Context())
				stream.RefuseAll(e2e.Response{Status: 200}) // over fetch, where it is refused as well
				conn.Raw("data: x\n\n")
				expect(t, "origin", conn.Header.Get("Origin"), site.Host(0))
				if test.open {
					expect(t, "events", waitEvents(page, 1), []string{"/message/x"})
					return
				}
				if end := e2e.WaitReport[end](page, "end"); !strings.Contains(end.Err, "TypeError") || end.Stats.Events > 0 {
					t.Errorf("got %+v, want a failure", end)
				}
			})
		}
	})
}

// TestCredentials holds that cookies go where they should.
func TestCredentials(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		for _, test := range []struct {
			name  string
			query []string
			want  int
		}{
			{"default", nil, 0},
			{"WithCredentials", []string{"credentials", ""}, 1},
		} {
			t.Run(test.name, func(t *testing.T) {
				site := e2e.Serve(t, v.app)
				stream := site.Stream("/events")
				stream.AllowOrigin(site.Host(0), true)
				// The same host name with another port is another origin, and
				// shares its cookies: here another name of this machine would
				// not, so the stream of another site on 127.0.0.1 is used.
				other := e2e.Serve(t, e2e.App{})
				cross := other.Stream("/events")
				cross.AllowOrigin(site.Host(0), true)
				pages := append([]string{"type", ""}, test.query...)
				app := at(v.scenario("follow", pages...), other.URL("/events"))
				setter := site.Stream("/set")
				setter.RefuseAll(e2e.Response{Header: http.Header{
					"Set-Cookie": {"who=me; Path=/"}, "Content-Type": {"text/html"}}, Body: "<!doctype html><link rel=icon href='data:,'>"})
				page := site.Open("/set")
				page.Navigate(app)
				conn := cross.Accept(t.Context())
				expect(t, "cookies", len(conn.Cookies), test.want)
				conn.Raw("data: x\n\n")
				waitEvents(page, 1)
			})
		}
	})
}

// TestReconnect cuts the connection again and again, in the middle of a message
// too, and holds that the server sees the last event ID and that nothing is lost
// or doubled.
func TestReconnect(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "until", "60"))
		cuts := []func(*e2e.Conn){(*e2e.Conn).Cut, (*e2e.Conn).End, (*e2e.Conn).Reset}
		sent, connections := 0, 0
		for sent < 60 {
			conn := stream.Accept(t.Context())
			want := ""
			if sent > 0 {
				want = fmt.Sprint(sent)
			}
			expect(t, "last event ID", conn.LastEventID, want)
			conn.Raw("retry: 1\n\n")
			for range 5 {
				sent++
				conn.Raw(fmt.Sprintf("id: %d\ndata: %d\n\n", sent, sent))
			}
			got := waitEvents(page, 5)
			for i, event := range got {
				expect(t, "event", event, fmt.Sprintf("%d/message/%[1]d", sent-4+i))
			}
			connections++
			if sent < 60 {
				conn.Raw("id: lost\ndata: half a mess")
				cuts[connections%len(cuts)](conn)
			}
		}
		end := e2e.WaitReport[end](page, "end")
		expect(t, "events", end.Stats.Events, 60)
		expect(t, "reconnects", end.Stats.Reconnects, connections-1)
		expect(t, "last event ID", end.LastEventID, "60")
	})
}

// TestRetry holds that the reconnection time the server sets is kept: the next
// request comes no sooner. (That it comes not much later cannot be asked of a
// busy machine.)
func TestRetry(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		const retry = 700 * time.Millisecond
		conn := stream.Accept(t.Context())
		conn.Send(eventstream.Message{Retry: retry, Data: []byte("x")})
		// None of these is a reconnection time.
		conn.Raw("retry\nretry:\nretry: 1x\nretry: -1\nretry: +1\nretry: 1.5\nretry:  1\nretry: 1 \n retry: 1\nRetry: 1\nretry: ١\ndata: y\n\n")
		waitEvents(page, 2)
		start := time.Now()
		conn.Cut()
		again := stream.Accept(t.Context())
		// The browser's default is several seconds: that it came in time for
		// Accept and not before tells that the value was read.
		if waited := time.Since(start); waited < retry-10*time.Millisecond {
			t.Errorf("connected again after %v, want no sooner than %v", waited, retry)
		}
		again.Raw("data: z\n\n")
		waitStates(t, page, "connecting 1", "open 0", "connecting 1", "open 0")
	})
}

// TestCloseInFlight holds that Close is idempotent and final: of 10,000 events
// that are there, none is delivered after it, to any subscription.
func TestCloseInFlight(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("closing"))
		conn := site.Stream("/events").Accept(t.Context())
		conn.WriteContext(t.Context(), []byte(strings.Repeat("event: n\ndata: 1\n\n", 10000)))
		got := e2e.WaitReport[map[string]int](page, "closed")
		expect(t, "after Close", []int{got["late"], got["failures"]}, []int{0, 0})
		if got["seen"] == 0 || got["seen"] > 2+slack {
			t.Errorf("saw %d events before Close", got["seen"])
		}
		end := e2e.WaitReport[end](page, "end")
		if !end.Closed || end.State != "closed" {
			t.Errorf("got %+v, want closed", end)
		}
		conn.WaitGone(t.Context())
	})
}

// slack is how many events the second of two loops may have had before the
// first one, with one event, closed the Source: what fits in one turn.
const slack = 9000

func TestContextCancelled(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("cancel"))
		conn := site.Stream("/events").Accept(t.Context())
		conn.WriteContext(t.Context(), []byte(strings.Repeat("event: n\ndata: 1\n\n", 10000)))
		expect(t, "events after the end", e2e.WaitReport[int](page, "late"), 0)
		end := e2e.WaitReport[end](page, "end")
		expect(t, "errors", []string{end.Err, end.Loop}, []string{"had enough", "had enough"})
		expect(t, "state", end.State, "closed")
		conn.WaitGone(t.Context())
	})
}

func TestBadURL(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		bad := []string{"http://[", "//", "http://host:99999/", "http://%zz/"}
		var pairs []string
		for _, address := range bad {
			pairs = append(pairs, "bad", address)
		}
		page := site.Open(v.scenario("badURL", pairs...))
		for _, address := range bad {
			got := e2e.WaitReport[[]string](page, "bad")
			if got[0] != address || got[1] != "SyntaxError" || !strings.Contains(got[2], fmt.Sprintf("%q", address)) {
				t.Errorf("got %q, want a SyntaxError that names %q", got, address)
			}
		}
		expect(t, "callbacks alive", e2e.WaitReport[int](page, "live"), 1)
	})
}

// TestURL holds that relative and absolute URLs lead where they should.
func TestURL(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		for _, address := range []string{"events", "/events", "./x/../events", "//HOST/events", "http://HOST/events?a=b#c"} {
			site := e2e.Serve(t, v.app)
			host := strings.TrimPrefix(site.Host(0), "http://")
			page := site.Open(at(v.scenario("follow", "type", "", "until", "x"), strings.Replace(address, "HOST", host, 1)))
			site.Stream("/events").Accept(t.Context()).Raw("data: x\n\n")
			got := e2e.WaitReport[end](page, "end").URL
			if !strings.HasPrefix(got, site.URL("/events")) {
				t.Errorf("%s: got %s, want %s", address, got, site.URL("/events"))
			}
		}
	})
}

// TestNavigateAway holds that a page which goes away mid-stream leaves the
// server.
func TestNavigateAway(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", ""))
		stream := site.Stream("/events")
		conn := stream.Accept(t.Context())
		conn.Raw("data: x\n\n")
		waitEvents(page, 1)
		page.Navigate("about:blank")
		conn.WaitGone(t.Context())
		expect(t, "attempts", len(stream.Attempts()), 1)
	})
}

func TestTwoTabs(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		first := site.Open(v.scenario("follow", "type", ""))
		toFirst := stream.Accept(t.Context())
		second := first.OpenTab(v.scenario("follow", "type", ""))
		toSecond := stream.Accept(t.Context())
		toFirst.Raw("data: for the first\n\n")
		toSecond.Raw("data: for the second\n\n")
		expect(t, "first", waitEvents(first, 1), []string{"/message/for the first"})
		expect(t, "second", waitEvents(second, 1), []string{"/message/for the second"})
		first.Close()
		toFirst.WaitGone(t.Context())
		toSecond.Raw("data: still here\n\n")
		expect(t, "second", waitEvents(second, 1), []string{"/message/still here"})
	})
}

// TestRedirectIsKept holds that a stream which was redirected is made anew where
// it was found, with its place (HTML standard, 9.2.3, and Fetch: a request's URL
// is the last one of its list).
func TestRedirectIsKept(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		for _, status := range []int{301, 302, 307} {
			site := e2e.Serve(t, v.app)
			first, moved := site.Stream("/events"), site.Stream("/moved")
			first.Redirect(status, "/moved")
			page := site.Open(v.scenario("follow", "type", ""))
			conn := moved.Accept(t.Context())
			for n := range 3 {
				conn.Raw(fmt.Sprintf("retry: 1\nid: %d\ndata: x\n\n", n))
				waitEvents(page, 1)
				conn.Cut()
				conn = moved.Accept(t.Context())
				expect(t, "Last-Event-ID", conn.LastEventID, n)
			}
			expect(t, "requests to the first address", len(first.Attempts()), 1)
			page.Close()
		}
	})
}
