//go:build unix

package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// section is a part of the bench that can be run alone.
type section struct {
	name, about string
	run         func(*bench, context.Context) error
}

var sections = []section{
	{"fanout", "what a burst of 2,000 events to 1,000 clients takes of the processors", (*bench).fanout},
	{"memory", "what 5,000 idle clients take of memory", (*bench).memory},
	{"latency", "how late 1,000 clients get 20 events a second", (*bench).latency},
	{"stalled", "what 99 clients get while another one reads nothing", (*bench).stalled},
	{"growth", "CPU and latency from 10 to 5,000 clients", (*bench).growth},
	{"publish", "how long it takes until an event counts as published", (*bench).publish},
}

func sectionNames() string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return strings.Join(names, ", ")
}

// only returns which sections a list names, all for an empty one.
func only(list string) (func(string) bool, error) {
	if list == "" {
		return func(string) bool { return true }, nil
	}
	wanted := make(map[string]bool)
	for name := range strings.SplitSeq(list, ",") {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return nil, fmt.Errorf("no section %q: there are %s", name, sectionNames())
		}
		wanted[name] = true
	}
	return func(name string) bool { return wanted[name] }, nil
}

// How many clients there are where their number does not grow.
const (
	someClients = 1_000
	manyClients = 5_000
)

// The measures: the figures of a trial, by which they are in the report.
const (
	fanoutRate = "fanout_events_per_cpu_second"
	steadyRate = "fanout_steady_events_per_cpu_second"
	idleBytes  = "idle_bytes_per_client"
	p50        = "p50_ms"
	p99        = "p99_ms"
)

// run runs rounds of a trial of each contestant.
func (b *bench) run(ctx context.Context, section string, names []string, rounds, pad int, fn func(*trial) (map[string]float64, error)) (*series, error) {
	got := newSeries()
	err := interleave(rounds, names, func(round int, kind string) error {
		b.progress.step("%s, round %d of %d: %s …", section, round+1, rounds, kind)
		var values map[string]float64
		err := b.trial(ctx, kind, pad, func(t *trial) (err error) {
			values, err = fn(t)
			return err
		})
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		got.note(kind, values, err)
		b.progress.line("  round %d of %d, %-8s %s", round+1, rounds, kind+":", describe(values, err))
		return nil
	})
	for kind, reason := range got.wrong {
		b.report.Wrong[kind+" "+section] = reason
	}
	return got, err
}

// describe writes what a trial gave.
func describe(values map[string]float64, err error) string {
	if err != nil {
		return "WRONG: " + err.Error()
	}
	words := make([]string, 0, len(values))
	for _, measure := range slices.Sorted(maps.Keys(values)) {
		words = append(words, measure+" "+number(values[measure]))
	}
	return strings.Join(words, ", ")
}

// fanout measures what a delivered event takes of the processors in bursts.
func (b *bench) fanout(ctx context.Context) error {
	clients, events := b.clients(someClients), b.events(2_000)
	got, err := b.run(ctx, "fanout", b.names, b.rounds, 0, func(t *trial) (map[string]float64, error) {
		if err := t.connect(clients); err != nil {
			return nil, err
		}
		if err := t.publish(b.events(warmEvents), 0); err != nil {
			return nil, err
		}
		cpu, err := t.burst(events)
		if err != nil {
			return nil, err
		}
		return map[string]float64{fanoutRate: perSecond(clients*events, cpu)}, t.finish()
	})
	if err != nil {
		return err
	}
	b.report.compare(got, fanoutRate, "fanout")
	return nil
}

// perSecond is never infinite: the CPU is counted in microseconds.
func perSecond(count int, took time.Duration) float64 {
	return float64(count) / max(took, time.Microsecond).Seconds()
}

// latencyEvents take ten seconds.
const latencyEvents = 200

// latency measures how late events are, and what they take of the processors
// when they come one by one.
func (b *bench) latency(ctx context.Context) error {
	clients, events := b.clients(someClients), b.events(latencyEvents)
	got, err := b.run(ctx, "latency", b.names, b.rounds, 0, func(t *trial) (map[string]float64, error) {
		if err := t.connect(clients); err != nil {
			return nil, err
		}
		if err := t.publish(b.events(warmEvents), 0); err != nil {
			return nil, err
		}
		late, cpu, err := t.steady(events)
		if err != nil {
			return nil, err
		}
		return map[string]float64{
			p50: late.P50, p99: late.P99, steadyRate: perSecond(clients*events, cpu),
		}, t.finish()
	})
	if err != nil {
		return err
	}
	b.report.compare(got, p99, "p99")
	b.report.compare(got, p50, "p50")
	b.report.compare(got, steadyRate, "fanout_steady")
	return nil
}

const (
	// memoryRounds are few: memory differs little from round to round.
	memoryRounds = 3
	// firstClients come before the others.
	firstClients = 100
)

// memory measures what idle clients take of memory. Those who come first load
// what is needed once; all of them have got an event before.
func (b *bench) memory(ctx context.Context) error {
	first, clients := b.clients(firstClients), b.clients(manyClients)
	got, err := b.run(ctx, "memory", b.names, min(b.rounds, memoryRounds), 0, func(t *trial) (map[string]float64, error) {
		if err := t.connect(first); err != nil {
			return nil, err
		}
		before, err := t.server.ask(order{Do: "memory"})
		if err != nil {
			return nil, err
		}
		if err := t.connect(clients); err != nil {
			return nil, err
		}
		after, err := t.server.ask(order{Do: "memory"})
		if err != nil {
			return nil, err
		}
		grown := float64(after.Resident) - float64(before.Resident)
		return map[string]float64{idleBytes: grown / float64(clients)}, t.finish()
	})
	if err != nil {
		return err
	}
	b.report.compare(got, idleBytes, "idle_memory")
	return nil
}

// What clients are sent while one of them stalls: 9 MB, which is more than the
// system keeps for a connection, in six seconds.
const (
	stalledClients = 100
	stalledEvents  = 3_000
	stalledEvery   = 2 * time.Millisecond
	stalledPad     = 3_000
)

// What the report says of it.
const (
	wanted    = "wanted"
	published = "published"
	delivered = "delivered_to_all_others"
)

// stalled tells what the other clients have got a second after the last event
// should have been published.
func (b *bench) stalled(ctx context.Context) error {
	others, events := b.clients(stalledClients)-1, b.events(stalledEvents)
	got, err := b.run(ctx, "stalled", b.names, 1, stalledPad, func(t *trial) (map[string]float64, error) {
		if _, err := t.clients.ask(order{Do: "stall"}); err != nil {
			return nil, err
		}
		if err := t.connect(others); err != nil {
			return nil, err
		}
		if _, err := t.clients.ask(order{Do: "record"}); err != nil {
			return nil, err
		}
		within := time.Duration(events)*stalledEvery + time.Second
		sent, err := t.server.ask(order{Do: "publish", Number: 1, Count: events, Every: stalledEvery, Within: within})
		if err != nil {
			return nil, err
		}
		got, err := t.clients.ask(order{Do: "await", Number: int64(events), Within: time.Second})
		if err != nil {
			return nil, err
		}
		late, err := t.clients.ask(order{Do: "latency"})
		if err != nil {
			return nil, err
		}
		return map[string]float64{
			wanted: float64(events), published: float64(sent.Number), delivered: float64(got.Number), p99: late.Latency.P99,
		}, nil
	})
	if err != nil {
		return err
	}
	b.report.stalled(got)
	return nil
}
