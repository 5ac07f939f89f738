//go:build !js

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/e2e/internal/chrome"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// result is what a page has measured.
type result struct {
	Error   string // why there is nothing else
	Browser string // name and version

	MS    float64    // from before the gate to the last event's handler
	Sum   *event.Sum // of what came behind the last gate
	Count int        // of events, from a contestant that decodes nothing
	Bytes int64      // from one that does not even know events

	Hold  float64 // the longest that the program held the event loop, in ms, by its own count
	Gap   float64 // the longest that the event loop did not turn, in ms, as the page saw it
	Stats eventsource.Stats

	Heap    []heapSample
	Latency []float64            // of each event, in ms
	Decode  map[string][]float64 // of each way to decode, each round's ms
	Sums    map[string]event.Sum // of each way to decode
}

// heapSample is what was held at a gate, in bytes.
type heapSample struct {
	Events int   `json:"events"`     // so far
	Live   int64 `json:"go_live"`    // Go's objects
	Sys    int64 `json:"go_heap"`    // Go's heap, which never shrinks
	Wasm   int64 `json:"go_memory"`  // all of Go's memory, which never shrinks
	JS     int64 `json:"javascript"` // JavaScript's heap
}

// heapFlags let a page measure JavaScript's heap.
var heapFlags = []string{"--enable-precise-memory-info", "--js-flags=--expose-gc"}

// session runs jobs one after the other in a browser that it starts when it has
// none.
type session struct {
	server  *server
	browser *chrome.Plain
	flags   []string // of the browser
	id      int
	version string // of the browser
}

// use makes sure that the browser runs with these further flags.
func (s *session) use(flags ...string) {
	if !slices.Equal(flags, s.flags) {
		s.close()
	}
	s.flags = flags
}

// close ends the browser. A further job starts another.
func (s *session) close() {
	if s.browser != nil {
		s.browser.Close()
		s.browser = nil
	}
	s.server.mu.Lock()
	s.server.next = nil // its page has gone
	s.server.mu.Unlock()
}

// run has the browser do a job. An error means that no further job can be run;
// what concerns this one alone is in the result.
func (s *session) run(ctx context.Context, job *assignment) (result, error) {
	s.id++
	job.ID = s.id
	job.Stream = fmt.Sprintf("/stream/%d", s.id)
	job.gate, job.result = make(chan struct{}, 1), make(chan result, 1)
	if !s.server.assign(job) {
		s.close()
		var err error
		if s.browser, err = chrome.StartPlain(s.server.page(job.ID), s.flags); err != nil {
			return result{}, err
		}
	}
	got, err := s.server.await(ctx, job, s.browser.Done())
	if err != nil {
		words := s.lastWords()
		return result{}, fmt.Errorf("%s, %s: %w%s", job.Section, job.Contestant, err, words)
	}
	s.version = got.Browser
	return got, nil
}

// lastWords ends the browser and returns the end of what it said, for an error's
// text.
func (s *session) lastWords() string {
	lines := strings.Split(strings.TrimSpace(s.browser.Output()), "\n")
	return "; the browser said last:\n" + strings.Join(lines[max(0, len(lines)-10):], "\n")
}
