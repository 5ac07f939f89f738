//go:build js && wasm

package main

import (
	"context"
	"net/url"
	"sync"

	"github.com/runnel-go/runnel/e2e/internal/ledger"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// keepBook keeps the books of numbered events and reports them at the end. On the
// way it reports when the stream is open for the first time, and each number that
// is divisible by "every".
func keepBook(ctx context.Context, query url.Values) error {
	src, err := open(ctx, query)
	if err != nil {
		return err
	}
	defer src.Close()
	every := number(query, "every")
	var watching sync.WaitGroup
	states := src.States()
	watching.Go(func() {
		for state := range states {
			if state.ReadyState == eventsource.StateOpen {
				report("open", true)
				break
			}
		}
	})
	var book ledger.Book
	err = book.Follow(ctx, src, eventsource.SubscribeOptions{}, func(number int) {
		if number%every == 0 {
			report("number", number)
		}
	})
	src.Close()
	watching.Wait()
	if ctx.Err() != nil {
		return nil // the page is over
	}
	report("book", book)
	reportEnd(src, err)
	return nil
}
