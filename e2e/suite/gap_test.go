//go:build !js

package suite

import (
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestGap has a server tell of gaps, first of all after a lost connection and in
// the midst of a burst, and holds that each subscription gets each once and at its
// place, that the next connection begins at the gap's, and that what listens for
// gaps is released.
func TestGap(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("gaps"))
		stream := site.Stream("/events")
		tell := func(conn *e2e.Conn, id string, gap eventstream.Gap) { e2e.Send(conn, eventstream.GapEvent, id, gap) }

		conn := stream.Accept(t.Context())
		tell(conn, "a-0", eventstream.Gap{Reason: eventstream.GapOtherLog})
		e2e.Send(conn, "n", "a-1", 1)
		e2e.Send(conn, "m", "a-2", 2)
		next(t, page, "n", "gap  to , 0: other-log; a-0", "a-1")
		next(t, page, "m", "gap  to , 0: other-log; a-0", "a-2")
		conn.Cut()

		conn = stream.Accept(t.Context())
		expect(t, "last event ID", conn.LastEventID, "a-2")
		tell(conn, "a-14", eventstream.Gap{From: "a-3", To: "a-14", Missed: 12, Reason: eventstream.GapDropped})
		next(t, page, "n", "gap a-3 to a-14, 12: dropped; a-14")
		next(t, page, "m", "gap a-3 to a-14, 12: dropped; a-14")
		conn.Cut()

		conn = stream.Accept(t.Context())
		expect(t, "last event ID after a gap", conn.LastEventID, "a-14")
		burst := strings.Repeat("event: n\nid: a-15\ndata: 1\n\n", 600)
		conn.Raw(burst + "event: gap\nid: a-20\ndata: {\"reason\":\"dropped\",\"missed\":5}\n\n" +
			"event: gap\nid: a-20\ndata: none\n\n" + "event: m\nid: a-21\ndata: 1\n\n" + burst)
		want := strings.Fields(strings.Repeat("a-15 ", 600))
		next(t, page, "n", append(append(want, "gap  to , 5: dropped; a-20"), want...)...)
		next(t, page, "m", "gap  to , 5: dropped; a-20", "a-21")
		e2e.Send(conn, "n", "end", 1)
		next(t, page, "n", "end")
		end := e2e.WaitReport[end](page, "end")
		expect(t, "gaps", []uint64{end.Stats.Gaps, end.Stats.Missed}, []uint64{3, 17})
		expect(t, "alive", counts{end.Callbacks, end.Listeners}, counts{1, 1})
	})
}

// next waits for what a subscription gets next.
func next(t *testing.T, page *e2e.Page, subscription string, want ...string) {
	t.Helper()
	got := e2e.WaitReports[string](page, subscription, len(want))
	expect(t, subscription, strings.Join(got, ", "), strings.Join(want, ", "))
}
