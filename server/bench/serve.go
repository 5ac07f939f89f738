//go:build unix

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"sync/atomic"
	"time"
)

// feed is what a server serves: an event stream that events are published to.
type feed struct {
	http.Handler
	publish func(ctx context.Context, q quote) error
	close   func() error
}

// serving is the process that is measured: a contestant's feed over HTTP, and
// who publishes to it.
type serving struct {
	feed     *feed
	quotes   []quote
	server   *http.Server
	listener net.Listener
	profile  *os.File // nil for none
}

func serverFlags(flags *flag.FlagSet) func() (worker, error) {
	kind := flags.String("kind", "", "`contestant` to serve")
	pad := flags.Int("pad", 0, "`bytes` that events are larger")
	profile := flags.String("cpuprofile", "", "`file` for a CPU profile")
	return func() (worker, error) { return newServing(*kind, *pad, *profile) }
}

func newServing(kind string, pad int, profile string) (*serving, error) {
	create, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("no contestant %q", kind)
	}
	feed, err := create()
	if err != nil {
		return nil, err
	}
	s := &serving{feed: feed, quotes: newQuotes(pad)}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if profile == "" {
		return s, nil
	}
	if s.profile, err = os.Create(profile); err != nil {
		return nil, err
	}
	return s, pprof.StartCPUProfile(s.profile)
}

// listen serves the feed.
func (s *serving) listen() (err error) {
	if s.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return err
	}
	s.server = &http.Server{
		Handler: s.feed, ReadHeaderTimeout: patience,
		ErrorLog: log.New(io.Discard, "", 0), // clients tell what is wrong
	}
	go s.server.Serve(s.listener)
	return nil
}

// patience is how long anything may take that is to happen at once.
const patience = time.Minute

func (s *serving) hello() answer { return answer{Address: s.listener.Addr().String()} }

func (s *serving) do(ctx context.Context, o order) (answer, error) {
	switch o.Do {
	case "publish":
		return s.publish(ctx, o)
	case "time":
		return s.timePublish(ctx, o.Count)
	case "usage":
		cpu, err := cpuTime()
		return answer{CPU: cpu}, err
	case "memory":
		settle()
		bytes, err := resident()
		return answer{Resident: bytes}, err
	}
	return answer{}, fmt.Errorf("no order %q", o.Do)
}

// publish publishes events from a number on, until the time is over. A feed that
// makes the publisher wait is then left alone.
func (s *serving) publish(ctx context.Context, o order) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, o.Within)
	defer cancel()
	var published atomic.Int64
	done := make(chan error, 1)
	go func() {
		done <- func() error {
			var tick <-chan time.Time
			if o.Every > 0 {
				ticker := time.NewTicker(o.Every)
				defer ticker.Stop()
				tick = ticker.C
			}
			for number := o.Number; number < o.Number+int64(o.Count); number++ {
				if tick != nil {
					<-tick
				}
				if ctx.Err() != nil {
					return nil
				}
				q := s.quotes[number%quoteValues]
				q.Number = number
				q.Sent = now()
				if err := s.feed.publish(ctx, q); err != nil {
					return fmt.Errorf("publishing event %d: %w", number, err)
				}
				published.Store(number)
			}
			return nil
		}()
	}()
	select {
	case err := <-done:
		if ctx.Err() == nil {
			return answer{Number: published.Load(), Done: err == nil}, err
		}
	case <-ctx.Done():
	}
	return answer{Number: published.Load()}, nil
}

// timePublish publishes one event after the other and tells how long each took.
func (s *serving) timePublish(ctx context.Context, count int) (answer, error) {
	took := make([]float64, count)
	for i := range took {
		q := s.quotes[i%quoteValues]
		q.Number, q.Sent = int64(i+1), now()
		start := time.Now()
		if err := s.feed.publish(ctx, q); err != nil {
			return answer{}, fmt.Errorf("publishing event %d: %w", i+1, err)
		}
		took[i] = time.Since(start).Seconds() * 1000
	}
	slices.Sort(took)
	return answer{Latency: &latency{
		Events: count, P50: took[count/2], P99: took[count*99/100], Most: took[count-1],
	}}, nil
}

// settle gives back to the system what is not in use. Stacks shrink by half at
// each collection.
func settle() {
	for range 5 {
		debug.FreeOSMemory()
		time.Sleep(20 * time.Millisecond)
	}
}

// close ends the profile first: what comes then is not measured.
func (s *serving) close() error {
	var profile error
	if s.profile != nil {
		pprof.StopCPUProfile()
		profile = s.profile.Close()
	}
	return errors.Join(profile, s.feed.close(), s.server.Close())
}
