package jetstream_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/jetstream"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

type Quote struct {
	Bid float64 `json:"bid"`
	Ask float64 `json:"ask"`
}

const Price eventstream.EventType[Quote] = "price"

func signedIn(r *http.Request) (*server.Grant, error) {
	if _, err := r.Cookie("session"); err != nil {
		return nil, server.ErrUnauthorized
	}
	return server.NewGrant(server.AllFeeds), nil
}

// publish opens a durable feed and publishes a quote.
func publish(ctx context.Context, dir string) error {
	store, err := jetstream.Open(ctx, &jetstream.Options{Dir: dir}) // or URL: "nats://a:4222,nats://b:4222,nats://c:4222"
	if err != nil {
		return err
	}
	defer store.Close()
	kept, err := store.Log(ctx, "quotes", &jetstream.Retention{MaxAge: 24 * time.Hour})
	if err != nil {
		return err
	}
	feed, err := server.Open(ctx, kept, &server.Options{Authorize: signedIn, MaxClientsPerAddress: 100})
	if err != nil {
		return err
	}
	defer feed.Close()
	http.Handle("/quotes", feed)
	id, err := server.Publish(ctx, feed, Price, Quote{Bid: 10.5, Ask: 10.75}, server.MessageID("quote 4711"))
	if err != nil {
		return err
	}
	fmt.Println(id == kept.Name()+"-1")
	return nil
}

// A feed that is durable. To publish the same message again gives the ID that it
// has.
func Example_feed() {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for range 2 {
		http.DefaultServeMux = http.NewServeMux() // a program does this once
		if err := publish(context.Background(), dir); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// true
	// true
}

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
