package server

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

var (
	// ErrID says that a message came with an ID of its own: a feed numbers its
	// messages itself.
	ErrID = errors.New("the feed gives the IDs")
	// ErrGapType says that a message has the type of [eventstream.GapEvent] or of
	// [eventstream.HeartbeatEvent], by which the feed itself tells its clients of
	// gaps, and that the stream is alive.
	ErrGapType = errors.New("this event type is the feed's own")
)

// encode turns m, which must have no ID, into the lines of its block, without
// the blank one at the end.
func encode(m *eventstream.Message) ([]byte, error) {
	if m.ID != "" {
		return nil, fmt.Errorf("server: message with id %q: %w", m.ID, ErrID)
	}
	if m.Type == string(eventstream.GapEvent) || m.Type == string(eventstream.HeartbeatEvent) {
		return nil, fmt.Errorf("server: event type %q: %w", m.Type, ErrGapType)
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	return marshal(m)
}

func marshal(m *eventstream.Message) ([]byte, error) {
	encoded := &sse.Message{Retry: wholeMilliseconds(m.Retry)}
	if m.Type != "" {
		typ, err := sse.NewType(m.Type)
		if err != nil {
			return nil, fmt.Errorf("server: event type %q: %w", m.Type, err)
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
	text, err := encoded.MarshalText()
	if err != nil {
		return nil, fmt.Errorf("server: event type %q: %w", m.Type, err)
	}
	return bytes.TrimSuffix(text, []byte("\n")), nil
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
