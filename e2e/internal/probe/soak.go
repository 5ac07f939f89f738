//go:build js && wasm

package main

import (
	"context"
	"net/url"
	"runtime"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// soakReport is where a long run stands.
type soakReport struct {
	Events, Wrong        int
	Reconnects           uint64
	Heap                 uint64 // bytes that are live after a collection
	Goroutines           int
	Callbacks, Listeners int
}

// soak checks that numbers come one after the other, for as long as the page is
// there, and reports at every number that is divisible by "every".
func soak(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	numbers, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	every := number(query, "every")
	events, wrong := 0, 0
	for ev, err := range numbers.Events() {
		if ctx.Err() != nil {
			return nil
		}
		events++
		if err != nil || ev.Data != events {
			wrong++
		}
		if events%every != 0 {
			continue
		}
		runtime.GC()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		live := jsbridge.Live()
		report("soak", soakReport{
			Events: events, Wrong: wrong, Reconnects: src.Stats().Reconnects,
			Heap: memory.HeapAlloc, Goroutines: runtime.NumGoroutine(),
			Callbacks: live.Callbacks, Listeners: live.Listeners,
		})
	}
	return nil
}
