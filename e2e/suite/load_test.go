//go:build !js

package suite

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// burstOf writes n events of about 110 bytes.
func burstOf(n int) []byte {
	var out bytes.Buffer
	for seq := range n {
		fmt.Fprintf(&out, "event: tick\nid: %d\ndata: {\"seq\":%[1]d,\"symbol\":\"RUNL\",\"bid\":%.2f,\"ask\":%.2f,\"volume\":%d,\"time\":\"2026-01-02T03:04:05.678Z\"}\n\n",
			seq, 100+float64(seq%97)/8, 101+float64(seq%89)/8, seq%1000)
	}
	return out.Bytes()
}

// TestBurst sends 100,000 events in one write. They arrive whole and in order,
// in far fewer batches than events, while a timer of the page keeps ticking.
func TestBurst(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		const count = 100000
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("burst", "count", strconv.Itoa(count)))
		conn := site.Stream("/events").Accept(t.Context())
		// The page itself notes how far the timer is with each report, so that it does not
		// matter how soon the test asks.
		page.Run(`{
			let ticks = 0;
			setInterval(() => ticks++, 1);
			globalThis.ticksAt = {};
			const push = reports.push;
			reports.push = (report) => { ticksAt[JSON.parse(report).name] = ticks; return push.call(reports, report); };
		}`)
		data := burstOf(count)
		go conn.WriteContext(t.Context(), data)
		e2e.WaitReport[any](page, "begun")
		got := e2e.WaitReport[struct {
			Got, Wrong int
			Stats      eventsource.Stats
		}](page, "burst")
		ticked := e2e.Eval[int](page, "ticksAt.burst - ticksAt.begun")
		expect(t, "events and wrong ones", []int{got.Got, got.Wrong}, []int{count, 0})
		expect(t, "dropped", got.Stats.Dropped, 0)
		if got.Stats.Batches > count/50 {
			t.Errorf("%d events took %d batches", count, got.Stats.Batches)
		}
		// A loop that never let go would leave the timer one tick or two. How
		// many there are beyond that is a matter of the machine's speed.
		if ticked < 5 {
			t.Errorf("a timer of 1 ms ticked %d times during the burst", ticked)
		}
		t.Logf("%d bytes in %d batches; held the event loop for %v at the longest; a timer ticked %d times meanwhile",
			len(data), got.Stats.Batches, got.Stats.LongestHold, ticked)
	})
}

// TestBatches holds that Batches gives what came in between as one slice and
// loses nothing.
func TestBatches(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		const count = 5000
		site := e2e.Serve(t, v.app)
		page := site.Open(v.scenario("batches", "count", strconv.Itoa(count)))
		conn := site.Stream("/events").Accept(t.Context())
		e2e.WaitReport[any](page, "subscribed")
		var out strings.Builder
		for n := range count {
			data := strconv.Itoa(n)
			if n == 2500 {
				data = "x"
			}
			out.WriteString("event: n\ndata: " + data + "\n\n")
		}
		conn.Raw(out.String())
		got := e2e.WaitReport[struct {
			Got, Wrong, Failures int
			Sizes                []int
		}](page, "batches")
		expect(t, "events, wrong ones and failures", []int{got.Got, got.Wrong, got.Failures}, []int{count, 0, 1})
		if slices.Max(got.Sizes) < 50 {
			t.Errorf("the batches were no larger than %d events: %v", slices.Max(got.Sizes), got.Sizes)
		}
	})
}

// TestOverflow holds, for each policy, what a stalled loop gets and how many
// drops are counted.
func TestOverflow(t *testing.T) {
	var sent []string
	for n := range 1000 {
		sent = append(sent, fmt.Sprintf("%c%d", 'a'+n%4, n))
	}
	policies := []struct {
		name     string
		overflow eventsource.Overflow
		queue    int
		got      []string
		dropped  int
		last     string
	}{
		{"end", eventsource.End, 10, sent[:10], 0, eventsource.ErrOverflow.Error()},
		{"drop oldest", eventsource.DropOldest, 10, append(slices.Clone(sent[991:]), "z"), 991, ""},
		{"keep latest", eventsource.KeepLatest, 10, append(slices.Clone(sent[996:]), "z"), 996, ""},
		{"room for all", eventsource.End, 1001, append(slices.Clone(sent), "z"), 0, ""},
	}
	inPages(t, func(t *testing.T, v variant) {
		for _, policy := range policies {
			t.Run(policy.name, func(t *testing.T) {
				site := e2e.Serve(t, v.app)
				page := site.Open(v.scenario("overflow", "queue", strconv.Itoa(policy.queue), "overflow", strconv.Itoa(int(policy.overflow))))
				conn := site.Stream("/events").Accept(t.Context())
				conn.Raw("event: n\ndata: " + strings.Join(append(slices.Clone(sent), "z"), "\n\nevent: n\ndata: ") + "\n\nevent: done\ndata:\n\n")
				got := e2e.WaitReport[struct {
					Got     []string
					Dropped int
					Last    string
				}](page, "overflow")
				expect(t, "events", got.Got, policy.got)
				expect(t, "dropped", got.Dropped, policy.dropped)
				expect(t, "last", got.Last, policy.last)
			})
		}
	})
}

// TestOpenAndClose holds that a thousand Sources leave nothing behind.
func TestOpenAndClose(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		site.Stream("/events") // which answers none of them
		page := site.Open(v.scenario("openClose", "times", "1000"))
		live := e2e.WaitReport[[]counts](page, "live")
		expect(t, "alive", live[1], live[0])
	})
}

// TestManySources opens fifty Sources at once, over as many hosts as the
// browser's six connections for each host make it.
func TestManySources(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		stream.AllowOrigin("*", false)
		const sources = 50
		var pairs, want []string
		for n := range sources {
			pairs = append(pairs, "each", fmt.Sprintf("%s/events?n=%d", site.Host(n/5), n))
			want = append(want, fmt.Sprint("for ", n))
		}
		page := site.Open(v.scenario("many", pairs...))
		for range sources {
			conn := stream.Accept(t.Context())
			conn.Raw("data: for " + conn.Query.Get("n") + "\n\n")
		}
		expect(t, "events", e2e.WaitReport[[]string](page, "many"), want)
		live := e2e.WaitReport[[]counts](page, "live")
		expect(t, "alive", live[1], live[0])
	})
}
