package eventstream

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// DefaultMaxEventSize is how large an event may be unless [Parser.MaxEventSize]
// says otherwise: 16 MiB.
const DefaultMaxEventSize = 16 << 20

// ErrTooLarge is what a [SizeError] wraps.
var ErrTooLarge = errors.New("eventstream: the event is too large")

// SizeError says that an event went beyond [Parser.MaxEventSize]. The stream
// cannot be read on.
type SizeError struct {
	// Limit is the size that was allowed, in bytes.
	Limit int
}

// Error names the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("%v: more than %d bytes", ErrTooLarge, e.Limit)
}

// Unwrap returns [ErrTooLarge].
func (e *SizeError) Unwrap() error { return ErrTooLarge }

// Received is an event as a [Parser] dispatches it. Type may be kept; ID and
// Data are lent until the function that was given them returns.
type Received struct {
	// Type is the event type, "message" where the block names none.
	Type string
	// ID is the last event ID at dispatch.
	ID []byte
	// Data is the event's data: valid UTF-8, its lines parted by LF.
	Data []byte
}

// Parser reads an event stream by the standard's rules (HTML standard, 9.2.5 and
// 9.2.6), in whatever pieces it comes. The zero value is ready for a stream.
//
// Its time is linear in the bytes, however they are cut. It allocates nothing
// for a line: it keeps a buffer for the data of the present event, and one for a
// line that a piece has left unfinished.
type Parser struct {
	// MaxEventSize bounds what one event may take, in bytes: its data and the
	// line that is being read, whatever that is. 0 stands for
	// [DefaultMaxEventSize].
	MaxEventSize int
	// Comment is given each comment, without the colon and lent for the call.
	// The standard has readers skip comments, which is what nil does; but they
	// tell that a stream is alive.
	Comment func(comment []byte)

	begun   bool // the first line, with its byte order mark, is behind
	afterCR bool // the last line ended with CR: a LF that comes next belongs to it
	failed  error

	line        []byte // what there is of an unfinished line
	valid       []byte // a value that had to be made valid UTF-8
	data        []byte // the data buffer: an LF after each line
	eventType   []byte // the event type buffer
	id          []byte // the last event ID buffer
	hasID       bool   // this block has set it
	lastEventID []byte
	lastType    string // the last event's type: most streams have few
	retry       time.Duration
	hasRetry    bool
}

var byteOrderMark = []byte("\ufeff")

// LastEventID returns the last event ID: that of the latest block that has been
// ended, whether it had data or not.
func (p *Parser) LastEventID() string { return string(p.lastEventID) }

// ReconnectionTime returns the reconnection time that the stream has set, and
// whether it has set one. A time beyond the longest [time.Duration] is that.
func (p *Parser) ReconnectionTime() (time.Duration, bool) { return p.retry, p.hasRetry }

// Restart makes the parser ready for the stream of another connection. The last
// event ID becomes the given one, which is [Parser.LastEventID] where nobody
// knows better; the reconnection time lives on; a block that has not been ended
// is discarded.
func (p *Parser) Restart(lastEventID string) {
	p.begun, p.afterCR, p.failed = false, false, nil
	p.line, p.data, p.eventType = p.line[:0], p.data[:0], p.eventType[:0]
	p.lastEventID = append(p.lastEventID[:0], lastEventID...)
	p.id, p.hasID = append(p.id[:0], lastEventID...), false
}

// Parse reads the next piece of the stream and calls dispatch with every event
// that it completes. It returns a [*SizeError], now and from then on, when an
// event is larger than allowed; those before it have been dispatched.
func (p *Parser) Parse(piece []byte, dispatch func(Received)) error {
	if p.failed != nil {
		return p.failed
	}
	if p.afterCR && len(piece) > 0 {
		p.afterCR = false
		piece = bytes.TrimPrefix(piece, []byte{'\n'})
	}
	// Where the next LF and CR are. Each is looked for again only once it is
	// behind: to look for both at every line would take quadratic time on a
	// stream that has only one kind.
	nextLF, nextCR := find(piece, 0, '\n'), find(piece, 0, '\r')
	for at := 0; at < len(piece); {
		end := min(nextLF, nextCR)
		if end == len(piece) {
			return p.keep(piece[at:])
		}
		if err := p.endLine(piece[at:end], dispatch); err != nil {
			return err
		}
		at = end + 1
		if end == nextCR {
			if p.afterCR = at == len(piece); !p.afterCR && at == nextLF {
				at++
			}
			nextCR = find(piece, at, '\r')
		}
		if nextLF < at {
			nextLF = find(piece, at, '\n')
		}
	}
	return nil
}

// find returns the place of the first c in piece from a place on, or the end. The
// empty line of each block needs no search.
func find(piece []byte, from int, c byte) int {
	if from < len(piece) && piece[from] == c {
		return from
	}
	if i := bytes.IndexByte(piece[from:], c); i >= 0 {
		return from + i
	}
	return len(piece)
}

// keep puts the beginning of a line aside until its end comes.
func (p *Parser) keep(part []byte) error {
	if err := p.checkSize(len(part)); err != nil {
		return err
	}
	p.line = append(p.line, part...)
	return nil
}

func (p *Parser) checkSize(more int) error {
	limit := p.MaxEventSize
	if limit <= 0 {
		limit = DefaultMaxEventSize
	}
	if len(p.data)+len(p.line)+more > limit {
		p.failed = &SizeError{Limit: limit}
		p.line, p.data = nil, nil
	}
	return p.failed
}

