//go:build !js

package suite

import (
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestOutageOnConsole holds that the console tells of a stream that fails again and
// again, with its URL and the cause, and that this is not an error of the page: where
// the server refuses, and where each connection is lost before an answer, which the
// browser's own EventSource overcomes by itself.
func TestOutageOnConsole(t *testing.T) {
	for name, test := range map[string]struct {
		fails func(t *testing.T, stream *e2e.Stream)
		cause string
	}{
		"refused": {func(_ *testing.T, stream *e2e.Stream) { stream.RefuseAll(e2e.Response{Status: 503}) }, "status 503"},
		"lost": {func(t *testing.T, stream *e2e.Stream) {
			for range 4 {
				stream.Accept(t.Context()).Reset()
			}
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			inAll(t, func(t *testing.T, v variant) {
				site := e2e.Serve(t, v.app)
				stream := site.Stream("/events")
				page := site.Open(v.scenario("follow", "type", "", "until", "x"))
				conn := stream.Accept(t.Context())
				conn.Raw("retry: 1\n\n")
				waitStates(t, page, "connecting 1", "open 0")
				conn.Cut()
				test.fails(t, stream)
				page.WaitConsole("eventsource: " + site.URL("/events") + ": 3 attempts in a row have failed")
				page.WaitConsole(test.cause)
				if name == "lost" {
					stream.Accept(t.Context()).Raw("data: x\n\n")
					if end := e2e.WaitReport[end](page, "end"); !strings.Contains(end.Err, "closed") {
						t.Errorf("got %+v, want a Source that went on", end)
					}
				}
			})
		})
	}
}
