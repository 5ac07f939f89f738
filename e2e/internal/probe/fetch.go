//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// refreshToken asks with a token of its own for each attempt, and again where
// one was refused.
func refreshToken(ctx context.Context, query url.Values) error {
	src, err := eventsource.Open(ctx, query.Get("url"), &eventsource.Options{
		Request: func(_ context.Context, attempt int) (*eventsource.Request, error) {
			token := fmt.Sprint("Bearer ", attempt)
			return &eventsource.Request{Header: map[string][]string{"Authorization": {token}}}, nil
		},
		Reconnect: eventsource.Reconnect{Retry: func(err error) bool {
			var answer *eventsource.ResponseError
			return errors.As(err, &answer) && answer.Status == 401
		}},
	})
	if err != nil {
		return err
	}
	defer src.Close()
	texts, err := eventsource.Subscribe[string](src, "", &eventsource.SubscribeOptions{Codec: codec.Text})
	if err != nil {
		return err
	}
	for ev, err := range texts.Events() {
		if err != nil {
			report("error", err.Error())
			continue
		}
		report("event", ev.Data)
	}
	return nil
}

// stall subscribes with room for ten messages and takes none.
func stall(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	stalled, err := eventsource.Subscribe[string](src, "", &eventsource.SubscribeOptions{
		Codec: codec.Text, Overflow: eventsource.Block, QueueLength: 10,
	})
	if err != nil {
		return err
	}
	defer stalled.Close()
	report("stalled", nil)
	<-ctx.Done()
	return nil
}

// readReadableStream reads the ReadableStream that the page holds as
// "probeStream", once the page has put it there.
func readReadableStream(ctx context.Context, _ url.Values) error {
	stream, err := jsbridge.ReadableStreamAt("probeStream")
	for err != nil {
		if ctx.Err() != nil {
			return nil
		}
		if err := jsbridge.NextFrame(ctx); err != nil {
			return nil
		}
		stream, err = jsbridge.ReadableStreamAt("probeStream")
	}
	src, err := eventsource.FromReadableStream(ctx, stream)
	if err != nil {
		return err
	}
	defer src.Close()
	texts, err := eventsource.Subscribe[string](src, "", &eventsource.SubscribeOptions{Codec: codec.Text})
	if err != nil {
		return err
	}
	for ev, err := range texts.Events() {
		if err != nil {
			break
		}
		report("event", eventReport{ev.ID, ev.Type, ev.Data, ev.Origin})
	}
	reportEnd(src, src.Err())
	return nil
}
