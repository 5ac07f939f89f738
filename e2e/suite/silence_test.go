//go:build !js

package suite

import (
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// endlessHead is the beginning of an answer whose headers never end.
const endlessHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-More: "

// TestSilence holds that a connection which never answers, one that never ends
// its headers and one that falls silent in the middle of an event are each taken
// for dead and made anew, at first as later, that the server sees the old one
// gone, and that no event is lost or doubled by it.
func TestSilence(t *testing.T) {
	silences := []func(*e2e.Conn){
		func(*e2e.Conn) {}, // no answer
		func(conn *e2e.Conn) { conn.RawHead(endlessHead) },
		func(conn *e2e.Conn) { conn.Open() },
		func(conn *e2e.Conn) { conn.Raw("id: lost\ndata: half a mess") },
	}
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "idle", milliseconds(silence()), "until", "two"))
		begin := func(place string) *e2e.Conn {
			t.Helper()
			conn := stream.Accept(t.Context())
			expect(t, "last event ID", conn.LastEventID, place)
			return conn
		}
		silent := func(place string) {
			t.Helper()
			for i, silence := range silences {
				conn := begin(place)
				silence(conn)
				conn.WaitGone(t.Context())
				if cause := e2e.WaitReport[string](page, "cause"); !strings.Contains(cause, eventsource.ErrIdle.Error()) {
					t.Errorf("silence %d: got the cause %q, want %q", i, cause, eventsource.ErrIdle)
				}
			}
		}
		silent("")
		conn := begin("")
		conn.Raw("id: 1\ndata: one\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"1/message/one"})
		conn.Cut()
		e2e.WaitReport[string](page, "cause")
		silent("1")
		begin("1").Raw("id: 2\ndata: two\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"2/message/two"})
		expect(t, "events in all", e2e.WaitReport[end](page, "end").Stats.Events, 2)
	})
}
