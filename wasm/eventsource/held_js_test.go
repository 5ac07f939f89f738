//go:build js && wasm

package eventsource_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// openBurst subscribes to a burst of so many events of 100 bytes, by the browser's
// own EventSource.
func openBurst(t *testing.T, events int, options eventsource.SubscribeOptions) (*eventsource.Source, *eventsource.Subscription[[]byte]) {
	t.Helper()
	url := fmt.Sprint(stream(fmt.Sprintf("id: 1\ndata: %0100d\n\n", 7)), "&repeat=", events)
	src, err := eventsource.Open(t.Context(), url, &eventsource.Options{Transport: eventsource.Native})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	options.Codec = codec.Bytes
	sub, err := eventsource.Subscribe[[]byte](src, "", &options)
	if err != nil {
		t.Fatal(err)
	}
	return src, sub
}

// busy is what a handler does that is slower than the stream.
func busy() {
	for start := time.Now(); time.Since(start) < 100*time.Microsecond; {
	}
}

// TestSlowLoopGetsABurst holds that a burst does not fill the queue of a loop that
// goes on, if more slowly than the browser: it waits there.
func TestSlowLoopGetsABurst(t *testing.T) {
	const events = 8_000
	src, sub := openBurst(t, events, eventsource.SubscribeOptions{QueueLength: 4096})
	count, most := 0, 0
	for ev, err := range sub.Events() {
		if err != nil || len(ev.Data) != 100 {
			t.Fatalf("event %d: got %q, %v", count, ev.Data, err)
		}
		busy()
		most = max(most, eventsource.Held(src))
		if count++; count == events {
			break
		}
	}
	if count != events {
		t.Errorf("got %d events, want %d", count, events)
	}
	t.Logf("%d events waited in the browser", most)
}

// TestNothingWaitsForALoopThatStandsStill holds that what has come is taken over
// then, so that the queue's policy applies to all of it.
func TestNothingWaitsForALoopThatStandsStill(t *testing.T) {
	const events = 20_000
	for _, options := range []eventsource.SubscribeOptions{{}, {QueueLength: 5000, Overflow: eventsource.DropOldest}} {
		src, sub := openBurst(t, events, options)
		want, dropped := events, uint64(0)
		if options.QueueLength > 0 {
			want, dropped = options.QueueLength, uint64(events-options.QueueLength)
		}
		for src.Stats().Events < events {
			if err := jsbridge.NextTurn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if held := eventsource.Held(src); held > 0 {
			t.Errorf("%d events wait in the browser, want none", held)
		}
		if got := src.Stats().Dropped; got != dropped {
			t.Errorf("%d events were dropped, want %d", got, dropped)
		}
		count := 0
		for _, err := range sub.Events() {
			if err != nil {
				t.Fatal(err)
			}
			if count++; count == want {
				break
			}
		}
		src.Close()
	}
}
