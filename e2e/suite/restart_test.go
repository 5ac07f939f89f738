//go:build !js

package suite

import (
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestServerRestart takes a server of package server down, publishes meanwhile,
// and brings it up again: what was published arrives, once and in order. While
// it is down its port refuses connections, and the client has met that.
func TestServerRestart(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		feed := server.New(&server.Options{
			Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		})
		t.Cleanup(func() { feed.Close() })
		v.app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/events" {
				http.NotFound(w, r)
				return
			}
			feed.ServeHTTP(w, r)
		})
		v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("follow", "type", "n", "until", "9"))
		waitStates(t, page, "connecting 1", "open 0")
		published := 0
		publish := func(n int) {
			for range n {
				published++
				if _, err := server.Publish(t.Context(), feed, eventstream.EventType[int]("n"), published); err != nil {
					t.Fatal(err)
				}
			}
		}
		arrive := func(from, to int) {
			t.Helper()
			for n := from; n <= to; n++ {
				expect(t, "event", e2e.WaitReport[event](page, "event").Data, n)
			}
		}
		publish(2)
		arrive(1, 2)
		for _, last := range []int{5, 9} {
			before := published
			site.Down()
			publish(1)
			// The second attempt begins after the first one was refused.
			waitStates(t, page, "connecting 1", "connecting 2")
			publish(1)
			site.Up()
			waitOpen(page)
			publish(last - published)
			arrive(before+1, last)
		}
		end := e2e.WaitReport[end](page, "end")
		expect(t, "events and reconnects", []uint64{end.Stats.Events, end.Stats.Reconnects}, []uint64{9, 2})
		if stats := feed.Stats(); stats.Gaps > 0 {
			t.Errorf("got %d gaps, want none", stats.Gaps)
		}
	})
}

// waitOpen waits until the stream is open, however many attempts that takes.
func waitOpen(page *e2e.Page) {
	for e2e.WaitReport[string](page, "state") != fmt.Sprint("open ", 0) {
	}
}
