package server

import (
	"fmt"
	"io"
	"math"
	"time"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// encode turns m, which must have no ID, into what a session sends, and
// reports the size of its block in bytes.
func encode(m *eventstream.Message) (*sse.Message, int64, error) {
	if m.ID != "" {
		return nil, 0, fmt.Errorf("server: message with id %q: %w", m.ID, ErrID)
	}
	if err := m.Validate(); err != nil {
		return nil, 0, fmt.Errorf("server: %w", err)
	}
	encoded := &sse.Message{Retry: wholeMilliseconds(m.Retry)}
	if m.Type != "" {
		typ, err := sse.NewType(m.Type)
		if err != nil {
			return nil, 0, fmt.Errorf("server: event type %q: %w", m.Type, err)
		}
		encoded.Type = typ
	}
	// The library ends a line at each line break and starts none after the
	// last one, so each text gets one more. It is CRLF, as a lone LF would
	// become one with a CR at the end of the text.
	if m.Comment != "" {
		encoded.AppendComment(m.Comment + "\r\n")
	}
	if m.Data != nil {
		encoded.AppendData(string(m.Data) + "\r\n")
	}
	size, err := encoded.WriteTo(io.Discard)
	return encoded, size, err
}

// wholeMilliseconds rounds d up, as the library cuts off what is below a
// millisecond.
func wholeMilliseconds(d time.Duration) time.Duration {
	whole := d.Truncate(time.Millisecond)
	if whole == d || whole > math.MaxInt64-time.Millisecond {
		return whole
	}
	return whole + time.Millisecond
}
