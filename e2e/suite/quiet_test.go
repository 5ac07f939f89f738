//go:build !js

package suite

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestQuietStream holds that a stream of Runnel's server on which nothing is published
// is not taken for silent, though it has no more than heartbeats for many times as
// long as a silence may last, and that these are not seen: with and without a filter
// that keeps everything back.
func TestQuietStream(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		const every = 200 * time.Millisecond
		beats := int32(silence() * 4 / 3 / every) // for longer than the client has patience
		for _, filter := range []string{"", "?type=n"} {
			feed := server.New(&server.Options{Heartbeat: every})
			defer feed.Close()
			var requests, sent atomic.Int32
			v.app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				feed.ServeHTTP(beatCounter{w, &sent}, r)
			})
			v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
			site := e2e.Serve(t, v.app)
			page := site.Open(at(v.scenario("follow", "type", "n", "until", "1", "idle", milliseconds(silence())), "/events"+filter))
			waitStates(t, page, "connecting 1", "open 0")
			for start := time.Now(); sent.Load() < beats; time.Sleep(every) {
				if filter != "" {
					publish(t, feed, "m") // which the filter keeps back
				}
				if time.Since(start) > patience() {
					t.Fatalf("got %d heartbeats within %v, want %d", sent.Load(), patience(), beats)
				}
			}
			id := publish(t, feed, "n")
			expect(t, "events", waitEvents(page, 1), []string{id + "/n/1"})
			expect(t, "requests", requests.Load(), 1)
			expect(t, "events in all", e2e.WaitReport[end](page, "end").Stats.Events, 1)
			page.Close()
		}
	})
}

// beatCounter counts the heartbeats that are written.
type beatCounter struct {
	http.ResponseWriter
	count *atomic.Int32
}

func (c beatCounter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c beatCounter) Write(b []byte) (int, error) {
	c.count.Add(int32(bytes.Count(b, []byte(eventstream.HeartbeatEvent))))
	return c.ResponseWriter.Write(b)
}

func publish(t *testing.T, feed *server.Feed, eventType eventstream.EventType[int]) (id string) {
	t.Helper()
	id, err := server.Publish(t.Context(), feed, eventType, 1)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestHeartbeatTellsThePlace holds that a heartbeat with a place moves the one that a
// Source goes on from, though the browser shows nothing of a place alone, and that one
// without leaves it, as does an event without an ID.
func TestHeartbeatTellsThePlace(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		const beat = "event: runnel.heartbeat\ndata: {}\n\n"
		v.named = !v.fetch
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		for n := range 3 {
			conn := stream.Accept(t.Context())
			if n > 0 {
				expect(t, "place", place(conn), fmt.Sprint("after ", n-1))
			}
			conn.Raw("retry: 1\n\n" + beat + "data: x\n\n")
			waitEvents(page, 1)
			stream.Refuse(e2e.Response{Status: 503})
			conn.End()
			conn = stream.Accept(t.Context())
			if n > 0 {
				expect(t, "the same place", place(conn), fmt.Sprint("after ", n-1))
			}
			conn.Raw(fmt.Sprintf("retry: 1\nid: after %d\n", n) + beat + beat)
			stream.Refuse(e2e.Response{Status: 503})
			conn.End()
		}
	})
}

// TestBusyPage holds that a page which is busy for longer than a silence may last does
// not take itself for silent: what has arrived meanwhile counts, and the connection
// stays.
func TestBusyPage(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "idle", milliseconds(silence())))
		conn := stream.Accept(t.Context())
		conn.Raw("data: first\n\n")
		waitEvents(page, 1)
		stop := make(chan struct{})
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-time.After(50 * time.Millisecond):
					fmt.Fprint(conn, "data: more\n\n")
				case <-stop:
					return
				}
			}
		}()
		for range 2 {
			page.Run(`{ const end = performance.now() + ` + milliseconds(2*silence()) + `; while (performance.now() < end); }`)
			waitEvents(page, 40)
		}
		close(stop)
		<-stopped
		expect(t, "requests", len(stream.Attempts()), 1)
	})
}
