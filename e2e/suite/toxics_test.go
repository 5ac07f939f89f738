//go:build !js

package suite

import (
	"fmt"
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

// toxicTest is a client that follows a feed of numbers by way of a network.
type toxicTest struct {
	*testing.T
	network   *e2e.Network
	client    toxicClient
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
	each := func(t *testing.T, app e2e.App, connect func(*toxicTest, *e2e.Site) toxicClient) {
		for name, lay := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test := newToxicTest(t, app, connect)
				test.publish(20)
				test.arrive(1, 20)
				lay(test)
				test.publish(60 - test.published)
				test.arrive(41, 60)
				expect(t, "events in all", test.client.end(), 60)
			})
		}
	}
	inPages(t, func(t *testing.T, v variant) {
		each(t, v.app, func(test *toxicTest, site *e2e.Site) toxicClient {
			page := site.Open(test.network.URL(v.scenario("follow", "type", "n", "until", "60", "idle", milliseconds(silence()))))
			waitOpen(page)
			return pageClient{page}
		})
	})
	t.Run("http", func(t *testing.T) {
		t.Parallel()
		each(t, e2e.App{}, connectHTTP)
	})
}

func newToxicTest(t *testing.T, app e2e.App, connect func(*toxicTest, *e2e.Site) toxicClient) *toxicTest {
	t.Helper()
	test := &toxicTest{T: t, feed: server.New(&server.Options{
		Retry: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})}
	t.Cleanup(func() { test.feed.Close() })
	app.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/events" {
			http.NotFound(w, r)
			return
		}
		test.requests.Add(1)
		test.feed.ServeHTTP(w, r)
	})
	app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
	site := e2e.Serve(t, app)
	test.network = site.Network()
	test.client = connect(test, site)
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
	for i, event := range t.client.events(to - from + 1) {
		expect(t.T, "event", event, from+i)
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
	expect(t.T, "events under the fault", t.client.reported(), 20)
	restore()
	t.arrive(21, 40)
}

func (t *toxicTest) waitRequests(n int32) {
	t.Helper()
	for start := time.Now(); t.requests.Load() < n; time.Sleep(time.Millisecond) {
		if time.Since(start) > patience() {
			t.Fatalf("got %d requests, want %d", t.requests.Load(), n)
		}
	}
}

// part has nothing arrive until the client takes the connection for dead, and
// then neither.
func (t *toxicTest) part(heal func()) {
	t.Helper()
	t.publish(20)
	if cause := t.client.cause(); !strings.Contains(cause, eventsource.ErrIdle.Error()) {
		t.Errorf("got the cause %q, want %q", cause, eventsource.ErrIdle)
	}
	expect(t.T, "events in a partition", t.client.reported(), 20)
	heal()
	t.arrive(21, 40)
}

// toxicClient is a client as a test sees it.
type toxicClient interface {
	events(n int) []string // waits for the next n and returns their data
	reported() int         // how many there were so far
	cause() string         // waits for the next connection lost and tells why
	end() uint64           // waits for the end and returns how many the Source counts
}

// pageClient is the probe in a page.
type pageClient struct{ page *e2e.Page }

func (c pageClient) events(n int) []string {
	data := make([]string, n)
	for i, event := range e2e.WaitReports[event](c.page, "event", n) {
		data[i] = event.Data
	}
	return data
}

func (c pageClient) reported() int {
	return e2e.Eval[int](c.page, `reports.filter((report) => JSON.parse(report).name === "event").length`)
}

func (c pageClient) cause() string { return e2e.WaitReport[string](c.page, "cause") }

func (c pageClient) end() uint64 { return e2e.WaitReport[end](c.page, "end").Stats.Events }

// httpClient is a Source of this process, by net/http.
type httpClient struct {
	*testing.T
	source *eventsource.Source
	data   chan string // closed at the end
	causes chan string
	count  atomic.Int32
}

func connectHTTP(t *toxicTest, _ *e2e.Site) toxicClient {
	t.Helper()
	source, err := eventsource.Open(t.Context(), t.network.URL("/events"), &eventsource.Options{IdleTimeout: silence()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	c := &httpClient{T: t.T, source: source, data: make(chan string, 100), causes: make(chan string, 100)}
	numbers, err := eventsource.Subscribe[int](source, "n", nil)
	if err != nil {
		t.Fatal(err)
	}
	go c.follow(numbers)
	for state := range source.States() {
		if state.ReadyState == eventsource.StateOpen {
			break
		}
	}
	go c.watch()
	return c
}

func (c *httpClient) follow(numbers *eventsource.Subscription[int]) {
	defer close(c.data)
	for ev, err := range numbers.Events() {
		if err != nil {
			c.Errorf("got the error %v", err)
			return
		}
		c.count.Add(1)
		c.data <- fmt.Sprint(ev.Data)
		if ev.Data == 60 {
			return
		}
	}
}

func (c *httpClient) watch() {
	for state := range c.source.States() {
		if state.ReadyState == eventsource.StateConnecting && state.Err != nil {
			select {
			case c.causes <- state.Err.Error():
			default: // more than anybody asks for
			}
		}
	}
}

func (c *httpClient) events(n int) []string {
	c.Helper()
	data := make([]string, n)
	for i := range data {
		data[i] = c.next(c.data)
	}
	return data
}

func (c *httpClient) next(from <-chan string) string {
	c.Helper()
	select {
	case text := <-from:
		return text
	case <-time.After(patience()):
		c.Fatalf("nothing within %v, after %d events", patience(), c.count.Load())
		return ""
	}
}

func (c *httpClient) reported() int { return int(c.count.Load()) }

func (c *httpClient) cause() string { return c.next(c.causes) }

func (c *httpClient) end() uint64 {
	c.Helper()
	c.next(c.data) // "" as it is closed
	return c.source.Stats().Events
}
