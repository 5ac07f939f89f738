//go:build !js

package suite

import (
	"fmt"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

// inPages runs a test of what only a page has, by each transport.
func inPages(t *testing.T, test func(t *testing.T, v variant)) {
	t.Helper()
	t.Parallel()
	for transport, fetch := range map[string]bool{"native": false, "fetch": true} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			test(t, variant{app: e2e.App{Program: probe, Timeout: patience()}, fetch: fetch})
		})
	}
}

// place is where a request asks to go on.
func place(conn *e2e.Conn) string {
	if conn.LastEventID != "" {
		return conn.LastEventID
	}
	return conn.Query.Get("lastEventId")
}

// TestCloseWhileHidden holds that the stream is closed while the page is hidden,
// and goes on at its place when it is seen again.
func TestCloseWhileHidden(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "closeWhileHidden", ""))
		for n := range 3 {
			conn := stream.Accept(t.Context())
			if n > 0 {
				expect(t, "place", place(conn), fmt.Sprint(n-1))
			}
			conn.Raw(fmt.Sprintf("id: %d\ndata: %d\n\n", n, n))
			expect(t, "events", waitEvents(page, 1), []string{fmt.Sprintf("%d/message/%d", n, n)})
			page.Hide()
			conn.WaitGone(t.Context())
			expect(t, "attempts", len(stream.Attempts()), n+1)
			page.Show()
		}
	})
}

// TestHiddenStays holds that a hidden page keeps its stream where nobody asked
// for something else.
func TestHiddenStays(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		page.Hide()
		conn.Raw("data: x\n\n")
		waitEvents(page, 1)
		page.Show()
		conn.Raw("data: y\n\n")
		waitEvents(page, 1)
		expect(t, "attempts", len(stream.Attempts()), 1)
	})
}

// TestOffline holds that a stream which is lost with the network, the browser's
// requests failing until it is back, goes on at its place.
func TestOffline(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		interrupt(t, v, func(page *e2e.Page, stream *e2e.Stream, conn *e2e.Conn) {
			page.Offline(true)
			conn.WaitGone(t.Context())
			waitStates(t, page, "connecting 1", "open 0", "connecting 1", "connecting 2")
			expect(t, "attempts", len(stream.Attempts()), 1)
			page.Offline(false)
		})
	})
}

// TestFrozen holds that a page which the browser freezes while it is hidden has
// what came meanwhile when it is thawed, on the same stream.
func TestFrozen(t *testing.T) {
	t.Parallel()
	v := variant{app: e2e.App{Program: probe}, fetch: false}
	site := e2e.Serve(t, v.app)
	stream := site.Stream("/events")
	page := site.Open(v.scenario("follow", "type", ""))
	conn := stream.Accept(t.Context())
	conn.Raw("id: 1\ndata: one\n\n")
	waitEvents(page, 1)
	page.Freeze()
	conn.Raw("id: 2\ndata: two\n\n")
	page.Resume()
	conn.Raw("id: 3\ndata: three\n\n")
	expect(t, "events", waitEvents(page, 2), []string{"2/message/two", "3/message/three"})
	expect(t, "attempts", len(stream.Attempts()), 1)
}

// TestFrozenFetch holds that by fetch such a page goes on with another connection
// and gets everything once: Chromium 156 as a rule hands over no more of a body
// that went on while its page was frozen, but it may.
func TestFrozenFetch(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Program: probe})
	stream := site.Stream("/events")
	page := site.Open(variant{app: e2e.App{}, fetch: true}.scenario("follow", "type", ""))
	conn := stream.Accept(t.Context())
	conn.Raw("id: 1\ndata: one\n\n")
	waitEvents(page, 1)
	page.Freeze()
	conn.Raw("id: 2\ndata: two\n\n")
	page.Resume()
	conn = stream.Accept(t.Context())
	if at := place(conn); at != "2" {
		expect(t, "place", at, "1")
		conn.Raw("id: 2\ndata: two\n\n")
	}
	conn.Raw("id: 3\ndata: three\n\n")
	expect(t, "events", waitEvents(page, 2), []string{"2/message/two", "3/message/three"})
	expect(t, "attempts", len(stream.Attempts()), 2)
}

// TestSleep holds that a stream is made anew when the clock tells that the machine
// has slept.
func TestSleep(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		interrupt(t, v, func(page *e2e.Page, _ *e2e.Stream, conn *e2e.Conn) {
			page.AdvanceClock(time.Hour)
			conn.WaitGone(t.Context())
		})
	})
}

// interrupt ends a connection by what the test does and holds that one more comes,
// which goes on at the place of the first.
func interrupt(t *testing.T, v variant, by func(*e2e.Page, *e2e.Stream, *e2e.Conn)) {
	t.Helper()
	site := e2e.Serve(t, v.app)
	stream := site.Stream("/events")
	page := site.Open(v.scenario("follow", "type", ""))
	conn := stream.Accept(t.Context())
	conn.Raw("id: 1\ndata: one\n\n")
	waitEvents(page, 1)
	by(page, stream, conn)
	conn = stream.Accept(t.Context())
	expect(t, "place", place(conn), "1")
	conn.Raw("id: 2\ndata: two\n\n")
	expect(t, "events", waitEvents(page, 1), []string{"2/message/two"})
	expect(t, "attempts", len(stream.Attempts()), 2)
}

// TestStore holds that a page which is loaded again goes on where it was.
func TestStore(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		goesOn(t, v, (*e2e.Page).Reload, "store", "")
	})
}

// TestIdleTimeout holds that a stream which says nothing is made anew, at its
// place and by the transport that it had.
func TestIdleTimeout(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		goesOn(t, v, func(*e2e.Page) {}, "idle", milliseconds(silence()))
	})
}

// goesOn ends three connections, each after an event, and holds that each further
// one goes on at the place of the one before it. The pairs are the scenario's.
func goesOn(t *testing.T, v variant, end func(*e2e.Page), pairs ...string) {
	t.Helper()
	site := e2e.Serve(t, v.app)
	stream := site.Stream("/events")
	page := site.Open(v.scenario("follow", append(pairs, "type", "")...))
	for n := range 3 {
		conn := stream.Accept(t.Context())
		if n > 0 {
			expect(t, "place", place(conn), fmt.Sprint(n-1))
		}
		conn.Raw(fmt.Sprintf("id: %d\ndata: %d\n\n", n, n))
		waitEvents(page, 1)
		end(page)
		conn.WaitGone(t.Context())
	}
	stream.Accept(t.Context())
}
