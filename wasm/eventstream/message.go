package eventstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// What makes a message impossible to write. [Message.Validate] wraps them with
// the field's name.
var (
	// ErrLineBreak says that an event type or ID holds CR or LF, which would
	// end its line and start another field.
	ErrLineBreak = errors.New("holds a line break")
	// ErrNUL says that an ID holds U+0000: a reader ignores such an ID
	// (HTML standard, 9.2.6), so the place in the stream would be lost.
	ErrNUL = errors.New("holds U+0000")
	// ErrNotUTF8 says that a field is no valid UTF-8. An event stream is
	// always UTF-8: a reader would put U+FFFD in place of the bytes.
	ErrNotUTF8 = errors.New("is not valid UTF-8")
	// ErrNegativeRetry says that a reconnection time is below zero.
	ErrNegativeRetry = errors.New("is negative")
)

// Message is one block of an event stream. The zero value of a field leaves the
// field out; the zero Message is written as nothing at all.
type Message struct {
	// Type is the event type; "" leaves it out, which a reader takes for
	// "message". It may hold no line break.
	Type string
	// ID becomes the reader's last event ID; "" leaves it as it was. It may
	// hold neither a line break nor U+0000.
	ID string
	// Data is the event's data. Nil means that there is none, and a reader
	// then dispatches no event; empty but not nil dispatches an event with
	// empty data. Each CR, LF or CRLF in it reaches the reader as one LF, as
	// the format has no way to tell them apart.
	Data []byte
	// Retry sets the reader's reconnection time, in whole milliseconds
	// rounded up. Zero leaves it as it was.
	Retry time.Duration
	// Comment is written before the fields, a comment line for each of its
	// lines. Readers skip it; proxies see a stream that is alive.
	Comment string
}

// Validate reports why m cannot be written: an error that names the field and
// wraps [ErrLineBreak], [ErrNUL], [ErrNotUTF8] or [ErrNegativeRetry], or nil.
func (m *Message) Validate() error {
	if err := checkLine(m.Type); err != nil {
		return fmt.Errorf("eventstream: event type %q %w", m.Type, err)
	}
	if err := checkLine(m.ID); err != nil {
		return fmt.Errorf("eventstream: id %q %w", m.ID, err)
	}
	if strings.IndexByte(m.ID, 0) >= 0 {
		return fmt.Errorf("eventstream: id %q %w", m.ID, ErrNUL)
	}
	if !utf8.Valid(m.Data) {
		return fmt.Errorf("eventstream: data of %d bytes %w", len(m.Data), ErrNotUTF8)
	}
	if !utf8.ValidString(m.Comment) {
		return fmt.Errorf("eventstream: comment %w", ErrNotUTF8)
	}
	if m.Retry < 0 {
		return fmt.Errorf("eventstream: retry %v %w", m.Retry, ErrNegativeRetry)
	}
	return nil
}

func checkLine(s string) error {
	if strings.ContainsAny(s, "\r\n") {
		return ErrLineBreak
	}
	if !utf8.ValidString(s) {
		return ErrNotUTF8
	}
	return nil
}

// AppendText appends m's block, the blank line at its end included, to b. It
// returns b as it was and the error of [Message.Validate] when m cannot be
// written. It implements [encoding.TextAppender].
func (m *Message) AppendText(b []byte) ([]byte, error) {
	if err := m.Validate(); err != nil {
		return b, err
	}
	start := len(b)
	if m.Comment != "" {
		b = appendLines(b, ": ", []byte(m.Comment))
	}
	if m.Type != "" {
		b = appendField(b, "event: ", m.Type)
	}
	if m.ID != "" {
		b = appendField(b, "id: ", m.ID)
	}
	if m.Retry > 0 {
		milliseconds := (m.Retry-1)/time.Millisecond + 1 // no overflow at the largest Duration
		b = append(b, "retry: "...)
		b = strconv.AppendInt(b, int64(milliseconds), 10)
		b = append(b, '\n')
	}
	if m.Data != nil {
		b = appendLines(b, "data: ", m.Data)
	}
	if len(b) > start {
		b = append(b, '\n')
	}
	return b, nil
}

// WriteTo writes m's block to w in one call of Write, so that a writer which
// sends each call at once sends the block whole. It writes nothing when m
// cannot be written and returns the error of [Message.Validate], else what w
// returned.
func (m *Message) WriteTo(w io.Writer) (int64, error) {
	block, err := m.AppendText(nil)
	if err != nil || len(block) == 0 {
		return 0, err
	}
	n, err := w.Write(block)
	return int64(n), err
}

// appendField writes one field. The space after the colon is always there: a
// reader takes one away, so a value that starts with a space keeps it.
func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, value...)
	return append(b, '\n')
}

// appendLines writes a field for each line of text, an empty one included.
func appendLines(b []byte, name string, text []byte) []byte {
	for {
		end := bytes.IndexAny(text, "\r\n")
		b = append(b, name...)
		if end < 0 {
			b = append(b, text...)
			return append(b, '\n')
		}
		b = append(b, text[:end]...)
		b = append(b, '\n')
		if text[end] == '\r' && end+1 < len(text) && text[end+1] == '\n' {
			end++
		}
		text = text[end+1:]
	}
}
