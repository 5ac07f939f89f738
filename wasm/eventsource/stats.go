package eventsource

import (
	"sync/atomic"
	"time"
)

// Stats counts what a Source has done since it was opened.
type Stats struct {
	// Events is the number of messages that arrived for at least one
	// subscription.
	Events uint64
	// Bytes is the length of their data, as UTF-8.
	Bytes uint64
	// DecodeErrors is the number of messages that a loop could not decode.
	DecodeErrors uint64
	// Dropped is the number of messages that full queues have dropped, or
	// that [KeepLatest] has replaced.
	Dropped uint64
	// Gaps is the number of times that the server has said that messages are
	// missing; see [GapError]. They are no Events, except for those who
	// subscribe to their type.
	Gaps uint64
	// Missed is how many those messages are, as far as it could tell.
	Missed uint64
	// Reconnects is the number of times that a connection was open again
	// after it had been lost.
	Reconnects uint64
	// Batches is the number of times that messages were taken over from the
	// browser. Events divided by it is how many share the cost of one.
	Batches uint64
	// LongestHold is the longest time for which the program has kept the
	// event loop from turning after events arrived, the callers' loops
	// included. The event loop is the page's, so it is the same number for all
	// its Sources. Measured by the browser's own clock; 0 on other targets.
	LongestHold time.Duration
}

type counters struct {
	events, bytes, decodeErrors, dropped, gaps, missed, reconnects, batches atomic.Uint64
}

// Stats returns the counts up to now.
func (s *Source) Stats() Stats {
	return Stats{
		Events:       s.counters.events.Load(),
		Bytes:        s.counters.bytes.Load(),
		DecodeErrors: s.counters.decodeErrors.Load(),
		Dropped:      s.counters.dropped.Load(),
		Gaps:         s.counters.gaps.Load(),
		Missed:       s.counters.missed.Load(),
		Reconnects:   s.counters.reconnects.Load(),
		Batches:      s.counters.batches.Load(),
		LongestHold:  longestHold(),
	}
}
