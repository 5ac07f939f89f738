//go:build !js

// Package soak runs a stream for a long time and sees that nothing grows. "make
// soak" runs it for half an hour, "make test" for a few seconds.
package soak

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// duration is how long to run.
func duration(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("RUNNEL_SOAK")
	if text == "" {
		return 3 * time.Second
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("RUNNEL_SOAK: %v", err)
	}
	return d
}

// state is what the probe reports.
type state struct {
	Events, Wrong        int
	Reconnects           uint64
	Heap                 uint64
	Goroutines           int
	Callbacks, Listeners int
}

// TestSoak sends numbers and cuts the connection now and then, in the middle of
// an event. Each number comes once and in order, and heap, goroutines, callbacks
// and listeners stay what they were.
func TestSoak(t *testing.T) {
	lasting := duration(t)
	for _, transport := range []string{"native", "fetch"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			const every, cutEvery = 1000, 2500
			site := e2e.Serve(t, e2e.App{Program: "../internal/probe"})
			stream := site.Stream("/events")
			page := site.Open(fmt.Sprintf("/?scenario=soak&url=/events&transport=%s&every=%d", transport, every))
			var first, last state
			sent := 0
			conn := stream.Accept(t.Context())
			for start := time.Now(); time.Since(start) < lasting || last.Events < 20*every; {
				var text strings.Builder
				for range every {
					sent++
					fmt.Fprintf(&text, "event: n\nid: %d\ndata: %d\n\n", sent, sent)
				}
				conn.Raw(text.String())
				last = e2e.WaitReport[state](page, "soak")
				if last.Wrong > 0 || last.Events != sent {
					t.Fatalf("after %d: %+v", sent, last)
				}
				if last.Events == 5*every {
					first = last // what is made once has been made
				}
				if sent%cutEvery == 0 {
					conn.Raw("retry: 1\nid: lost\ndata: half a mess")
					conn.Cut()
					conn = stream.Accept(t.Context())
					if conn.LastEventID != fmt.Sprint(sent) {
						t.Fatalf("last event ID %q, want %d", conn.LastEventID, sent)
					}
				}
			}
			t.Logf("%d events and %d reconnects in %v; from %+v to %+v", last.Events, last.Reconnects, lasting, first, last)
			if last.Goroutines > first.Goroutines || last.Callbacks > first.Callbacks || last.Listeners > first.Listeners {
				t.Errorf("something is left behind: from %+v to %+v", first, last)
			}
			if last.Heap > first.Heap+first.Heap/2+1<<20 {
				t.Errorf("the heap grew from %d to %d bytes", first.Heap, last.Heap)
			}
		})
	}
}
