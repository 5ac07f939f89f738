//go:build js && wasm

package main

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/sample"
	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// open opens the stream that the query asks for.
func open(ctx context.Context, query url.Values) (*eventsource.Source, error) {
	return eventsource.Open(ctx, query.Get("url"), options(query))
}

// ages is a wait that no test sees the end of, wherever in it a random one lies.
const ages = 100000 * time.Hour

// options are those that the query asks for. A test does not wait: connections
// count as good at once.
func options(query url.Values) *eventsource.Options {
	options := &eventsource.Options{
		WithCredentials:  query.Has("credentials"),
		Reconnect:        eventsource.Reconnect{GoodAfter: 1, MaxDelay: 20 * time.Millisecond},
		CloseWhileHidden: query.Has("closeWhileHidden"),
	}
	if query.Has("never") {
		options.Reconnect = eventsource.NoReconnect
	}
	if query.Has("slow") { // to wait for so long that only something else ends it
		options.Reconnect.Delay, options.Reconnect.MaxDelay = ages, ages
	}
	switch query.Get("transport") {
	case "fetch":
		options.Transport = eventsource.Fetch
	case "native":
		options.Transport = eventsource.Native
	}
	if query.Has("store") {
		store, err := eventsource.SessionStore()
		if err != nil {
			panic(err)
		}
		options.Store = store
	}
	if idle := query.Get("idle"); idle != "" {
		options.IdleTimeout = time.Duration(number(query, "idle")) * time.Millisecond
	}
	options.Header = make(map[string][]string)
	if token := query.Get("token"); token != "" {
		options.Header["X-Token"] = []string{token}
	}
	if authorization := query.Get("authorization"); authorization != "" {
		options.Header["Authorization"] = []string{authorization}
	}
	if contentType := query.Get("contentType"); contentType != "" {
		options.Header["Content-Type"] = []string{contentType}
	}
	if body := query.Get("body"); body != "" {
		options.Method, options.Body = "POST", []byte(body)
	}
	if method := query.Get("method"); method != "" {
		options.Method = method
	}
	options.LastEventID = query.Get("lastEventID")
	return options
}

// number reads a number from the query.
func number(query url.Values, name string) int {
	n, err := strconv.Atoi(query.Get(name))
	if err != nil {
		panic("probe: " + name + ": " + err.Error())
	}
	return n
}

// eventReport is an event as the test gets it.
type eventReport struct{ ID, Type, Data, Origin string }

// endReport is how a Source ended.
type endReport struct {
	Err, Loop            string
	State                string
	URL, LastEventID     string
	Stats                eventsource.Stats
	Callbacks, Listeners int
	Failed, Closed       bool
}

func reportEnd(src *eventsource.Source, loop error) {
	live := jsbridge.Live()
	end := endReport{
		State: src.State().ReadyState.String(), URL: src.URL(), LastEventID: src.LastEventID(),
		Stats: src.Stats(), Callbacks: live.Callbacks, Listeners: live.Listeners,
		Failed: errors.Is(src.Err(), eventsource.ErrFailed), Closed: errors.Is(src.Err(), eventsource.ErrClosed),
	}
	if src.Err() != nil {
		end.Err = src.Err().Error()
	}
	if loop != nil {
		end.Loop = loop.Error()
	}
	report("end", end)
}

// follow reports every event of the types in the query, as text and in order,
// every change of state and why it is connecting again, and the end.
func follow(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	var watching sync.WaitGroup
	states := src.States()
	watching.Go(func() {
		for state := range states {
			report("state", state.ReadyState.String()+" "+strconv.Itoa(state.Attempt))
			if state.ReadyState == eventsource.StateConnecting && state.Err != nil {
				report("cause", state.Err.Error())
			}
		}
	})
	var mux eventsource.Mux
	for _, eventType := range query["type"] {
		eventsource.HandleCodec(&mux, eventstream.EventType[string](eventType), codec.Text,
			func(ev eventsource.Event[string], err error) {
				if err != nil {
					report("error", err.Error())
					return
				}
				report("event", eventReport{ev.ID, ev.Type, ev.Data, ev.Origin})
				if query.Has("until") && ev.Data == query.Get("until") {
					src.Close()
				}
			})
	}
	err = mux.Run(ctx, src)
	src.Close()
	watching.Wait()
	reportEnd(src, err)
	return nil
}

// receiveSample reports samples and whether they are the one that is wanted,
// and the errors of those that cannot be decoded.
func receiveSample(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	samples, err := eventsource.Subscribe(src, sample.Type, &eventsource.SubscribeOptions{Once: query.Has("once")})
	if err != nil {
		return err
	}
	for ev, err := range samples.Events() {
		var decodeError *eventsource.DecodeError
		switch {
		case errors.As(err, &decodeError):
			report("decode error", eventReport{ID: decodeError.ID, Type: decodeError.Type, Data: string(decodeError.Data), Origin: decodeError.Err.Error()})
		case err == nil:
			report("sample", ev.Data)
		}
	}
	reportEnd(src, nil)
	return nil
}

// subscribeTwice subscribes to one event type with two Go types.
func subscribeTwice(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	type point struct{ X int }
	points, err := eventsource.Subscribe[point](src, "point", nil)
	if err != nil {
		return err
	}
	texts, err := eventsource.Subscribe[[]byte](src, "point", &eventsource.SubscribeOptions{Codec: codec.Bytes, Once: true})
	if err != nil {
		return err
	}
	var both sync.WaitGroup
	both.Go(func() {
		for ev := range points.Events() {
			report("point", ev.Data.X)
		}
	})
	both.Go(func() {
		for ev := range texts.Events() {
			report("bytes", string(ev.Data))
		}
		report("bytes ended", jsbridge.Live().Listeners)
	})
	both.Wait()
	return nil
}

// breakOut leaves a loop and reports what is alive before the Source is opened,
// while it loops, and after.
func breakOut(ctx context.Context, query url.Values) error {
	before := jsbridge.Live()
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	opened := jsbridge.Live()
	numbers, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	looping := jsbridge.Live()
	for ev := range numbers.Events() {
		if ev.Data == 3 {
			break
		}
	}
	left := jsbridge.Live()
	src.Close()
	report("live", []jsbridge.Counts{before, opened, looping, left, jsbridge.Live()})
	return nil
}
