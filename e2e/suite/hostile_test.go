//go:build !js

package suite

import (
	"slices"
	"testing"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/streams"
)

// TestHostileStreams sends each of the streams that are hard to read, whole and
// byte by byte: what the browser's own parser makes of it, ours does too.
func TestHostileStreams(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "type", "mark", "type", "price",
			"type", "a", "type", "b", "type", "a\x00", "type", " a"))
		// Between two streams stands one of ours: it marks the end of what was
		// dispatched, and takes the last event ID back.
		mark := func() {
			conn := stream.Accept(t.Context())
			conn.Raw("retry: 1\nid\nevent: mark\ndata: here\n\n")
			conn.End()
		}
		mark()
		waitEvents(page, 1)
		for _, test := range streams.Hostile {
			if !v.fetch && test.Name == "byte order mark before a blank line" {
				continue // Chromium 156 dispatches nothing of this stream
			}
			for _, everyByte := range []bool{false, true} {
				conn := stream.Accept(t.Context())
				if everyByte {
					conn.SplitEveryByte()
				}
				conn.Raw(test.Stream)
				conn.End()
				mark()
				var got []string
				for _, ev := range e2e.WaitReports[event](page, "event", len(test.Want)+1) {
					got = append(got, ev.Type+"|"+ev.ID+"|"+ev.Data)
				}
				if want := append(slices.Clone(test.Want), "mark||here"); !slices.Equal(got, want) {
					t.Fatalf("%s, byte by byte %t: got %q, want %q", test.Name, everyByte, got, want)
				}
			}
		}
	})
}
