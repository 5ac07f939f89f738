//go:build !js

package suite

import (
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// hostile is a stream with everything that is hard to cut: line breaks of each
// kind, characters of two, three and four bytes, comments, fields without a
// colon, IDs, names, an event without data and a block that never ends.
const hostile = "\ufeff: a comment\r\nid: 1\r\nevent: größe\r\ndata: é☃🙂\r\n\r\n" +
	"data: cr\rdata:cr\r\r" +
	"data\n\n" +
	"data:  two spaces\nid: 2\n\n" +
	"event: größe\n\n" +
	"id: 3\n\n" +
	"retry: x\nunknown: y\n:\n" +
	"data: 🙂\ndata: é\n\n" +
	"id: 9\ndata: never"

var hostileEvents = []string{
	"1/größe/é☃🙂", "1/message/cr\ncr", "1/message/", "2/message/ two spaces", "3/message/🙂\né",
}

// TestCutAnywhere sends a stream cut in two at every byte, a new connection each
// time, and once byte by byte.
func TestCutAnywhere(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "", "type", "größe", "type", "next"))
		stream := site.Stream("/events")
		want := strings.Join(append(hostileEvents, "3/next/"), "\n")
		for at := range len(hostile) + 1 {
			conn := stream.Accept(t.Context())
			if at == len(hostile) {
				conn.SplitEveryByte()
			}
			// An unfinished block at the end is discarded, so the next stream
			// begins with a mark of its own; retry keeps the test short.
			const mark = "\n\nretry: 1\nid: 3\nevent: next\ndata:\n\n"
			beforeEnd := strings.TrimSuffix(hostile, "id: 9\ndata: never")
			text := beforeEnd + strings.TrimPrefix(mark, "\n\n") + "id: 9\ndata: never"
			if at < len(hostile) {
				conn.WriteSplit(text, at)
			} else {
				conn.Raw(text)
			}
			if got := strings.Join(waitEvents(page, len(hostileEvents)+1), "\n"); got != want {
				t.Errorf("cut at byte %d: got\n%s\nwant\n%s", at, got, want)
			}
			conn.End()
		}
	})
}

func TestCommentsOnly(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "", "until", "end"))
		conn := site.Stream("/events").Accept(t.Context())
		conn.Raw(strings.Repeat(": still here\n\n", 1000))
		long := ":" + strings.Repeat("data: no\x00", 20000)
		conn.Raw(long + "\n\n" + long + "\r\rdata: end\r" + long + "\r\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"/message/end"})
		expect(t, "batches", e2e.WaitReport[end](page, "end").Stats.Batches, 1)
	})
}

// TestLargeMessage sends a message of 5 MB.
func TestLargeMessage(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "", "until", "small"))
		conn := site.Stream("/events").Accept(t.Context())
		large := strings.Repeat("5 MB é ", 5<<20/8)
		conn.Send(eventstream.Message{Data: []byte(large)}, eventstream.Message{Data: []byte("small")})
		got := e2e.WaitReport[event](page, "event").Data
		if got != large {
			t.Errorf("got %d bytes that differ from the %d sent", len(got), len(large))
		}
		expect(t, "the next", waitEvents(page, 1), []string{"/message/small"})
	})
}
