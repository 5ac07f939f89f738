//go:build js && wasm

package main

import (
	"context"
	"sync"
	"time"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// follow subscribes to every type of the job and hands each event to add.
func follow[T any](ctx context.Context, job event.Job, add func(*event.Sum, T)) error {
	src, err := eventsource.Open(ctx, job.Stream, options(job))
	if err != nil {
		return err
	}
	defer src.Close()
	m := &meter{job: job, source: src, sums: make([]event.Sum, job.Types)}
	var loops sync.WaitGroup
	errs := make(chan error, job.Types)
	for i := range job.Types {
		name := eventstream.EventType[T](event.Name(job.Kind, job.Types, i))
		subscription, err := eventsource.Subscribe(src, name, subscribeOptions(job))
		if err != nil {
			return err
		}
		loops.Go(func() {
			if err := loop(subscription, job.Batches, m, &m.sums[i], add); err != nil && ctx.Err() == nil {
				errs <- err
				src.Close()
			}
		})
	}
	report("listening", nil)
	loops.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func options(job event.Job) *eventsource.Options {
	if job.Transport == "fetch" {
		return &eventsource.Options{Transport: eventsource.Fetch}
	}
	return &eventsource.Options{NoIDs: !job.IDs} // as a listener in JavaScript reads none
}

func subscribeOptions(job event.Job) *eventsource.SubscribeOptions {
	options := &eventsource.SubscribeOptions{
		QueueLength: job.Queue,
		QueueBytes:  1 << 30, // a burst of large events may outrun a loop on a slow machine
	}
	if job.Block {
		options.Overflow = eventsource.Block
	}
	return options
}

func loop[T any](subscription *eventsource.Subscription[T], batches bool, m *meter, sum *event.Sum, add func(*event.Sum, T)) error {
	if batches {
		for events, err := range subscription.Batches() {
			if err != nil {
				return err
			}
			for i := range events {
				add(sum, events[i].Data)
				m.count()
			}
		}
		return nil
	}
	for ev, err := range subscription.Events() {
		if err != nil {
			return err
		}
		add(sum, ev.Data)
		m.count()
	}
	return nil
}

// meter sums up what comes and tells the page at each gate. The loops of
// several subscriptions share it: js/wasm runs one goroutine at a time, and
// never switches within a call that waits for nothing.
type meter struct {
	job    event.Job
	source *eventsource.Source
	gates  int // that were reached
	events int // since then
	sums   []event.Sum
}

// count counts an event and tells the page when a gate is reached: the first
// one is behind the warming up, and so many events are between each and the next.
func (m *meter) count() {
	m.events++
	switch {
	case m.job.Kind == event.TickName:
		// A page that gets ticks counts them itself.
	case m.gates == 0 && m.events == m.job.Warm:
		m.reach("ready")
	case m.gates > 0 && m.events == m.job.Count:
		m.reach("done")
	}
}

func (m *meter) reach(gate string) {
	report(gate, m.state())
	m.gates++
	m.events = 0
	clear(m.sums)
}

// state is what a program reports at a gate.
type state struct {
	Sum    event.Sum         `json:"sum"`
	HoldMS float64           `json:"hold"`
	Stats  eventsource.Stats `json:"stats"`
	Go     *heap             `json:"go,omitempty"`
}

func (m *meter) state() state {
	s := state{Sum: event.Total(m.sums), Stats: m.source.Stats()}
	s.HoldMS = float64(jsbridge.LongestHold().Microseconds()) / 1000
	if m.job.Section == "heap" {
		s.Go = measureHeap()
	}
	return s
}

// began is where this program's clock begins.
var began = time.Now()

// tell tells the page of a tick, and when it came here.
func tell(_ *event.Sum, tick event.Tick) {
	handled := float64(time.Since(began)) / float64(time.Millisecond)
	report("tick", event.Handled{Sent: tick.Sent, Handled: handled})
}
