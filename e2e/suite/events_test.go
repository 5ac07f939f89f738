//go:build !js

package suite

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/internal/sample"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestEvents sends events of every kind of name and holds that each arrives
// whole and in order, across event types.
func TestEvents(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow",
			"type", "", "type", "price", "type", "open", "type", "error", "type", "two words", "type", "größe ☃", "type", "\ufeffmarked", "type", "close"))
		conn := site.Stream("/events").Accept(t.Context())
		expect(t, "method", conn.Method, "GET")
		expect(t, "accept", conn.Header.Get("Accept"), "text/event-stream")
		expect(t, "last event ID", conn.LastEventID, "")
		conn.Send(
			eventstream.Message{Data: []byte("plain")},
			eventstream.Message{Type: "message", Data: []byte("named message")},
			eventstream.Message{Type: "price", ID: "1", Data: []byte("one")},
			eventstream.Message{Type: "unheard", ID: "2", Data: []byte("two")},
			eventstream.Message{Type: "open", Data: []byte("a server's open")},
			eventstream.Message{Type: "error", ID: "3", Data: []byte("a server's error")},
			eventstream.Message{Type: "two words", ID: "4\t☃", Data: []byte("")},
			eventstream.Message{Type: "größe ☃", Data: []byte("line\none\r\ntwo")},
			eventstream.Message{Type: "Price", Data: []byte("another name")},
			eventstream.Message{Type: "\ufeffmarked", ID: "\ufeff5", Data: []byte("\ufeffx")},
			eventstream.Message{Data: []byte("last")},
		)
		want := []string{
			"/message/plain", "/message/named message", "1/price/one", "2/open/a server's open",
			"3/error/a server's error", "4\t☃/two words/", "4\t☃/größe ☃/line\none\ntwo",
			"\ufeff5/\ufeffmarked/\ufeffx", "\ufeff5/message/last",
		}
		expect(t, "events", strings.Join(waitEvents(page, len(want)), "\n"), strings.Join(want, "\n"))
		// The server's open and error are no change of state: it is open once.
		waitStates(t, page, "connecting 1", "open 0")
		conn.Send(eventstream.Message{Type: "price", Data: []byte("more")})
		waitEvents(page, 1)
		conn.Cut()
		waitStates(t, page, "connecting 1")
	})
}

func TestOrigin(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		site := e2e.Serve(t, v.app)
		page := site.Open(at(v.scenario("follow", "type", ""), site.Host(1)+"/events"))
		stream := site.Stream("/events")
		stream.AllowOrigin("*", false)
		stream.Accept(t.Context()).Send(eventstream.Message{Data: []byte("x")})
		expect(t, "origin", e2e.WaitReport[event](page, "event").Origin, site.Host(1))
	})
}

// TestSample sends a value with a field of every kind.
func TestSample(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("sample"))
		want := sample.Want()
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		// The same again with every character escaped that may be, surrogate
		// pairs and all, and on many lines.
		escaped := escapeAll(t, data)
		conn := site.Stream("/events").Accept(t.Context())
		conn.Send(
			eventstream.Message{Type: "sample", ID: "1", Data: data},
			eventstream.Message{Type: "sample", ID: "2", Data: escaped},
		)
		for range 2 {
			got := e2e.WaitReport[sample.Value](page, "sample")
			if !got.Time.Equal(want.Time) {
				t.Errorf("got time %v, want %v", got.Time, want.Time)
			}
			got.Time = want.Time // equal, but with a zone of its own
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		}
	})
}

