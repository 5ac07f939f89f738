package eventstream

// GapEvent is the type of the event by which a server says, within an event
// stream, that messages are missing from it. It is part of the stream because a
// browser's EventSource shows neither headers nor comments. Its last event ID is
// the place that the stream goes on from, so a reader that connects again is not
// told of the same gap twice. Package eventsource gives it to every subscription, as
// an error of type *GapError in its place among the events.
const GapEvent EventType[Gap] = "gap"

// Gap says which messages a reader does not get.
type Gap struct {
	// From and To are the IDs of the first and the last message missing. Both
	// are "" where they cannot be known: From where the reader named a place in
	// another log, or none at all.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Missed is how many messages are missing, those included that the reader's
	// filter would have left out; 0 where that cannot be known.
	Missed uint64 `json:"missed,omitempty"`
	// Reason is why.
	Reason GapReason `json:"reason"`
}

// GapReason is why messages are missing. A reader takes one that it does not know
// for another reason of the same fact; it is never "".
type GapReason string

const (
	// GapDropped says that the log no longer holds them: it is bounded. The
	// stream goes on with the oldest message held.
	GapDropped GapReason = "dropped"
	// GapOtherLog says that the last event ID is a place in another log: one
	// that was before this one, or somebody else's. The stream goes on with the
	// oldest message held.
	GapOtherLog GapReason = "other-log"
	// GapAhead says that the last event ID is a place that the log has not come
	// to: it has lost its end, which the reader has seen. The stream goes on with
	// what is published next.
	GapAhead GapReason = "ahead"
	// GapMalformed says that the last event ID is none that the server gives. The
	// stream goes on with the oldest message held.
	GapMalformed GapReason = "malformed"
)
