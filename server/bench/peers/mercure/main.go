//go:build unix

// Mercure serves the feed of a Mercure hub for the bench of package server, in
// which it is a contestant. It is a module of its own so that Runnel's has
// nothing of the hub. Its other files are links to the bench's.
package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strconv"

	"github.com/dunglas/mercure"
)

func main() {
	os.Exit(runRole(context.Background(), serverFlags, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// kinds makes the only feed there is.
var kinds = map[string]func() (*feed, error){"mercure": newMercure}

const topic = "quotes"

// newMercure makes a hub with the transport that it has by default, which keeps
// no history.
func newMercure() (*feed, error) {
	ctx, cancel := context.WithCancel(context.Background())
	hub, err := mercure.NewHub(ctx, mercure.WithAnonymous(), mercure.WithLogger(slog.New(slog.DiscardHandler)))
	if err != nil {
		cancel()
		return nil, err
	}
	published := 0
	return &feed{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.URL.RawQuery = "topic=" + topic
			hub.SubscribeHandler(w, r)
		}),
		publish: func(ctx context.Context, q quote) error {
			data, err := json.Marshal(q)
			if err != nil {
				return err
			}
			published++
			return hub.Publish(ctx, &mercure.Update{
				Topics: []string{topic},
				Event:  mercure.Event{Data: string(data), ID: strconv.Itoa(published), Type: quoteType},
			})
		},
		close: func() error {
			cancel()
			return hub.Stop(context.Background())
		},
	}, nil
}
