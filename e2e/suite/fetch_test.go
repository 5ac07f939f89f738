//go:build !js

package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

// inFetch runs a test of what only the fetch transport has, in a page and in a
// worker.
func inFetch(t *testing.T, test func(t *testing.T, v variant)) {
	t.Helper()
	t.Parallel()
	for where, worker := range map[string]bool{"page": false, "worker": true} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			test(t, variant{app: e2e.App{Program: probe, Worker: worker, Timeout: patience()}, fetch: true})
		})
	}
}

// TestFetchRequest holds that the request carries what the options say.
func TestFetchRequest(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "", "token", "sécret", "body", "a question", "lastEventID", "größe ☃"))
		conn := site.Stream("/events").Accept(t.Context())
		expect(t, "method", conn.Method, "POST")
		expect(t, "body", string(conn.Body), "a question")
		expect(t, "token", conn.Header.Get("X-Token"), "sécret")
		expect(t, "accept", conn.Header.Get("Accept"), "text/event-stream")
		expect(t, "last event ID", conn.LastEventID, "größe ☃")
		conn.Raw("data: x\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"größe ☃/message/x"})
	})
}

// TestFetchChosen holds that an option which only fetch can have chooses it.
func TestFetchChosen(t *testing.T) {
	inNative(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "", "token", "secret"))
		conn := site.Stream("/events").Accept(t.Context())
		expect(t, "token", conn.Header.Get("X-Token"), "secret")
		conn.Raw("data: x\n\n")
		waitEvents(page, 1)
	})
}

// TestFetchRetries holds that a server which is busy is asked again, when it
// said, and that the answer is told.
func TestFetchRetries(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		stream.Refuse(e2e.Response{Status: 503, Header: http.Header{"Retry-After": {"1"}}})
		stream.Refuse(e2e.Response{Status: 500})
		start := time.Now()
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		if waited := time.Since(start); waited < time.Second {
			t.Errorf("asked again after %v, want no sooner than the server said", waited)
		}
		conn.Raw("id: 1\ndata: x\n\n")
		waitEvents(page, 1)
		waitStates(t, page, "connecting 1", "connecting 2", "connecting 3", "open 0")
		stream.Refuse(e2e.Response{Status: 503})
		stream.Refuse(e2e.Response{Status: 204})
		conn.End()
		end := e2e.WaitReport[end](page, "end")
		if !strings.Contains(end.Err, "status 204") {
			t.Errorf("got %q, want an end with 204", end.Err)
		}
		expect(t, "last event ID sent", stream.Attempts()[4].LastEventID, "1")
	})
}

// TestFetchToken holds that each attempt has its own request: a token that is
// refused is refreshed.
func TestFetchToken(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		stream.Refuse(e2e.Response{Status: 401})
		page := site.Open(v.scenario("token"))
		conn := stream.Accept(t.Context())
		conn.Raw("data: in\n\n")
		expect(t, "event", e2e.WaitReport[string](page, "event"), "in")
		attempts := stream.Attempts()
		expect(t, "tokens", []string{attempts[0].Header.Get("Authorization"), attempts[1].Header.Get("Authorization")},
			[]string{"Bearer 1", "Bearer 2"})
	})
}

// TestRedirects follows redirects of every status, to another origin too, and
// holds that a loop of them is a failure.
func TestRedirects(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		for _, status := range []int{301, 302, 303, 307, 308} {
			site := e2e.Serve(t, v.app)
			last := site.Stream("/last")
			last.AllowOrigin("*", false)
			site.Stream("/events").Redirect(status, "/second")
			site.Stream("/second").Redirect(status, site.Host(1)+"/last")
			page := site.Open(v.scenario("follow", "type", ""))
			last.Accept(t.Context()).Raw("data: x\n\n")
			got := e2e.WaitReport[event](page, "event")
			expect(t, fmt.Sprint(status, ": event and origin"), got.Data+" "+got.Origin, "x "+site.Host(1))
			page.Close()
		}
		site := e2e.Serve(t, v.app)
		site.Stream("/events").RefuseAll(e2e.Response{Status: 307, Header: http.Header{"Location": {"/events"}}})
		page := site.Open(v.scenario("follow", "type", "", "never", ""))
		if v.fetch {
			if end := e2e.WaitReport[end](page, "end"); end.Err == "" || end.Failed {
				t.Errorf("a loop of redirects: got %+v", end)
			}
		} else {
			e2e.WaitReport[string](page, "cause") // the browser tries again
		}
	})
}

