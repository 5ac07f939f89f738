package eventsource

import (
	"fmt"
	"slices"
	"strings"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// GapError says that the server does not send some messages, and which: the log
// behind the stream no longer holds them, for one. It stands in the stream at the
// place where they are missing, and the stream goes on after it.
//
// It comes out of an event of the type [eventstream.GapEvent] whose data is a JSON
// object with a reason, also one that this version does not know. What it says
// beyond the reason is left out where it cannot be read, for it is better to know
// that something is missing than not to know what. An event of that type with
// other data is none of Runnel's server's, and an event like any other.
type GapError struct {
	// Gap says what is missing, and why.
	eventstream.Gap
	// ID is the last event ID that came with it: the place that the stream
	// goes on from.
	ID string
}

// Error says in words how many messages are missing, between which IDs, and why.
func (e *GapError) Error() string {
	var text strings.Builder
	text.WriteString("eventsource: the server does not send ")
	switch e.Missed {
	case 0:
		text.WriteString("all messages")
	case 1:
		text.WriteString("1 message")
	default:
		fmt.Fprintf(&text, "%d messages", e.Missed)
	}
	switch {
	case e.From != "" && e.To != "":
		fmt.Fprintf(&text, " from %q to %q", e.From, e.To)
	case e.From != "":
		fmt.Fprintf(&text, " from %q on", e.From)
	case e.To != "":
		fmt.Fprintf(&text, " up to %q", e.To)
	}
	text.WriteString(": ")
	text.WriteString(gapReason(e.Reason))
	return text.String()
}

// gapReason is a reason in words.
func gapReason(reason eventstream.GapReason) string {
	switch reason {
	case eventstream.GapDropped:
		return "its log no longer holds them"
	case eventstream.GapOtherLog:
		return "the last event ID is a place in another log"
	case eventstream.GapAhead:
		return "the last event ID is a place that its log has not come to"
	case eventstream.GapMalformed:
		return "the last event ID is none that it gives"
	}
	return fmt.Sprintf("reason %q", string(reason))
}

// readGap reads what a message of the type of gaps says is missing. It returns
// nil where the message is none of Runnel's server's.
func readGap(m message) *GapError {
	gap := GapError{ID: strings.Clone(m.id)} // which would keep its batch
	// An error leaves out what is at fault, or everything where all is.
	_ = codec.JSON.Decode(m.data, &gap.Gap)
	if gap.Reason == "" {
		return nil
	}
	return &gap
}

// mayBeGap reports whether messages of a type may be gaps.
func (s *Source) mayBeGap(eventType string) bool {
	return eventType == string(eventstream.GapEvent) && !s.noGaps
}

// putGap queues a message of the type of gaps, if it is one, for the subscriptions
// that do not take its type. Those that do take it as any other. The Source is
// locked.
func (s *Source) putGap(wanting []*inbox, seq uint64, m message) {
	gap := readGap(m)
	if gap == nil {
		return
	}
	s.counters.gaps.Add(1)
	s.counters.missed.Add(gap.Missed)
	told := message{
		batch:     &batch{first: seq, gap: gap, origin: m.batch.origin, arrived: m.batch.arrived},
		eventType: m.eventType,
		id:        gap.ID,
	}
	if m.batch.tracked {
		told.batch.tracked, told.batch.before = true, strings.Clone(m.before())
	}
	for in := range s.inboxes {
		if seq >= in.from && !slices.Contains(wanting, in) {
			in.putGap(told)
		}
	}
}
