package eventsource

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrClosed is what [Source.Err] returns after [Source.Close], and what
	// subscribing to a closed Source returns.
	ErrClosed = errors.New("eventsource: closed")

	// ErrOverflow ends a subscription whose queue was full; see [Overflow].
	ErrOverflow = errors.New("eventsource: the subscription's queue is full")

	// ErrFailed ends a Source whose connection has been given up for good:
	// what the standard calls to fail the connection (9.2.3). The browser does
	// not tell the reason, so it is only for [Native] that is named.
	ErrFailed = errors.New("the event stream failed")

	// ErrIdle is why a connection was given up that had been silent for
	// Options.IdleTimeout.
	ErrIdle = errors.New("the connection has been silent for too long")

	// errGivenUp says that the browser has closed an EventSource for good. The
	// Source goes on without it, as long as it has another way.
	errGivenUp = fmt.Errorf("%w: the browser has given up the connection and does not tell why "+
		"(a status other than 200, a type other than text/event-stream, or another origin without CORS headers)", ErrFailed)

	errLost        = errors.New("the connection was lost, or could not be made; the browser does not tell why")
	errBlock       = errors.New("eventsource: Overflow Block: the browser's EventSource cannot be held back; open the Source with Transport: Fetch")
	errRequest     = errors.New("a request that cannot be made")
	errRefusedID   = errors.New("the server answered with status 400 to a header with a control character, the last event ID")
	errLastEventID = errors.New("the last event ID has a NUL, CR or LF, which no event stream can give it")
	errUsed        = errors.New("eventsource: the subscription's events have been ranged over already")
)

// named returns a failure of a connection as an error that begins with the package's
// name and the URL, unless it begins so already.
func named(url string, failure error) error {
	if strings.HasPrefix(failure.Error(), "eventsource: ") {
		return failure
	}
	return fmt.Errorf("eventsource: %s: %w", url, failure)
}

// DecodeError says that one message could not be decoded. The subscription
// goes on with the next.
type DecodeError struct {
	// Type is the event type.
	Type string
	// ID is the last event ID, as in [Event].
	ID string
	// Data is the message's data as it arrived. It is the caller's.
	Data []byte
	// Err is what the codec returned.
	Err error
}

// Error names the event type, the ID where there is one, and the reason.
func (e *DecodeError) Error() string {
	if e.ID == "" {
		return fmt.Sprintf("eventsource: decode event %q: %v", e.Type, e.Err)
	}
	return fmt.Sprintf("eventsource: decode event %q with id %q: %v", e.Type, e.ID, e.Err)
}

// Unwrap returns the codec's error.
func (e *DecodeError) Unwrap() error { return e.Err }
