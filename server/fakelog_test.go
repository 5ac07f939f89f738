package server

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
)

// fakeLog is a [Log] in memory that does what it is told: drop, have holes, be
// slow, fail. Whoever calls append is another process.
type fakeLog struct {
	mu       sync.Mutex
	records  []Record // those held, in their order
	oldest   uint64
	newest   uint64
	named    map[string]uint64 // by message ID
	changed  chan struct{}     // closed by the next change
	paused   bool              // Follow tells of nothing
	lost     error             // what Follow returns
	reads    int               // calls of Read
	bounds   error             // what Bounds returns
	ready    error
	appended func() error              // asked before Append does something
	reading  func(from uint64) error   // asked before Read does something
	given    func([]Record) []Record   // what Read makes of its records
	asked    func(ctx context.Context) // called by Bounds
}

const fakeLogName = "fake"

func newFakeLog(messages int) *fakeLog {
	l := &fakeLog{oldest: 1, named: make(map[string]uint64), changed: make(chan struct{})}
	l.append(messages)
	return l
}

// append puts that many messages there whose data is their number.
func (l *fakeLog) append(messages int) {
	l.do(func() {
		for range messages {
			l.put(Record{Block: fmt.Appendf(nil, "data: %d\n", l.newest+1)})
		}
	})
}

// do changes the log.
func (l *fakeLog) do(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *fakeLog) put(r Record) uint64 {
	if number, doubled := l.named[r.MessageID]; doubled {
		return number
	}
	l.newest++
	r.Number = l.newest
	if r.MessageID != "" {
		l.named[r.MessageID] = r.Number
	}
	l.records = append(l.records, r)
	return r.Number
}

// drop lets go of everything below a number.
func (l *fakeLog) drop(below uint64) {
	l.do(func() {
		l.oldest = max(l.oldest, min(below, l.newest+1))
		l.records = slices.Clone(l.records[l.index(l.oldest):])
		if len(l.records) > 0 {
			l.oldest = l.records[0].Number
		} else {
			l.oldest = l.newest + 1
		}
	})
}

// hole takes messages out of the middle.
func (l *fakeLog) hole(from, to uint64) {
	l.do(func() {
		l.records = slices.DeleteFunc(slices.Clone(l.records), func(r Record) bool { return from <= r.Number && r.Number <= to })
	})
	l.drop(l.oldest)
}

func (l *fakeLog) index(number uint64) int {
	i, _ := slices.BinarySearchFunc(l.records, number, func(r Record, number uint64) int {
		if r.Number < number {
			return -1
		}
		return 1
	})
	return i
}

func (l *fakeLog) holds(number uint64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.index(number)
	return i < len(l.records) && l.records[i].Number == number
}

func (l *fakeLog) readings() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

func (l *fakeLog) Name() string { return fakeLogName }

func (l *fakeLog) Append(ctx context.Context, records []Record) (numbers []uint64, err error) {
	l.mu.Lock()
	asked := l.appended
	l.mu.Unlock()
	if asked != nil {
		if err := asked(); err != nil {
			return nil, err
		}
	}
	l.do(func() {
		for _, r := range records {
			numbers = append(numbers, l.put(r))
		}
	})
	return numbers, context.Cause(ctx)
}

func (l *fakeLog) Bounds(ctx context.Context) (oldest, newest uint64, err error) {
	l.mu.Lock()
	asked := l.asked
	l.mu.Unlock()
	if asked != nil {
		asked(ctx)
	}
	if ctx.Err() != nil {
		return 0, 0, context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.oldest, l.newest, l.bounds
}

func (l *fakeLog) Read(ctx context.Context, from uint64, max int) ([]Record, error) {
	l.mu.Lock()
	l.reads++
	asked := l.reading
	l.mu.Unlock()
	if asked != nil {
		if err := asked(from); err != nil {
			return nil, err
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.index(from)
	records := slices.Clone(l.records[i:min(i+max, len(l.records))])
	if l.given != nil {
		records = l.given(records)
	}
	return records, nil
}

func (l *fakeLog) Follow(ctx context.Context, from uint64, each func(Record)) error {
	for {
		l.mu.Lock()
		changed, lost := l.changed, l.lost
		var records []Record
		if !l.paused {
			records = slices.Clone(l.records[l.index(from):])
		}
		l.mu.Unlock()
		if lost != nil {
			return lost
		}
		for _, r := range records {
			each(r)
			from = r.Number + 1
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (l *fakeLog) Ready(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ready
}

// open makes a feed of a log, and closes it with the test.
func open(t *testing.T, l *fakeLog, options *Options) *Feed {
	t.Helper()
	f, err := Open(t.Context(), l, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