// TestRandomCuts cuts the stream at two hundred random places and holds
// that every event comes once and in order.
func TestRandomCuts(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		const cuts, each = 200, 5
		page := site.Open(v.scenario("follow", "type", "", "until", fmt.Sprint(cuts*each)))
		random := rand.New(rand.NewPCG(7, 7))
		known := func(conn *e2e.Conn) (last int) {
			fmt.Sscan(conn.LastEventID, &last)
			return last
		}
		for cut := 0; ; cut++ {
			conn := stream.Accept(t.Context())
			last := known(conn)
			var text strings.Builder
			text.WriteString("retry: 1\n\n")
			for n := last + 1; n <= min(last+each, cuts*each); n++ {
				fmt.Fprintf(&text, "id: %d\ndata: %d\n\n", n, n)
			}
			if cut >= cuts {
				conn.Raw(text.String())
			} else {
				conn.Raw(text.String()[:random.IntN(text.Len()+1)])
			}
			if last+each >= cuts*each && cut >= cuts {
				break
			}
			[]func(*e2e.Conn){(*e2e.Conn).Cut, (*e2e.Conn).End, (*e2e.Conn).Reset}[cut%3](conn)
		}
		for i, got := range e2e.WaitReports[event](page, "event", cuts*each) {
			if want := fmt.Sprint(i + 1); got.Data != want || got.ID != want {
				t.Fatalf("got %+v, want %s", got, want)
			}
		}
		expect(t, "events", e2e.WaitReport[end](page, "end").Stats.Events, cuts*each)
	})
}

// TestFetchBackpressure holds that a stalled loop leaves the server's writing
// blocked, after no more than the buffers in between hold.
func TestFetchBackpressure(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("stall"))
		conn := site.Stream("/events").Accept(t.Context())
		e2e.WaitReport[any](page, "stalled")
		const most = 256 << 20
		piece := []byte(strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n\n", 64))
		written := 0
		for written < most {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			err := conn.WriteContext(ctx, piece)
			cancel()
			if err != nil {
				break
			}
			written += len(piece)
		}
		if written >= most {
			t.Errorf("the server could write %d bytes for a loop that takes none", written)
		}
		t.Logf("the server could write %d bytes", written)
	})
}

// TestFromReadableStream reads a stream that the page has made, in pieces, and
// holds that its end, or its failure, is the one error.
func TestFromReadableStream(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ last, says string }{
		"end":     {"controller.close()", "has ended"},
		"failure": {`controller.error(new TypeError("torn"))`, "torn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := e2e.Serve(t, e2e.App{Program: probe})
			page := site.Open("/?scenario=readable")
			page.Run(`{
				const pieces = ["id: 1\nda", "ta: one\r", "\n\ndata: two\n\nda"];
				globalThis.probeStream = new ReadableStream({pull(controller) {
					if (pieces.length > 0) {
						controller.enqueue(new TextEncoder().encode(pieces.shift()));
					} else {
						` + test.last + `;
					}
				}});
			}`)
			expect(t, "events", waitEvents(page, 2), []string{"1/message/one", "1/message/two"})
			end := e2e.WaitReport[end](page, "end")
			if !strings.Contains(end.Err, test.says) || end.State != "closed" || end.URL != "" {
				t.Errorf("got %+v, want closed by an error with %q", end, test.says)
			}
		})
	}
}
