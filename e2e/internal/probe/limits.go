//go:build js && wasm

package main

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// closeInFlight closes the Source on the first of many events, from within a
// handler and from two goroutines at once, and reports what two subscriptions
// still got after that.
func closeInFlight(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	first, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	second, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	closed := false
	seen, late, failures := 0, 0, 0
	count := func(err error) {
		seen++
		if closed {
			late++
		}
		if err != nil {
			failures++
		}
	}
	var loops sync.WaitGroup
	loops.Go(func() {
		for _, err := range second.Events() {
			count(err)
		}
	})
	for _, err := range first.Events() {
		count(err)
		src.Close()
		var both sync.WaitGroup
		both.Go(func() { src.Close() })
		both.Go(func() { src.Close() })
		both.Wait()
		closed = true
	}
	loops.Wait()
	// What the browser had queued has its chance to come.
	for range 10 {
		if err := jsbridge.NextTurn(ctx); err != nil {
			return err
		}
	}
	report("closed", map[string]int{"seen": seen, "late": late, "failures": failures})
	reportEnd(src, nil)
	return nil
}

// cancelInFlight ends the context of the Source on the first of many events.
func cancelInFlight(ctx context.Context, query url.Values) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	numbers, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	late := 0
	var last error
	for _, err := range numbers.Events() {
		if err != nil {
			last = err
			continue
		}
		if src.Err() != nil {
			late++
		}
		cancel(errors.New("had enough"))
		<-src.Done()
	}
	report("late", late)
	reportEnd(src, last)
	return nil
}

// openBadURL reports the errors of URLs that no connection can be tried to.
func openBadURL(ctx context.Context, query url.Values) error {
	for _, bad := range query["bad"] {
		src, err := eventsource.Open(ctx, bad, options(query))
		var thrown *jsbridge.Error
		if err == nil {
			src.Close()
			report("bad", []string{bad, "", "no error"})
		} else if errors.As(err, &thrown) {
			report("bad", []string{bad, thrown.Name, err.Error()})
		} else {
			report("bad", []string{bad, "", err.Error()})
		}
	}
	report("live", jsbridge.Live().Callbacks)
	return nil
}

// overflow lets a subscription's queue run over, and loops only after the event
// "done" has told that everything has arrived.
func overflow(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	subscribe := &eventsource.SubscribeOptions{
		Codec:       codec.Text,
		QueueLength: number(query, "queue"),
		Overflow:    eventsource.Overflow(number(query, "overflow")),
	}
	if subscribe.Overflow == eventsource.KeepLatest {
		subscribe.Key = func(m eventstream.Message) string { return string(m.Data[:1]) }
	}
	stalled, err := eventsource.Subscribe[string](src, "n", subscribe)
	if err != nil {
		return err
	}
	done, err := eventsource.Subscribe[string](src, "done", &eventsource.SubscribeOptions{Codec: codec.Text, Once: true})
	if err != nil {
		return err
	}
	for range done.Events() {
	}
	dropped := src.Stats().Dropped
	got, last := []string{}, ""
	for ev, err := range stalled.Events() {
		if err != nil {
			last = err.Error()
			continue
		}
		got = append(got, ev.Data)
		if ev.Data == "z" {
			break
		}
	}
	src.Close()
	report("overflow", map[string]any{"got": got, "dropped": dropped, "last": last})
	return nil
}

// openAndClose opens and closes many Sources one after the other and reports
// what is alive before and after.
func openAndClose(ctx context.Context, query url.Values) error {
	before := jsbridge.Live()
	for range number(query, "times") {
		src, err := open(ctx, query)
		if err != nil {
			return err
		}
		numbers, err := eventsource.Subscribe[int](src, "n", nil)
		if err != nil {
			return err
		}
		src.States()
		src.Close()
		for range numbers.Events() {
		}
	}
	report("live", []jsbridge.Counts{before, jsbridge.Live()})
	return nil
}

// openMany opens a Source for each "each" of the query at once, and reports once
// each has had its event.
func openMany(ctx context.Context, query url.Values) error {
	var all sync.WaitGroup
	before := jsbridge.Live()
	got := make([]string, len(query["each"]))
	for i, each := range query["each"] {
		src, err := eventsource.Open(ctx, each, options(query))
		if err != nil {
			return err
		}
		texts, err := eventsource.Subscribe[string](src, "", &eventsource.SubscribeOptions{Codec: codec.Text})
		if err != nil {
			return err
		}
		all.Go(func() {
			defer src.Close()
			for ev, err := range texts.Events() {
				if err == nil {
					got[i] = ev.Data
				}
				break
			}
		})
	}
	all.Wait()
	report("many", got)
	report("live", []jsbridge.Counts{before, jsbridge.Live()})
	return nil
}

// tick is an event of the burst.
type tick struct {
	Seq    int       `json:"seq"`
	Symbol string    `json:"symbol"`
	Bid    float64   `json:"bid"`
	Ask    float64   `json:"ask"`
	Volume int       `json:"volume"`
	Time   time.Time `json:"time"`
}

// burst counts a burst of ticks and reports whether each came, in order, once.
func burst(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	ticks, err := eventsource.Subscribe[tick](src, "tick", nil)
	if err != nil {
		return err
	}
	want, next, wrong := number(query, "count"), 0, 0
	for ev, err := range ticks.Events() {
		if err != nil || ev.Data.Seq != next {
			wrong++
		}
		if next++; next == 1 {
			report("begun", nil)
		}
		if next == want {
			break
		}
	}
	report("burst", map[string]any{"got": next, "wrong": wrong, "stats": src.Stats()})
	return nil
}

// batches reports the sizes of batches until it has had "count" numbers.
func batches(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	numbers, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	report("subscribed", nil)
	next, wrong, failures := 0, 0, 0
	var sizes []int
	for events, err := range numbers.Batches() {
		if err != nil {
			failures++
			next++
		}
		for _, ev := range events {
			if ev.Data != next {
				wrong++
			}
			next++
		}
		sizes = append(sizes, len(events))
		if next >= number(query, "count") {
			break
		}
	}
	report("batches", map[string]any{"got": next, "wrong": wrong, "failures": failures, "sizes": sizes})
	return nil
}

// panicInHandler panics on the event "now".
func panicInHandler(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	var mux eventsource.Mux
	mux.Options.Codec = codec.Text
	eventsource.Handle(&mux, "", func(ev eventsource.Event[string], err error) {
		if ev.Data == "now" {
			panic("the handler's own trouble")
		}
	})
	return mux.Run(ctx, src)
}