// endLine interprets a line, of which rest is what has not been kept.
func (p *Parser) endLine(rest []byte, dispatch func(Received)) error {
	if err := p.checkSize(len(rest)); err != nil {
		return err
	}
	line := rest
	if len(p.line) > 0 {
		p.line = append(p.line, rest...)
		line = p.line
		p.line = p.line[:0] // what it holds is read before anything is kept again
	}
	if !p.begun {
		p.begun = true
		line = bytes.TrimPrefix(line, byteOrderMark)
	}
	if len(line) == 0 {
		p.endBlock(dispatch)
		return nil
	}
	// What most lines begin with: there the colon need not be looked for.
	switch {
	case begins(line, "data: "):
		p.data = append(append(p.data, p.toValidUTF8(line[len("data: "):])...), '\n')
		return nil
	case begins(line, "id: "):
		p.setID(p.toValidUTF8(line[len("id: "):]))
		return nil
	case begins(line, "event: "):
		p.eventType = append(p.eventType[:0], p.toValidUTF8(line[len("event: "):])...)
		return nil
	}
	name, value, _ := bytes.Cut(line, []byte{':'})
	if len(name) == 0 {
		if p.Comment != nil {
			p.Comment(p.toValidUTF8(value))
		}
		return nil
	}
	p.field(name, p.toValidUTF8(bytes.TrimPrefix(value, []byte{' '})))
	return nil
}

// begins reports whether a line, which is not empty, begins with some text. Most
// lines differ in the first byte, and to compare strings takes a call.
func begins(line []byte, with string) bool {
	return line[0] == with[0] && len(line) >= len(with) && string(line[:len(with)]) == with
}

// setID takes an ID, unless it holds the byte that none may.
func (p *Parser) setID(value []byte) {
	if bytes.IndexByte(value, 0) < 0 {
		p.id, p.hasID = append(p.id[:0], value...), true
	}
}

// field processes a field (9.2.6). Names are compared as they are: those of the
// standard are ASCII, which no invalid byte becomes.
func (p *Parser) field(name, value []byte) {
	switch string(name) {
	case "data":
		p.data = append(append(p.data, value...), '\n')
	case "event":
		p.eventType = append(p.eventType[:0], value...)
	case "id":
		p.setID(value)
	case "retry":
		p.setRetry(value)
	}
}

// setRetry takes a time in milliseconds of digits only.
func (p *Parser) setRetry(digits []byte) {
	if len(digits) == 0 {
		return
	}
	const most = math.MaxInt64 / time.Millisecond
	var milliseconds time.Duration
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return
		}
		// Clamped at each digit: ten times most does not overflow.
		milliseconds = min(milliseconds*10+time.Duration(digit-'0'), most)
	}
	p.retry, p.hasRetry = milliseconds*time.Millisecond, true
}

// endBlock is what the standard calls to dispatch the event.
func (p *Parser) endBlock(dispatch func(Received)) {
	if p.hasID {
		p.lastEventID, p.hasID = append(p.lastEventID[:0], p.id...), false
	}
	if len(p.data) > 0 {
		dispatch(Received{
			Type: p.typeName(),
			ID:   p.lastEventID,
			Data: p.data[:len(p.data)-1],
		})
	}
	p.data, p.eventType = p.data[:0], p.eventType[:0]
	if cap(p.data) > keepBuffer {
		p.data = nil
	}
	if cap(p.line) > keepBuffer {
		p.line = nil
	}
	if cap(p.valid) > keepBuffer {
		p.valid = nil
	}
}

// keepBuffer is the largest buffer that is kept from event to event; a larger one
// served one large event.
const keepBuffer = 1 << 20

func (p *Parser) typeName() string {
	if len(p.eventType) == 0 {
		return DefaultType
	}
	if p.lastType != string(p.eventType) {
		p.lastType = string(p.eventType)
	}
	return p.lastType
}

// toValidUTF8 returns text with U+FFFD in the place of what is no UTF-8, as the
// Encoding standard's decoder has it (8.1.1): one for each beginning of a
// sequence that is cut short, and one for each other byte. Where all is valid
// that is text itself; else it is good until the next call.
func (p *Parser) toValidUTF8(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	p.valid = p.valid[:0]
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			size = cutShort(text)
			p.valid = append(p.valid, "\ufffd"...)
		} else {
			p.valid = append(p.valid, text[:size]...)
		}
		text = text[size:]
	}
	return p.valid
}

// cutShort returns how many bytes at the start of text, which is no valid
// sequence, begin one nevertheless; at the least 1.
func cutShort(text []byte) int {
	low, high := byte(0x80), byte(0xbf)
	needed := 0
	switch lead := text[0]; {
	case lead >= 0xc2 && lead <= 0xdf:
		needed = 1
	case lead >= 0xe0 && lead <= 0xef:
		needed = 2
		if lead == 0xe0 {
			low = 0xa0
		} else if lead == 0xed {
			high = 0x9f
		}
	case lead >= 0xf0 && lead <= 0xf4:
		needed = 3
		if lead == 0xf0 {
			low = 0x90
		} else if lead == 0xf4 {
			high = 0x8f
		}
	}
	for n := 1; n <= needed && n < len(text); n++ {
		if text[n] < low || text[n] > high {
			return n
		}
		low, high = 0x80, 0xbf
	}
	return max(1, min(needed, len(text)))
}
