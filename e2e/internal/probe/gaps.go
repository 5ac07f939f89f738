//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

// tellGaps reports what two subscriptions get, of the types n and m, the latter by
// Batches: the IDs of events, and of gaps what is missing. It ends with the event
// of either type that has the ID "end".
func tellGaps(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	one, err := eventsource.Subscribe[int](src, "n", nil)
	if err != nil {
		return err
	}
	many, err := eventsource.Subscribe[int](src, "m", nil)
	if err != nil {
		return err
	}
	var both sync.WaitGroup
	both.Go(func() {
		for events, err := range many.Batches() {
			for _, ev := range events {
				report("m", ev.ID)
			}
			tellGap("m", err)
		}
	})
	for ev, err := range one.Events() {
		tellGap("n", err)
		if err == nil {
			report("n", ev.ID)
		}
		if ev.ID == "end" {
			break
		}
	}
	many.Close()
	both.Wait()
	src.Close()
	reportEnd(src, nil)
	return nil
}

// tellGap reports an error, if there is one.
func tellGap(name string, err error) {
	var gap *eventsource.GapError
	switch {
	case errors.As(err, &gap):
		report(name, fmt.Sprintf("gap %s to %s, %d: %s; %s", gap.From, gap.To, gap.Missed, gap.Reason, gap.ID))
	case err != nil:
		report(name, err.Error())
	}
}
