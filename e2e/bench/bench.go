//go:build !js

package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/runnel-go/runnel/e2e/bench/event"
)

// bench is one run of the whole thing.
type bench struct {
	session  *session
	rounds   int
	within   time.Duration // in which the rounds of a size's bursts begin, once there are leastRounds
	scale    int           // that counts of events are divided by
	warm     int           // percent of a burst that warm the page up
	peers    bool
	wanted   func(contestant string) bool // in the bursts
	progress *progress
	report   *report
	corpora  corpora
}

// corpora are the events, made when they are first needed.
type corpora struct {
	mu   sync.Mutex
	made map[string]*corpus
}

// get returns a corpus by its name.
func (c *corpora) get(name string, generate func() *corpus) *corpus {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = make(map[string]*corpus)
	}
	if c.made[name] == nil {
		c.made[name] = generate()
	}
	return c.made[name]
}

// The names of the sizes of events.
const (
	small = "small" // about 110 bytes
	large = "1k"    // about 1 KB
	huge  = "64k"   // about 64 KB
)

// load is a burst and what comes before it.
type load struct {
	name        string // of the event's size
	corpus      *corpus
	warm, count int
	types       int
}

// scaled divides a count of events, but leaves a few.
func (b *bench) scaled(count int) int { return max(count/b.scale, 20) }

// load returns a size's burst, and before it, untimed, the events with which a
// page warms up: without them a short burst measures how fast code is compiled.
func (b *bench) load(size string) load {
	l := load{name: size, types: 1}
	switch size {
	case small:
		l.count = b.scaled(50_000)
		l.corpus = b.corpora.get(size, func() *corpus { return newQuotes(l.count) })
	case large:
		l.count = b.scaled(20_000)
		l.corpus = b.corpora.get(size, func() *corpus { return newBooks(l.count, levels) })
	default:
		l.count = b.scaled(400)
		l.corpus = b.corpora.get(size, func() *corpus { return newBooks(l.count/2, hugeLevels) })
	}
	l.warm = max(l.count*b.warm/100, 1)
	return l
}

// hugeLevels gives an event about 64 KB.
const hugeLevels = 800

// defaultQueue is how many messages a subscription holds by default, less some
// room: a burst of more needs an option.
const defaultQueue = 64_000

// settle is how long a page waits after it has warmed up, in milliseconds, so
// that what the browser compiles in the background meanwhile is there.
const settle = 250

// timeout is how long a page waits from gate to gate, in milliseconds.
const timeout = 120_000

// job returns the job of a contestant under a load.
func (b *bench) job(section string, c contestant, l load) *assignment {
	job := &assignment{
		Job: event.Job{
			Section: section, Contestant: c.name, Program: c.program, Transport: c.transport, Batches: c.batches, IDs: c.ids,
			Kind: l.corpus.kind, Types: l.types, Warm: l.warm, Count: l.count, Gates: 1, Settle: settle / float64(b.scale), Timeout: timeout,
		},
		warm:  l.corpus.stream(l.warm, l.types),
		burst: l.corpus.stream(l.count, l.types),
	}
	job.WarmBytes, job.Bytes = job.warm.size(), job.burst.size()
	if l.count > defaultQueue && c.transport != "" {
		// A burst that outruns the loop is held back where it can be, and
		// else waits whole in the queue.
		if c.transport == "fetch" {
			job.Block = true
		} else {
			job.Queue = l.count
		}
	}
	return job
}

// expect returns what must come of a load.
func (l load) expect() expectation {
	return expectation{
		count: l.count, bytes: l.corpus.stream(l.count, l.types).size(),
		sum: l.corpus.sum(l.count, l.types), asText: l.corpus.sumAsText(l.count),
	}
}

// series is what the rounds of contestants have given, in the same order for
// all of them.
type series struct {
	values map[string][]float64
	wrong  map[string]string // why a contestant has none
}

func newSeries() *series {
	return &series{values: make(map[string][]float64), wrong: make(map[string]string)}
}

// of returns the values of a contestant, none where it was wrong in any round.
func (s *series) of(name string) []float64 {
	if s.wrong[name] != "" {
		return nil
	}
	return s.values[name]
}

// note notes a round's value, or why there is none.
func (s *series) note(name string, value float64, err error) {
	if err != nil {
		s.wrong[name] = err.Error()
		return
	}
	s.values[name] = append(s.values[name], value)
}

// set is note for all rounds at once.
func (s *series) set(name string, values []float64, err error) {
	if err != nil {
		s.wrong[name] = err.Error()
		return
	}
	s.values[name] = values
}

// available leaves out who is not wanted and who needs what is not installed.
func (b *bench) available(all []contestant) []contestant {
	var can []contestant
	for _, c := range all {
		if b.wanted(c.name) && (b.peers || !c.peer) {
			can = append(can, c)
		}
	}
	return can
}

// leastRounds are enough for a median, and all there are on a slow machine.
const leastRounds = 5

// upTo says that there are so many rounds.
func upTo(rounds int) (more func(round int) bool) {
	return func(round int) bool { return round < rounds }
}

// timely says that there are so many rounds, or fewer where the time is up before.
func (b *bench) timely(rounds int) (more func(round int) bool) {
	start := time.Now()
	return func(round int) bool {
		if round >= rounds {
			return false
		}
		took := time.Since(start)
		if round < leastRounds || took < b.within {
			return true
		}
		b.progress.line("  no further round: %d of them took %.0f s", round, took.Seconds())
		return false
	}
}

// interleave runs fn for each contestant in each round. Each round begins with
// another one, so that what is before a contestant is not always the same.
func interleave(more func(round int) bool, all []contestant, fn func(round int, c contestant) error) error {
	for round := 0; more(round); round++ {
		for i := range all {
			if err := fn(round, all[(i+round)%len(all)]); err != nil {
				return err
			}
		}
	}
	return nil
}

// run runs the sections of those names.
func (b *bench) run(ctx context.Context, only func(section string) bool) error {
	for _, section := range sections {
		if section.run == nil || !only(section.name) {
			continue
		}
		b.progress.line("%s: %s", section.name, section.about)
		if err := section.run(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", section.name, err)
		}
	}
	return nil
}
