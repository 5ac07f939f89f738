//go:build unix

package main

import (
	"context"
	"encoding/json"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// The contestants' names.
const (
	runnel  = "runnel"
	joe     = "joe"
	mercure = "mercure" // see peers
)

// contestants are who is measured, in the order of the tables.
var contestants = []string{joe, mercure, runnel, disk}

// others are those whom ours is compared to.
var others = []string{joe, mercure}

// kinds makes the feed of each contestant that this program serves.
var kinds = map[string]func() (*feed, error){
	runnel:  newRunnel,
	disk:    newDisk,
	synced:  newSynced,
	cluster: newCluster,
	joe:     newJoe,
}

func newRunnel() (*feed, error) {
	f := server.New(nil)
	return &feed{
		Handler: f,
		publish: func(ctx context.Context, q quote) error {
			_, err := server.Publish(ctx, f, eventstream.EventType[quote](quoteType), q)
			return err
		},
		close: f.Close,
	}, nil
}

// joeReplays is how many events Joe's replayer holds: as many as a feed's log
// does by default.
const joeReplays = 4096

func newJoe() (*feed, error) {
	replayer, err := sse.NewFiniteReplayer(joeReplays, true)
	if err != nil {
		return nil, err
	}
	s := &sse.Server{Provider: &sse.Joe{Replayer: replayer}}
	return &feed{
		Handler: s,
		publish: func(_ context.Context, q quote) error {
			data, err := json.Marshal(q)
			if err != nil {
				return err
			}
			m := &sse.Message{Type: sse.Type(quoteType)}
			m.AppendData(string(data))
			return s.Publish(m)
		},
		close: func() error {
			// Joe that waits for a client does not end: its connection is closed next.
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			_ = s.Shutdown(ctx)
			return nil
		},
	}, nil
}
