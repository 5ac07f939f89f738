//go:build js && wasm

package main

import (
	"context"
	"net/url"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// live reports each event as it is handled, and stays in the one behind so many, as a
// handler does that waits for something. The page's end ends that, or nothing does.
func live(ctx context.Context, query url.Values) error {
	if query.Has("unaware") {
		ctx = context.Background()
	}
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	texts, err := eventsource.Subscribe[string](src, "", &eventsource.SubscribeOptions{Codec: codec.Text})
	if err != nil {
		return err
	}
	left := number(query, "handles")
	for ev, err := range texts.Events() {
		if err != nil {
			return nil // the page's end
		}
		report("event", eventReport{ev.ID, ev.Type, ev.Data, ev.Origin})
		if left == 0 {
			<-ctx.Done()
		}
		left--
	}
	return nil
}
