//go:build !js

package suite

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/timescale"
)

// hurries are what ends a wait in a page. Each leaves the page as it was, but
// that a page which is thawed stays hidden.
var hurries = map[string]func(*e2e.Page){
	"online": func(page *e2e.Page) {
		page.Offline(true)
		page.Offline(false)
	},
	"visible": func(page *e2e.Page) {
		page.Hide()
		page.Show()
	},
	"resume": func(page *e2e.Page) {
		page.Freeze()
		page.Resume()
	},
}

// named is a variant in which the caller has named Native, if it is native at all:
// each loss is like the first one then.
func named(v variant) variant {
	v.named = !v.fetch
	return v
}

// lose cuts a stream that is open, such that the client, and not the browser by
// itself, waits for its next attempt, and returns when it does. Answer is what
// tells an EventSource to wait.
func lose(t *testing.T, v variant, page *e2e.Page, conn *e2e.Conn, stream *e2e.Stream, answer e2e.Response) {
	t.Helper()
	if !v.fetch {
		conn.Raw("retry: 1\n\n")
		stream.Refuse(answer)
	}
	conn.Cut()
	waitStates(t, page, "connecting 1")
	if !v.fetch {
		waitStates(t, page, "connecting 2")
	}
}

// TestHurry holds that a wait which would last for years is over at once when
// the network is back, the page is seen again, or it is thawed; and that the
// stream then goes on at its place.
func TestHurry(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(named(v).scenario("follow", "type", "", "slow", ""))
		conn := stream.Accept(t.Context())
		conn.Raw("id: 1\ndata: one\n\n")
		waitStates(t, page, "connecting 1", "open 0")
		for name, hurry := range hurries {
			t.Log(name) // which a failure to accept does not tell
			lose(t, v, page, conn, stream, e2e.Response{Status: 503})
			hurry(page)
			conn = stream.Accept(t.Context())
			expect(t, name+": place", place(conn), "1")
			conn.Open()
			waitStates(t, page, "open 0")
			page.Show()
		}
	})
}

// TestReconnectNow holds that a program's own call ends such a wait too, in a
// page and in a worker, and that it has a stream that is open made anew at its
// place.
func TestReconnectNow(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		control := site.Stream("/control")
		stream := site.Stream("/events")
		page := site.Open(named(v).scenario("obey"))
		orders := control.Accept(t.Context())
		orders.Raw("data: open url=/events&slow=\n\n")
		conn := stream.Accept(t.Context())
		conn.Raw("id: 7\nevent: n\ndata: one\n\n")
		waitStates(t, page, "connecting 1", "open 0")
		e2e.WaitReport[any](page, "begun")
		orders.Raw("data: reconnect\n\n")
		e2e.WaitReport[any](page, "reconnect")
		conn.WaitGone(t.Context())
		conn = stream.Accept(t.Context())
		expect(t, "place", place(conn), "7")
		conn.Open()
		waitStates(t, page, "connecting 1", "open 0")
		lose(t, v, page, conn, stream, e2e.Response{Status: 503})
		before := len(stream.Attempts())
		orders.Raw("data: reconnect\n\n")
		stream.Accept(t.Context()).Open()
		waitStates(t, page, "open 0")
		expect(t, "requests", len(stream.Attempts()), before+1)
		orders.Raw("data: close\n\n")
		e2e.WaitReport[any](page, "ended")
	})
}

// TestHurryKeepsRetryAfter holds that the wait which a server asked for is not
// cut short by the network's return, nor by the page's.
func TestHurryKeepsRetryAfter(t *testing.T) {
	asked := timescale.Bound(5 * time.Second).Truncate(time.Second) // longer than the hurries take
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		conn.Raw("retry: 1\nid: 1\ndata: x\n\n")
		waitEvents(page, 1)
		waitStates(t, page, "connecting 1", "open 0")
		busy := e2e.Response{Status: 503, Header: http.Header{"Retry-After": {fmt.Sprint(asked.Seconds())}}}
		stream.Refuse(busy)
		if !v.fetch {
			stream.Refuse(busy) // over fetch
		}
		start := time.Now()
		conn.Cut()
		waitStates(t, page, "connecting 1", "connecting 2")
		for _, hurry := range hurries {
			hurry(page)
		}
		conn = stream.Accept(t.Context())
		if waited := time.Since(start); waited < asked {
			t.Errorf("asked again after %v, want no sooner than after %v", waited, asked)
		}
		expect(t, "place", place(conn), "1")
	})
}
