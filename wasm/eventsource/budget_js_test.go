//go:build js && wasm

package eventsource_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

// tick is the small event of the benchmark.
type tick struct {
	Symbol   string    `json:"symbol"`
	Bid, Ask float64   `json:"-"`
	Seq      int       `json:"seq"`
	Time     time.Time `json:"time"`
}

// TestAllocationsPerEvent holds how often an event of a burst is allocated for,
// from the browser to the loop, and with how much: batches are used again, and what
// is left goes to the crossing. The strings of the values are shared, so that they
// cost nothing either.
func TestAllocationsPerEvent(t *testing.T) {
	const events = 40000
	url := fmt.Sprint(stream("id: 1\ndata: {\"symbol\":\"EURUSD\",\"bid\":1.08412,\"ask\":1.08415,\"volume\":125000,"+
		"\"seq\":4711,\"time\":\"2026-01-02T15:04:05.123456Z\"}\n\n"), "&repeat=", events)
	for transport, most := range map[eventsource.Transport]float64{eventsource.Native: 0.3, eventsource.Fetch: 0.15} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		src, err := eventsource.Open(t.Context(), url, &eventsource.Options{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		ticks, err := eventsource.Subscribe[tick](src, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for ev, err := range ticks.Events() {
			if err != nil || ev.Data.Seq != 4711 {
				t.Fatalf("%v: got %+v, %v; event %d", transport, ev, err, count)
			}
			if count++; count == events {
				break
			}
		}
		runtime.ReadMemStats(&after)
		src.Close()
		each := float64(after.Mallocs-before.Mallocs) / events
		bytes := float64(after.TotalAlloc-before.TotalAlloc) / events
		t.Logf("%v: %.3f allocations and %.0f bytes for an event", transport, each, bytes)
		if each > most {
			t.Errorf("%v: %.3f allocations for an event, want at most %v", transport, each, most)
		}
		if bytes > 100 { // as much as its data, unless batches are used again
			t.Errorf("%v: %.0f bytes for an event, want at most 100", transport, bytes)
		}
	}
}