// escapeAll writes the strings of a JSON text with escapes for everything
// outside of ASCII, and puts a line break after every comma between values.
func escapeAll(t *testing.T, data []byte) []byte {
	var out strings.Builder
	inString, escape := false, false
	for _, r := range string(data) {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04X`, 0xd800+r>>10, 0xdc00+r&0x3ff)
			continue
		case r >= utf8.RuneSelf:
			fmt.Fprintf(&out, `\u%04x`, r)
			continue
		case inString && escape:
			escape = false
		case inString && r == '\\':
			escape = true
		case r == '"':
			inString = !inString
		case r == ',' && !inString:
			out.WriteString(",\n")
			continue
		}
		out.WriteRune(r)
	}
	if !json.Valid([]byte(out.String())) {
		t.Fatalf("the test's own JSON is broken: %s", out.String())
	}
	return []byte(out.String())
}

// TestDecodeErrors holds that what does not decode is reported as it came and
// that the next message arrives.
func TestDecodeErrors(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("sample"))
		conn := site.Stream("/events").Accept(t.Context())
		bad := []string{`{"text":`, `{"text":1}`, `{"byte":256}`, `{"level":"medium"}`, ``, `null x`, "\ufffd"}
		for i, data := range bad {
			conn.Send(eventstream.Message{Type: "sample", ID: fmt.Sprint(i), Data: []byte(data)})
			got := e2e.WaitReport[event](page, "decode error")
			if got.ID != fmt.Sprint(i) || got.Type != "sample" || got.Data != data || got.Origin == "" {
				t.Errorf("got %+v, want message %d with its data %q and a reason", got, i, data)
			}
			conn.Send(eventstream.Message{Type: "sample", Data: []byte(`{"text":"fine"}`)})
			expect(t, "the next", e2e.WaitReport[sample.Value](page, "sample").Text, "fine")
		}
	})
}

func TestOnce(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("sample", "once", ""))
		conn := site.Stream("/events").Accept(t.Context())
		conn.Raw(strings.Repeat("event: sample\ndata: {\"text\":\"x\"}\n\n", 10))
		expect(t, "sample", e2e.WaitReport[sample.Value](page, "sample").Text, "x")
		end := e2e.WaitReport[end](page, "end")
		expect(t, "events", end.Stats.Events, 1)
		expect(t, "state", end.State, "open")
	})
}

// TestTwoSubscriptions holds that two subscriptions to one event type each get
// every message, as their own Go type, and end apart from each other.
func TestTwoSubscriptions(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("twice"))
		conn := site.Stream("/events").Accept(t.Context())
		conn.Raw("event: point\ndata: {\"X\":1}\n\n")
		expect(t, "point", e2e.WaitReport[int](page, "point"), 1)
		expect(t, "bytes", e2e.WaitReport[string](page, "bytes"), `{"X":1}`)
		if listeners := e2e.WaitReport[int](page, "bytes ended"); listeners == 0 {
			t.Error("the end of one subscription took the other's listener away")
		}
		conn.Raw("event: point\ndata: {\"X\":2}\n\n")
		expect(t, "point", e2e.WaitReport[int](page, "point"), 2)
	})
}

// TestBreak holds that leaving a loop releases what the subscription held, and
// Close the rest.
func TestBreak(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("break"))
		conn := site.Stream("/events").Accept(t.Context())
		for n := range 10 {
			conn.Raw(fmt.Sprintf("event: n\ndata: %d\n\n", n))
		}
		live := e2e.WaitReport[[]counts](page, "live")
		before, opened, looping, left, closed := live[0], live[1], live[2], live[3], live[4]
		if !v.fetch { // which reads all event types, and has callbacks for the stream only
			if looping == opened {
				t.Errorf("subscribing changed nothing of %+v", opened)
			}
			expect(t, "alive after break", left, opened)
		}
		expect(t, "alive after Close", closed, before)
	})
}

// TestPanicInHandler holds that a panic ends the program with its message, that
// the page says so, and that the browser stops calling it.
func TestPanicInHandler(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		v.app.Allow = []e2e.Allowance{
			{Kind: e2e.GoPanic, Containing: "the handler's own trouble"},
		}
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("panic"))
		conn := site.Stream("/events").Accept(t.Context())
		conn.Raw(strings.Repeat("data: before\n\n", 100) + "data: now\n\n" + strings.Repeat("data: after\n\n", 100))
		expect(t, "exit code", page.WaitExit(), 2)
		page.WaitText("#program", "exited with code 2")
		page.WaitConsole("panic: the handler's own trouble")
		page.WaitConsole("panicInHandler") // the stack names the function
		conn.WaitGone(t.Context())
	})
}
