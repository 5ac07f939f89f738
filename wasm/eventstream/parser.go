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
	// At is where in the piece Data stands, or -1 where it does not: where it
	// came in several lines or pieces, or had to be made valid UTF-8. Whoever
	// keeps the piece need not copy what stands in it.
	At int
}

// Parser reads an event stream by the standard's rules (HTML standard, 9.2.5 and
// 9.2.6), in whatever pieces it comes. The zero value is ready for a stream.
//
// Its time is linear in the bytes, however they are cut. It allocates nothing
// for a line: what a piece holds whole is handed on from there, and there are
// buffers for the data and the line that a piece has left unfinished.
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

	line     []byte // what there is of an unfinished line
	valid    []byte // a value that had to be made valid UTF-8
	data     []byte // the data buffer: an LF after each line
	lent     []byte // in its place, the only line so far, in the piece; nil for none
	lentAt   int
	typeName string // the event type buffer
	hasID    bool   // this block has set the last event ID buffer
	idLent   bool   // and that is in the piece

	// The last event ID buffer, and the last event ID. Either is in the piece,
	// until that ends, or in the buffer beside it.
	id, idBuffer         []byte
	lastID, lastIDBuffer []byte
	lastIDLent           bool // the last event ID is in the piece

	lastTypeLine string            // the line that named the last event type, as most servers write it
	typeLines    [typesKept]string // and those before it: most streams have few
	retry        time.Duration
	hasRetry     bool
}

// typesKept is how many event types a parser remembers the names of.
const typesKept = 16

// keepType is the longest of them, in bytes.
const keepType = 1 << 10

var byteOrderMark = []byte("\ufeff")

// LastEventID returns the last event ID: that of the latest block that has been
// ended, whether it had data or not.
func (p *Parser) LastEventID() string { return string(p.lastID) }

// ReconnectionTime returns the reconnection time that the stream has set, and
// whether it has set one. A time beyond the longest [time.Duration] is that.
func (p *Parser) ReconnectionTime() (time.Duration, bool) { return p.retry, p.hasRetry }

// Restart makes the parser ready for the stream of another connection. The last
// event ID becomes the given one, which is [Parser.LastEventID] where nobody
// knows better; the reconnection time lives on; a block that has not been ended
// is discarded.
func (p *Parser) Restart(lastEventID string) {
	p.begun, p.afterCR, p.failed = false, false, nil
	p.line, p.data, p.lent, p.typeName = p.line[:0], p.data[:0], nil, ""
	p.lastIDBuffer = append(p.lastIDBuffer[:0], lastEventID...)
	p.idBuffer, p.hasID = append(p.idBuffer[:0], lastEventID...), false
	p.id, p.lastID = p.idBuffer, p.lastIDBuffer
}

// Parse reads the next piece of the stream and calls dispatch with every event
// that it completes. It returns a [*SizeError], now and from then on, when an
// event is larger than allowed; those before it have been dispatched.
func (p *Parser) Parse(piece []byte, dispatch func(Received)) error {
	if p.failed != nil {
		return p.failed
	}
	skipped := 0
	if p.afterCR && len(piece) > 0 {
		if p.afterCR = false; piece[0] == '\n' {
			skipped = 1
		}
	}
	defer p.own()
	return p.lines(piece, skipped, dispatch)
}

// lines reads the lines of a piece from a place on.
//
// What is so for the whole piece is looked at once: whether it is valid UTF-8, and
// whether it is within the limit. In such a piece a line that begins in it is
// plain, and most are dealt with here; endLine has the others.
func (p *Parser) lines(piece []byte, at int, dispatch func(Received)) error {
	plain := p.fits(len(piece)) && p.validWithin(piece[at:])
	// Where the next LF and CR are. Each is looked for again only once it is
	// behind: to look for both at every line would take quadratic time on a
	// stream that has only one kind.
	nextLF, nextCR := -1, find(piece, at, '\r')
	for inPiece := plain && p.begun && len(p.line) == 0; at < len(piece); inPiece = plain {
		if inPiece && p.isFresh() {
			if received, next := p.usualBlock(piece[:nextCR], at); next > 0 {
				dispatch(received)
				at = next
				continue
			}
		}
		if nextLF < at {
			nextLF = find(piece, at, '\n')
		}
		end := min(nextLF, nextCR)
		if end == len(piece) {
			return p.keep(piece[at:])
		}
		switch line := piece[at:end]; {
		case !inPiece:
			if err := p.endLine(line, dispatch); err != nil {
				return err
			}
			// What had to be made valid UTF-8 takes more than it did.
			plain = plain && p.fits(len(piece)-end)
		case len(line) == 0:
			p.endBlock(dispatch)
		default:
			p.plainLine(line, at)
		}
		at = end + 1
		if end == nextCR {
			if p.afterCR = at == len(piece); !p.afterCR && piece[at] == '\n' {
				at++
			}
			nextCR = find(piece, at, '\r')
		}
	}
	return nil
}

// fits reports whether an event cannot get too large by a piece of some length.
func (p *Parser) fits(length int) bool {
	return len(p.data)+len(p.line)+length <= p.limit()
}

// validWithin reports whether what is in a piece is valid UTF-8, but for what may be
// a character's end at its beginning, and its beginning at the end: they belong to
// lines that are not whole in the piece, and are looked at with those.
func (p *Parser) validWithin(piece []byte) bool {
	if len(p.line) > 0 {
		for i := 0; i < utf8.UTFMax-1 && len(piece) > 0 && !utf8.RuneStart(piece[0]); i++ {
			piece = piece[1:]
		}
	}
	for i := len(piece) - 1; i >= max(0, len(piece)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(piece[i]) {
			if !utf8.FullRune(piece[i:]) {
				piece = piece[:i]
			}
			break
		}
	}
	return utf8.Valid(piece)
}

