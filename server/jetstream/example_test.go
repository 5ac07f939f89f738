package jetstream_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/jetstream"
)

func Example() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()

	// In this process; Options{URL: "nats://a:4222,nats://b:4222"} is a cluster.
	store, err := jetstream.Open(ctx, &jetstream.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	prices, err := store.Log(ctx, "prices", &jetstream.Retention{MaxAge: 24 * time.Hour})
	if err != nil {
		log.Fatal(err)
	}

	numbers, err := prices.Append(ctx, []server.Record{
		{Type: "price", MessageID: "EUR-1", Block: []byte("event: price\ndata: 1.07\n")},
		{Type: "price", MessageID: "EUR-2", Block: []byte("event: price\ndata: 1.08\n")},
		{Type: "price", MessageID: "EUR-1", Block: []byte("event: price\ndata: 1.07\n")}, // again
	})
	fmt.Println(numbers, err)

	err = prices.Follow(ctx, 1, func(r server.Record) {
		fmt.Printf("%d %q\n", r.Number, r.Block)
		if r.Number == 2 {
			cancel()
		}
	})
	fmt.Println(err)
	// Output:
	// [1 2 1] <nil>
	// 1 "event: price\ndata: 1.07\n"
	// 2 "event: price\ndata: 1.08\n"
	// context canceled
}
