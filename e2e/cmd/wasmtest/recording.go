//go:build !js

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// recordTimeout bounds how long the browser may take to begin a recording, and
// to hand over what it has recorded.
var recordTimeout = timescale.Bound(30 * time.Second)

// recording is of the stacks of what runs in the browser, in page and workers.
// It is a trace and not what the DevTools domain Profiler makes: one for all
// threads, and a program that never returns to the event loop cannot hold up its
// end.
type recording struct {
	tab      context.Context
	begun    time.Time
	complete chan struct{}
	forget   func()

	// The listener's until complete is closed.
	chunks []traceEvent
	err    error
}

// traceEvent is what is of interest here in the browser's trace events of the
// name ProfileChunk. Those of one process and ID are of one thread.
type traceEvent struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	ID   string `json:"id"`
	Args struct {
		Data struct {
			Profile struct {
				Nodes   []traceNode `json:"nodes"`
				Samples []int       `json:"samples"` // nodes
			} `json:"cpuProfile"`
			Deltas []int64 `json:"timeDeltas"` // microseconds from sample to sample
		} `json:"data"`
	} `json:"args"`
}

// traceNode is a call in the tree of calls.
type traceNode struct {
	ID     int `json:"id"`
	Parent int `json:"parent"` // 0 for the root
	Call   struct {
		Function string `json:"functionName"`
		URL      string `json:"url"`
		Line     int    `json:"lineNumber"`   // from 0
		Column   int    `json:"columnNumber"` // in WebAssembly the offset in the module
		Kind     string `json:"codeType"`
	} `json:"callFrame"`
}

// record begins a recording. The caller ends it by stop.
func record(tab context.Context) (*recording, error) {
	listening, forget := context.WithCancel(tab)
	r := &recording{tab: tab, begun: time.Now(), complete: make(chan struct{}), forget: forget}
	if err := chromedp.ListenBrowser(listening, r.take); err != nil {
		forget()
		return nil, fmt.Errorf("listening to the browser's trace: %w", err)
	}
	ctx, cancel := context.WithTimeout(tab, recordTimeout)
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, tracing.Start, tracing.StartParams{
		TraceConfig: &tracing.TraceConfig{
			IncludedCategories: []string{"disabled-by-default-v8.cpu_profiler"},
			ExcludedCategories: []string{"*"},
		},
	}); err != nil {
		forget()
		return nil, fmt.Errorf("starting the browser's trace: %w", err)
	}
	return r, nil
}

// take keeps what the browser hands over after the end.
func (r *recording) take(event any) {
	switch event := event.(type) {
	case *tracing.EventDataCollected:
		for _, value := range event.Value {
			var e traceEvent
			if err := json.Unmarshal(value, &e); err != nil {
				r.err = fmt.Errorf("reading the browser's trace: %w", err)
				continue
			}
			if e.Name == "ProfileChunk" {
				r.chunks = append(r.chunks, e)
			}
		}
	case *tracing.EventTracingComplete:
		if event.DataLossOccurred {
			r.err = errors.New("the browser's trace has lost data: the tests took too long for a CPU profile")
		}
		close(r.complete)
	}
}

// stop ends the recording and returns what ran meanwhile.
func (r *recording) stop() ([]traceEvent, error) {
	defer r.forget()
	ctx, cancel := context.WithTimeout(r.tab, recordTimeout)
	defer cancel()
	if _, err := chromedp.CallBrowser(ctx, tracing.End, struct{}{}); err != nil {
		return nil, fmt.Errorf("ending the browser's trace: %w", err)
	}
	select {
	case <-r.complete:
		return r.chunks, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the browser's trace: %w", ctx.Err())
	}
}
