//go:build js && wasm

package eventsource_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Quote is what the examples' server publishes.
type Quote struct {
	Symbol string
	Bid    float64
}

// Price declares its event, for both ends.
const Price eventstream.EventType[Quote] = "price"

// stream is the URL of a server that sends a stream and stays silent then.
func stream(text string) string {
	return "/stream?hold=1&body=" + base64.RawURLEncoding.EncodeToString([]byte(text))
}

func Example() {
	url := stream("id: 1\nevent: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":1.5}\n\n" +
		"id: 2\nevent: price\ndata: {\"Symbol\":\n\n" +
		"id: 3\nevent: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":1.75}\n\n")

	src, err := eventsource.Open(context.Background(), url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	prices, err := eventsource.Subscribe(src, Price, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for price, err := range prices.Events() {
		var broken *eventsource.DecodeError
		if errors.As(err, &broken) {
			fmt.Println("skipped", broken.ID)
			continue
		}
		fmt.Println(price.ID, price.Data.Symbol, price.Data.Bid)
		if price.ID == "3" {
			break
		}
	}
	// Output:
	// 1 RUNL 1.5
	// skipped 2
	// 3 RUNL 1.75
}

func ExampleMux() {
	url := stream("event: news\ndata: opening\n\nevent: price\ndata: {\"Bid\":1}\n\nevent: news\ndata: closing\n\n")
	src, err := eventsource.Open(context.Background(), url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var mux eventsource.Mux
	eventsource.Handle(&mux, Price, func(ev eventsource.Event[Quote], err error) {
		fmt.Println("price", ev.Data.Bid, err)
	})
	eventsource.HandleCodec(&mux, "news", codec.Text, func(ev eventsource.Event[string], err error) {
		fmt.Println("news", ev.Data)
		if ev.Data == "closing" {
			src.Close() // ends Run
		}
	})
	fmt.Println(mux.Run(context.Background(), src))
	// Output:
	// news opening
	// price 1 <nil>
	// news closing
	// <nil>
}

func ExampleSubscription_Batches() {
	url := stream("data: 1\n\ndata: 2\n\ndata: 3\n\n")
	src, err := eventsource.Open(context.Background(), url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	numbers, err := eventsource.Subscribe[int](src, "", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	sum, seen := 0, 0
	for events := range numbers.Batches() {
		for _, ev := range events {
			sum += ev.Data
		}
		if seen += len(events); seen == 3 {
			break
		}
	}
	fmt.Println(sum) // paint once, whatever the number of events
	// Output: 6
}

func ExampleSource_States() {
	src, err := eventsource.Open(context.Background(), "/stream?status=404", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for state := range src.States() {
		fmt.Println(state.ReadyState, state.Attempt)
	}
	var answer *eventsource.ResponseError
	fmt.Println(errors.As(src.Err(), &answer), answer.Status)
	// Output:
	// connecting 1
	// closed 0
	// true 404
}

func ExampleKeepLatest() {
	url := stream("event: price\ndata: {\"Symbol\":\"A\",\"Bid\":1}\n\n" +
		"event: price\ndata: {\"Symbol\":\"B\",\"Bid\":2}\n\n" +
		"event: price\ndata: {\"Symbol\":\"A\",\"Bid\":3}\n\nevent: end\ndata:\n\n")
	src, err := eventsource.Open(context.Background(), url, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	latest, err := eventsource.Subscribe(src, Price, &eventsource.SubscribeOptions{
		Overflow: eventsource.KeepLatest,
		Key:      func(m eventstream.Message) string { return string(m.Data[:14]) }, // the symbol
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	end, err := eventsource.Subscribe[string](src, "end", &eventsource.SubscribeOptions{Once: true, Codec: codec.Text})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range end.Events() { // meanwhile the loop below is slow
	}
	for price := range latest.Events() {
		fmt.Println(price.Data.Symbol, price.Data.Bid)
		if price.Data.Symbol == "A" {
			src.Close()
		}
	}
	fmt.Println(src.Stats().Dropped, "replaced")
	// Output:
	// B 2
	// A 3
	// 1 replaced
}
