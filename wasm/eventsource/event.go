package eventsource

import "time"

// Event is one message of an event stream with its data decoded.
type Event[T any] struct {
	// ID is the stream's last event ID when the message was dispatched: its
	// own, or the latest before it where it has none.
	ID string
	// Type is the event type, "message" where the stream names none.
	Type string
	// Data is the decoded data.
	Data T
	// Origin is the origin of the URL that the stream came from, after
	// redirects, such as "https://example.com".
	Origin string
	// Arrived is when the message was taken over from the browser, together
	// with those that arrived in the same batch.
	Arrived time.Time
}
