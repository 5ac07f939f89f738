//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// bench is one run of the whole thing.
type bench struct {
	program  string            // this one, to be started as a child
	peers    map[string]string // programs of contestants that have their own
	names    []string          // of the contestants
	profiles string            // a folder, or ""
	trials   int
	rounds   int
	scale    int // that counts are divided by
	progress *progress
	report   *report
}

// clients divides a count of clients, but leaves a few.
func (b *bench) clients(count int) int { return max(count/b.scale, 3) }

// events divides a count of events, but leaves a few.
func (b *bench) events(count int) int { return max(count/b.scale, 2) }

// trial is a server and its clients, all of them new.
type trial struct {
	server, clients *child
	connected       int
	next            int64 // number of the next event
}

// trial runs fn with a contestant's server. Events are pad bytes larger than
// they need be.
func (b *bench) trial(ctx context.Context, kind string, pad int, fn func(*trial) error) (err error) {
	b.trials++
	args := []string{"server", "-kind", kind, "-pad", strconv.Itoa(pad)}
	if b.profiles != "" {
		args = append(args, "-cpuprofile", filepath.Join(b.profiles, fmt.Sprintf("%03d-%s.pprof", b.trials, kind)))
	}
	program := b.program
	if peer, ok := b.peers[kind]; ok {
		program = peer
	}
	server, err := startChild(ctx, program, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.close()) }()
	clients, err := startChild(ctx, b.program, "clients", "-server", server.hello.Address, "-pad", strconv.Itoa(pad))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, clients.close()) }()
	return fn(&trial{server: server, clients: clients, next: 1})
}

// connect opens more streams, before the first event that counts. It returns
// when each has got an event that does not count: only then is it known that the
// server has them all.
func (t *trial) connect(count int) error {
	if _, err := t.clients.ask(order{Do: "connect", Count: count}); err != nil {
		return err
	}
	t.connected += count
	return t.meet()
}

// meet publishes events that do not count until every client has one.
func (t *trial) meet() error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if _, err := t.server.ask(order{Do: "publish", Count: 1, Within: patience}); err != nil {
			return err
		}
		got, err := t.clients.ask(order{Do: "await", Within: 20 * time.Millisecond})
		if err != nil || got.Done {
			return err
		}
	}
	return fmt.Errorf("after %v there is a client without any event", patience)
}

// publish publishes more events and waits until every client has them.
func (t *trial) publish(count int, every time.Duration) error {
	last := t.next + int64(count) - 1
	within := patience + time.Duration(count)*every
	got, err := t.server.ask(order{Do: "publish", Number: t.next, Count: count, Every: every, Within: within})
	if err != nil {
		return err
	}
	if !got.Done {
		return fmt.Errorf("in %v it could not publish all to event %d, only to %d", within, last, got.Number)
	}
	if got, err = t.clients.ask(order{Do: "await", Number: last, Within: patience}); err != nil {
		return err
	}
	if !got.Done {
		return fmt.Errorf("after %v there is a client that is not at event %d but at %d", patience, last, got.Number)
	}
	t.next = last + 1
	return nil
}

const (
	// window is how many events of a burst are published at once.
	window = 500
	// warmEvents come before what is measured.
	warmEvents = 100
)

// burst publishes as fast as can be, a window at a time, and returns what it
// took of the processors.
func (t *trial) burst(count int) (time.Duration, error) {
	return t.cpu(func() error {
		for left := count; left > 0; left -= window {
			if err := t.publish(min(left, window), 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// steady publishes 20 events a second and returns how late they were, and what
// it took of the processors. It can be asked for once.
func (t *trial) steady(count int) (*latency, time.Duration, error) {
	if _, err := t.clients.ask(order{Do: "record"}); err != nil {
		return nil, 0, err
	}
	cpu, err := t.cpu(func() error { return t.publish(count, time.Second/20) })
	if err != nil {
		return nil, 0, err
	}
	got, err := t.clients.ask(order{Do: "latency"})
	if err != nil {
		return nil, 0, err
	}
	if want := count * t.connected; got.Latency.Events != want {
		return nil, 0, fmt.Errorf("got %d events in all, want %d", got.Latency.Events, want)
	}
	return got.Latency, cpu, nil
}

// cpu returns what the server took of the processors for fn.
func (t *trial) cpu(fn func() error) (time.Duration, error) {
	before, err := t.server.ask(order{Do: "usage"})
	if err != nil {
		return 0, err
	}
	if err := fn(); err != nil {
		return 0, err
	}
	after, err := t.server.ask(order{Do: "usage"})
	return after.CPU - before.CPU, err
}

// finish publishes one more event: by it each client has found out what came too
// much before.
func (t *trial) finish() error { return t.publish(1, 0) }
