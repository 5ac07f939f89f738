//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/internal/natsnode"
	"github.com/runnel-go/runnel/server/jetstream"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Our feed with a log behind it: on disk, on disk and there before it counts as
// published, and on three nodes of a cluster, which are in the server's process
// too and share its processors.
const (
	disk    = "runnel_disk"
	synced  = "runnel_synced"
	cluster = "runnel_cluster"
)

func newDisk() (*feed, error)   { return newDurable(&jetstream.Options{}) }
func newSynced() (*feed, error) { return newDurable(&jetstream.Options{Sync: true}) }

func newDurable(o *jetstream.Options) (*feed, error) {
	dir, err := os.MkdirTemp("", "runnel-bench-")
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	return durable(o, func() error { return os.RemoveAll(dir) })
}

func newCluster() (*feed, error) {
	dir, err := os.MkdirTemp("", "runnel-bench-")
	if err != nil {
		return nil, err
	}
	nodes, err := natsnode.StartCluster("bench", dir, 3)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return durable(&jetstream.Options{URL: nodes.URL()}, func() error {
		nodes.Close()
		return os.RemoveAll(dir)
	})
}

// durable makes a feed; clean is for the end of it, and where there is none.
func durable(o *jetstream.Options, clean func() error) (*feed, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := jetstream.Open(ctx, o)
	if err != nil {
		return nil, errors.Join(err, clean())
	}
	log, err := store.Log(ctx, "bench", nil)
	if err != nil {
		return nil, errors.Join(err, store.Close(), clean())
	}
	f, err := server.Open(ctx, log, nil)
	if err != nil {
		return nil, errors.Join(err, store.Close(), clean())
	}
	return &feed{
		Handler: f,
		publish: func(ctx context.Context, q quote) error {
			_, err := server.Publish(ctx, f, eventstream.EventType[quote](quoteType), q)
			return err
		},
		close: func() error { return errors.Join(f.Close(), store.Close(), clean()) },
	}, nil
}

// publishEvents is how many events are published to learn how long that takes.
const publishEvents = 2_000

// publish measures how long it takes until an event counts as published.
func (b *bench) publish(ctx context.Context) error {
	names := []string{runnel, disk, synced, cluster}
	got, err := b.run(ctx, "publish", names, min(b.rounds, memoryRounds), 0, func(t *trial) (map[string]float64, error) {
		took, err := t.server.ask(order{Do: "time", Count: b.events(publishEvents)})
		if err != nil {
			return nil, err
		}
		return map[string]float64{p50: took.Latency.P50, p99: took.Latency.P99}, nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if values := got.of(name, p50); len(values) > 0 {
			b.report.Publish[name] = map[string]float64{p50: round(median(values)), p99: round(median(got.of(name, p99)))}
		}
	}
	return nil
}

func (r *report) printPublish(w io.Writer) {
	if len(r.Publish) > 0 {
		fmt.Fprintln(w, "\nuntil an event counts as published, in ms")
	}
	for _, name := range []string{runnel, disk, synced, cluster} {
		if got, ok := r.Publish[name]; ok {
			line := fmt.Sprintf("%-24s p50 %s, p99 %s", name, number(got[p50]), number(got[p99]))
			fmt.Fprintln(w, strings.TrimRight(line, " "))
		}
	}
}
