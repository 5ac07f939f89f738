//go:build !js

package suite

import (
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestSleep holds that a stream is made anew, at its place, when the clock tells
// that the machine has slept.
func TestSleep(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		conn.Raw("id: 1\ndata: one\n\n")
		waitEvents(page, 1)
		page.Run(`{
			const time = Date.prototype.getTime;
			Date.prototype.getTime = function() { return time.call(this) + 3600_000; };
		}`)
		conn.WaitGone(t.Context())
		conn = stream.Accept(t.Context())
		expect(t, "place", place(conn), "1")
		conn.Raw("id: 2\ndata: two\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"2/message/two"})
		expect(t, "attempts", len(stream.Attempts()), 2)
	})
}
