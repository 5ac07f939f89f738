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

// TestRefused holds that each answer which the standard has the browser give up
// on ends the Source with an error that says so, with nothing left alive.
func TestRefused(t *testing.T) {
	answers := map[string]e2e.Response{
		"404":        {Status: 404, Body: "no"},
		"500":        {Status: 500, Body: "no"},
		"204":        {Status: 204},
		"wrong type": {Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}, Body: "data: x\n\n"},
	}
	inBoth(t, func(t *testing.T, app e2e.App) {
		for name, answer := range answers {
			t.Run(name, func(t *testing.T) {
				site := e2e.Serve(t, app)
				site.Stream("/events").RefuseAll(answer)
				page := site.Open(scenario("follow", "type", ""))
				waitStates(t, page, "connecting 1", "closed 0")
				end := e2e.WaitReport[end](page, "end")
				if !end.Failed || end.Loop != end.Err || !strings.Contains(end.Err, site.URL("/events")) {
					t.Errorf("got %+v, want a failure that names the URL, from the loop too", end)
				}
				expect(t, "attempts", len(site.Stream("/events").Attempts()), 1)
				// The page's own context still listens for its end.
				expect(t, "alive", counts{end.Callbacks, end.Listeners}, counts{1, 1})
			})
		}
	})
}

// TestGivenUpLater holds the same for a connection that was open before, after
// what had arrived was delivered.
func TestGivenUpLater(t *testing.T) {
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		stream := site.Stream("/events")
		page := site.Open(scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		stream.RefuseAll(e2e.Response{Status: 503})
		conn.Raw("retry: 1\nid: 7\ndata: last\n\n")
		conn.End()
		expect(t, "events", waitEvents(page, 1), []string{"7/message/last"})
		waitStates(t, page, "connecting 1", "open 0", "connecting 1", "closed 0")
		end := e2e.WaitReport[end](page, "end")
		if !end.Failed || end.LastEventID != "7" {
			t.Errorf("got %+v, want a failure with last event ID 7", end)
		}
	})
}

func TestCrossOrigin(t *testing.T) {
	inBoth(t, func(t *testing.T, app e2e.App) {
		app.Policy = "connect-src *"
		cases := []struct {
			name        string
			allow       bool // CORS headers for the page's origin
			credentials bool // sent by the client
			open        bool
		}{
			{"without CORS", false, false, false},
			{"with CORS", true, false, true},
			{"with CORS and credentials", true, true, true},
			{"with credentials but no CORS", false, true, false},
		}
		for _, test := range cases {
			t.Run(test.name, func(t *testing.T) {
				site := e2e.Serve(t, app)
				stream := site.Stream("/events")
				if test.allow {
					stream.AllowOrigin(site.Host(0), test.credentials)
				}
				path := at(scenario("follow", "type", ""), site.Host(1)+"/events")
				if test.credentials {
					path += "&credentials"
				}
				page := site.Open(path)
				conn := stream.Accept(t.Context())
				conn.Raw("data: x\n\n")
				expect(t, "origin", conn.Header.Get("Origin"), site.Host(0))
				if test.open {
					expect(t, "events", waitEvents(page, 1), []string{"/message/x"})
					return
				}
				if end := e2e.WaitReport[end](page, "end"); !end.Failed {
					t.Errorf("got %+v, want a failure", end)
				}
			})
		}
	})
}

// TestCredentials holds that cookies go where they should.
func TestCredentials(t *testing.T) {
	inBoth(t, func(t *testing.T, app e2e.App) {
		app.Policy = "connect-src *"
		for _, test := range []struct {
			name  string
			query []string
			want  int
		}{
			{"default", nil, 0},
			{"WithCredentials", []string{"credentials", ""}, 1},
		} {
			t.Run(test.name, func(t *testing.T) {
				site := e2e.Serve(t, app)
				stream := site.Stream("/events")
				stream.AllowOrigin(site.Host(0), true)
				// The same host name with another port is another origin, and
				// shares its cookies: here another name of this machine would
				// not, so the stream of another site on 127.0.0.1 is used.
				other := e2e.Serve(t, e2e.App{})
				cross := other.Stream("/events")
				cross.AllowOrigin(site.Host(0), true)
				pages := append([]string{"type", ""}, test.query...)
				app := at(scenario("follow", pages...), other.URL("/events"))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		stream := site.Stream("/events")
		page := site.Open(scenario("follow", "type", "", "until", "60"))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		stream := site.Stream("/events")
		page := site.Open(scenario("follow", "type", ""))
		const retry = 700 * time.Millisecond
		conn := stream.Accept(t.Context())
		conn.Send(eventstream.Message{Retry: retry, Data: []byte("x")})
		waitEvents(page, 1)
		start := time.Now()
		conn.Cut()
		again := stream.Accept(t.Context())
		// The browser's default is several seconds: that it came in time for
		// Accept and not before tells that the value was read.
		if waited := time.Since(start); waited < retry-10*time.Millisecond {
			t.Errorf("connected again after %v, want no sooner than %v", waited, retry)
		}
		again.Raw("data: y\n\n")
		waitStates(t, page, "connecting 1", "open 0", "connecting 1", "open 0")
	})
}

// TestCloseInFlight holds that Close is idempotent and final: of 10,000 events
// that are there, none is delivered after it, to any subscription.
func TestCloseInFlight(t *testing.T) {
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		page := site.Open(scenario("closing"))
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
const slack = 1024

func TestContextCancelled(t *testing.T) {
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		page := site.Open(scenario("cancel"))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		bad := []string{"http://[", "//", "http://host:99999/", "http://%zz/"}
		var pairs []string
		for _, address := range bad {
			pairs = append(pairs, "bad", address)
		}
		page := site.Open(scenario("badURL", pairs...))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		for _, address := range []string{"events", "/events", "./x/../events", "//HOST/events", "http://HOST/events?a=b#c"} {
			site := e2e.Serve(t, app)
			host := strings.TrimPrefix(site.Host(0), "http://")
			page := site.Open(at(scenario("follow", "type", "", "until", "x"), strings.Replace(address, "HOST", host, 1)))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		page := site.Open(scenario("follow", "type", ""))
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
	inBoth(t, func(t *testing.T, app e2e.App) {
		site := e2e.Serve(t, app)
		stream := site.Stream("/events")
		first := site.Open(scenario("follow", "type", ""))
		toFirst := stream.Accept(t.Context())
		second := site.Open(scenario("follow", "type", ""))
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
