//go:build !js

package suite

import (
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// toxicTest is a page that follows a feed of numbers by way of a network.
type toxicTest struct {
	*testing.T
	network   *e2e.Network
	page      *e2e.Page
	feed      *server.Feed
	requests  atomic.Int32 // to the feed
	published int
}

// TestToxics lays each fault on the network between a feed of package server and
// its client: nothing is lost and nothing doubled. Each case shows that the fault
// was there, by the time that events took at least, or by the connections lost.
func TestToxics(t *testing.T) {
	cases := map[string]func(*toxicTest){
		"latency": func(t *toxicTest) {
			t.delay(40*time.Millisecond, t.network.Latency(60*time.Millisecond, 20*time.Millisecond))
		},
		"bandwidth": func(t *toxicTest) { t.delay(80*time.Millisecond, t.network.Bandwidth(5000)) },
		"slices":    func(t *toxicTest) { t.delay(80*time.Millisecond, t.network.Slice(5, 2, time.Millisecond)) },
		"timeout":   func(t *toxicTest) { t.breakOff(t.network.Timeout(20 * time.Millisecond)) },
		"reset":     func(t *toxicTest) { t.breakOff(t.network.Reset(0)) },
		"late reset, in slices": func(t *toxicTest) {
			defer t.network.Slice(5, 2, time.Millisecond)()
			t.breakOff(t.network.Reset(10 * time.Millisecond))
		},
		"partition": func(t *toxicTest) { t.part(t.network.Partition()) },
	}
	inPages(t, func(t *testing.T, v variant) {
		for name, lay := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test := newToxicTest(t, v)
				test.publish(20)
				test.arrive(1, 20)
				lay(test)
				test.publish(60 - test.published)
				test.arrive(41, 60)
				expect(t, "events in all", e2e.WaitReport[end](test.page, "end").Stats.Events, 60)
			})
		}
	})
}

func newToxicTest(t *testing.T, v variant) *toxicTest {
	t.Helper()
	test := &toxicTest{T: t, feed: server.New(&server.Options{
		Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})}
	t.Cleanup(func() { test.feed.Close() })
	v.app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/events" {
			http.NotFound(w, r)
			return
		}
		test.requests.Add(1)
		test.feed.ServeHTTP(w, r)
	})
	v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
	site := e2e.Serve(t, v.app)
	test.network = site.Network()
	test.page = site.Open(test.network.URL(v.scenario("follow", "type", "n", "until", "60", "idle", "500")))
	waitOpen(test.page)
	return test
}

func (t *toxicTest) publish(n int) {
	t.Helper()
	for range n {
		t.published++
		if _, err := server.Publish(t.Context(), t.feed, eventstream.EventType[int]("n"), t.published); err != nil {
			t.Fatal(err)
		}
	}
}

func (t *toxicTest) arrive(from, to int) {
	t.Helper()
	for i, event := range e2e.WaitReports[event](t.page, "event", to-from+1) {
		expect(t.T, "event", event.Data, from+i)
	}
}

// delay has events take the time, at least.
func (t *toxicTest) delay(least time.Duration, restore func()) {
	t.Helper()
	start := time.Now()
	t.publish(20)
	t.arrive(21, 40)
	if took := time.Since(start); took < least {
		t.Errorf("the events arrived within %v, want no less than %v", took, least)
	}
	restore()
}

// breakOff has attempt after attempt fail before events arrive.
func (t *toxicTest) breakOff(restore func()) {
	t.Helper()
	for before := t.requests.Load(); t.published < 40; {
		t.publish(1)
		t.waitRequests(before + int32(t.published-20)/5)
	}
	expect(t.T, "events under the fault", t.reported(), 20)
	restore()
	t.arrive(21, 40)
}

func (t *toxicTest) waitRequests(n int32) {
	t.Helper()
	for start := time.Now(); t.requests.Load() < n; time.Sleep(time.Millisecond) {
		if time.Since(start) > e2e.DefaultTimeout {
			t.Fatalf("got %d requests, want %d", t.requests.Load(), n)
		}
	}
}

// part has nothing arrive until the client takes the connection for dead, and
// then neither.
func (t *toxicTest) part(heal func()) {
	t.Helper()
	t.publish(20)
	if cause := e2e.WaitReport[string](t.page, "cause"); !strings.Contains(cause, eventsource.ErrIdle.Error()) {
		t.Errorf("got the cause %q, want %q", cause, eventsource.ErrIdle)
	}
	expect(t.T, "events in a partition", t.reported(), 20)
	heal()
	t.arrive(21, 40)
}

// reported is how many events the page has reported.
func (t *toxicTest) reported() int {
	t.Helper()
	return e2e.Eval[int](t.page, `reports.filter((report) => JSON.parse(report).name === "event").length`)
}
