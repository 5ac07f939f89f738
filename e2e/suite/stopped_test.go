//go:build !js

package suite

import (
	"fmt"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

// TestStopped holds that a page which was stopped for some seconds while it was not
// seen, as phones do, connects again as soon as it is seen: at its place, once, and
// not before the old connection is gone; every time.
func TestStopped(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		for n := range 3 {
			conn.Raw(fmt.Sprintf("id: %d\ndata: x\n\n", n))
			waitEvents(page, 1)
			page.Hide()
			page.AdvanceClock(20 * time.Second)
			page.Show()
			conn.WaitGone(t.Context())
			conn = stream.Accept(t.Context())
			expect(t, "place", place(conn), fmt.Sprint(n))
			conn.Open()
			page.AdvanceClock(time.Second) // which is late by nothing
			page.Hide()
			page.Show()
			expect(t, "requests", len(stream.Attempts()), n+2)
		}
	})
}

// TestStoppedAndClosed holds that a stream which is closed while the page is not seen
// is opened once when it is seen again, though the page was stopped meanwhile.
func TestStoppedAndClosed(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "closeWhileHidden", ""))
		conn := stream.Accept(t.Context())
		for n := range 2 {
			conn.Raw("id: 1\ndata: x\n\n")
			waitEvents(page, 1)
			page.Hide()
			conn.WaitGone(t.Context())
			page.AdvanceClock(time.Hour)
			page.Show()
			conn = stream.Accept(t.Context())
			expect(t, "place", place(conn), "1")
			conn.Raw("id: 1\ndata: y\n\n")
			waitEvents(page, 1)
			expect(t, "requests", len(stream.Attempts()), n+2)
		}
	})
}

// TestHiddenForLong holds that a page which was not seen for longer than its clock is
// looked at, but ran, is left alone when it is seen again.
func TestHiddenForLong(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		conn.Open()
		page.Hide()
		page.Run(`globalThis.hiddenAt = performance.now()`)
		page.WaitExpression(`performance.now() - hiddenAt > 12000`)
		page.Show()
		conn.Raw("data: x\n\n")
		waitEvents(page, 1)
		expect(t, "requests", len(stream.Attempts()), 1)
	})
}
