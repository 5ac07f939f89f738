package main

import (
	"fmt"
	"time"
)

// logLength is how many events the log holds.
const logLength = 50

// entry is one event in the log.
type entry struct {
	number  uint64 // 1, 2, 3 … as they arrived at this page
	arrived time.Time
	kind    string // the event type
	id      string
	raw     string // the data as it came
	value   any    // the Go value; nil when it did not decode
	failure string // why it did not decode, else ""
}

// outcome writes what became of the data: the Go value with its type and the
// names of its fields, or why there is none. Only what is shown is written.
func (e *entry) outcome() string {
	if e.failure != "" {
		return "decode error: " + e.failure
	}
	return fmt.Sprintf("%T%+v", e.value, e.value)
}

// eventLog holds the latest events, oldest first. While it is paused it goes on
// taking events in; only the page stops showing them.
type eventLog struct {
	entries []entry
	total   uint64
	paused  bool
}

// add takes in an event and numbers it.
func (l *eventLog) add(e entry) {
	l.total++
	e.number = l.total
	if len(l.entries) == logLength {
		copy(l.entries, l.entries[1:])
		l.entries = l.entries[:logLength-1]
	}
	l.entries = append(l.entries, e)
}

// after returns the entries that came after a number, oldest first.
func (l *eventLog) after(number uint64) []entry {
	fresh := min(l.total-number, uint64(len(l.entries)))
	return l.entries[uint64(len(l.entries))-fresh:]
}
