package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// sampler reads each source of the machine at its own pace and publishes what it
// finds. A source that waits for the system keeps no other one waiting.
type sampler struct {
	log     *slog.Logger
	failing atomic.Int32 // sources that could not be read the last time
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// source is one thing to read and publish. name stands in the log.
type source struct {
	name    string
	every   time.Duration
	publish func(ctx context.Context, now time.Time) error
}

func startSampler(stream *server.Feed, options Options) *sampler {
	ctx, cancel := context.WithCancel(context.Background())
	s := &sampler{log: options.Logger, cancel: cancel}
	for _, src := range s.sources(stream, options.Interval, options.Node) {
		s.running.Go(func() { s.run(ctx, src) })
	}
	return s
}

func (s *sampler) sources(stream *server.Feed, interval time.Duration, node string) []source {
	every := 2 * interval
	return append(machineSources(stream, interval), source{
		name: "heartbeat", every: every,
		publish: publishing(stream, "heartbeat of "+node, every, feed.HeartbeatEvent, newHeartbeat(stream, &s.failing, node)),
	})
}

// stop waits until nothing is read any more.
func (s *sampler) stop() {
	s.cancel()
	s.running.Wait()
}

// publishing joins a reader and an event type. A reader that has nothing to tell
// yet, such as a rate at the first reading, returns nil.
//
// What is read is named by its time, in steps of how often it is: of several
// servers that read the same on one log, the first one's is published.
func publishing[T any](
	stream *server.Feed, name string, every time.Duration,
	typ eventstream.EventType[T], read func(context.Context, time.Time) (*T, error),
) func(context.Context, time.Time) error {
	return func(ctx context.Context, now time.Time) error {
		v, err := read(ctx, now)
		if err != nil || v == nil {
			return err
		}
		step := now.Round(every).UnixNano() / int64(every)
		_, err = server.Publish(ctx, stream, typ, *v, server.MessageID(fmt.Sprint(name, " ", step)))
		return err
	}
}

func (s *sampler) run(ctx context.Context, src source) {
	failed := false
	for {
		err := src.publish(ctx, time.Now())
		if ctx.Err() != nil || errors.Is(err, server.ErrClosed) {
			return
		}
		if failed != (err != nil) {
			failed = err != nil
			s.note(src.name, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(untilNext(time.Now(), src.every)):
		}
	}
}

// untilNext is how long it is to the next step of the clock on the wall: all
// servers read at the same moments. One that is nearly there already is left out.
func untilNext(now time.Time, every time.Duration) time.Duration {
	return now.Round(every).Add(every).Sub(now)
}

// note tells once that a source fails, and once that it is back.
func (s *sampler) note(name string, err error) {
	if err != nil {
		s.failing.Add(1)
		s.log.Warn("source cannot be read; its events are left out", "source", name, "error", err)
		return
	}
	s.failing.Add(-1)
	s.log.Info("source can be read again", "source", name)
}
