//go:build js && wasm

// Example is the complete frontend that the README shows: it keeps the latest
// quote of an event stream on the page.
package main

import (
	"context"
	"fmt"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

type Quote struct {
	Symbol   string
	Bid, Ask float64
}

const Price eventstream.EventType[Quote] = "price" // shared with the server

func main() {
	ctx, stop, err := jsbridge.PageContext(context.Background()) // ends with the page
	if err == nil {
		defer stop()
		err = run(ctx)
	}
	if err != nil {
		fmt.Println(err) // on the console
	}
}

func run(ctx context.Context) error {
	page, err := jsbridge.PageDocument()
	if err != nil {
		return err
	}
	line, err := page.ByID("quote")
	if err != nil {
		return err
	}
	src, err := eventsource.Open(ctx, "/events", nil)
	if err != nil {
		return err
	}
	defer src.Close()
	prices, err := eventsource.Subscribe(src, Price, nil)
	if err != nil {
		return err
	}
	for price, err := range prices.Events() {
		if err != nil {
			fmt.Println(err) // say, a message that does not decode: the next one comes
			continue
		}
		line.SetText(fmt.Sprintf("%s %.2f – %.2f", price.Data.Symbol, price.Data.Bid, price.Data.Ask))
	}
	return nil
}