// own takes what stands in the piece into the buffers: the piece is only lent.
func (p *Parser) own() {
	p.unlend()
	if p.idLent { // else it is there, and may be long where pieces are short
		p.idBuffer = append(p.idBuffer[:0], p.id...)
		p.id, p.idLent = p.idBuffer, false
	}
	if p.lastIDLent {
		p.lastIDBuffer = append(p.lastIDBuffer[:0], p.lastID...)
		p.lastID, p.lastIDLent = p.lastIDBuffer, false
	}
	p.valid = shrunk(p.valid)
	if len(p.line) == 0 {
		p.line = shrunk(p.line)
	}
}

// unlend moves data that stand in the piece to the data buffer.
func (p *Parser) unlend() {
	if p.lent != nil {
		p.data = append(append(p.data[:0], p.lent...), '\n')
		p.lent = nil
	}
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
	if !p.fits(more) {
		p.failed = &SizeError{Limit: p.limit()}
		p.line, p.data = nil, nil
	}
	return p.failed
}

func (p *Parser) limit() int {
	if p.MaxEventSize > 0 {
		return p.MaxEventSize
	}
	return DefaultMaxEventSize
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
	name, value := cut(line)
	p.field(name, p.toValidUTF8(value))
	return nil
}

// plainLine interprets a line of the piece, at a place there, which is not empty.
func (p *Parser) plainLine(line []byte, at int) {
	// What most lines begin with: there the colon need not be looked for.
	switch {
	case begins(line, "data: "):
		value := line[len("data: "):]
		if len(p.data) == 0 && p.lent == nil {
			p.lent, p.lentAt = value, at+len("data: ")
			return
		}
		p.unlend()
		p.data = append(append(p.data, value...), '\n')
	case begins(line, "id: "):
		if value := line[len("id: "):]; isID(value) {
			p.id, p.hasID, p.idLent = value, true, true
		}
	default:
		p.unlend()
		p.field(cut(line))
	}
}

// cut returns the name and the value of a line's field. A comment's name is empty.
func cut(line []byte) (name, value []byte) {
	name, value, _ = bytes.Cut(line, []byte{':'})
	if len(name) > 0 {
		value = bytes.TrimPrefix(value, []byte{' '})
	}
	return name, value
}

// begins reports whether a line, which is not empty, begins with some text. Most
// lines differ in the first byte, and to compare strings takes a call.
func begins(line []byte, with string) bool {
	return line[0] == with[0] && len(line) >= len(with) && string(line[:len(with)]) == with
}

// isID reports whether a value can be an ID: whether it lacks the byte that none
// may hold.
func isID(value []byte) bool { return bytes.IndexByte(value, 0) < 0 }

// field processes a field (9.2.6), or a comment. Names are compared as they are:
// those of the standard are ASCII, which no invalid byte becomes.
func (p *Parser) field(name, value []byte) {
	switch string(name) {
	case "":
		if p.Comment != nil {
			p.Comment(value)
		}
	case "data":
		p.data = append(append(p.data, value...), '\n')
	case "event":
		p.setType(value)
	case "id":
		if isID(value) {
			p.idBuffer = append(p.idBuffer[:0], value...)
			p.id, p.hasID, p.idLent = p.idBuffer, true, false
		}
	case "retry":
		p.setRetry(value)
	}
}

// setType takes an event type, without an allocation if it is one of the last.
func (p *Parser) setType(value []byte) {
	if p.typeName = ""; len(value) == 0 {
		return
	}
	if len(value) > keepType {
		p.typeName = string(value)
		return
	}
	line := p.kept(value)
	if *line == "" || typeIn(*line) != string(value) {
		*line = "event: " + string(value) + "\n"
	}
	p.lastTypeLine = *line
	p.typeName = typeIn(*line)
}

// kept returns where the line of an event type, which is not empty, is kept if it is.
func (p *Parser) kept(name []byte) *string {
	return &p.typeLines[(len(name)+int(name[0])+int(name[len(name)-1]))%typesKept]
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
		p.endID()
	}
	if p.lent != nil || len(p.data) > 0 {
		received := Received{Type: p.typeName, ID: p.lastID, Data: p.lent, At: p.lentAt}
		if p.lent == nil {
			received.Data, received.At = p.data[:len(p.data)-1], -1
		}
		if received.Type == "" {
			received.Type = DefaultType
		}
		p.lent = nil
		dispatch(received)
		p.data = shrunk(p.data)
	}
	p.typeName = ""
}

// endID makes the last event ID of the block's.
func (p *Parser) endID() {
	p.lastID, p.lastIDLent, p.hasID = p.id, p.idLent, false
	if !p.idLent { // the next one may be written to the same buffer
		p.lastIDBuffer = append(p.lastIDBuffer[:0], p.id...)
		p.lastID = p.lastIDBuffer
	}
}

// keepBuffer is the largest buffer that is kept from event to event; a larger one
// served one large event.
const keepBuffer = 1 << 20

// shrunk returns a buffer emptied, and nothing in the place of too large a one.
func shrunk(buffer []byte) []byte {
	if cap(buffer) > keepBuffer {
		return nil
	}
	return buffer[:0]
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
