package eventsource

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"
	"unsafe"
)

// message is one undecoded message. Its data is a part of its batch's buffer.
type message struct {
	batch     *batch
	eventType string
	id        string
	data      []byte
	at        int // its place in the batch
}

// size returns what the message takes in a queue, in bytes.
func (m *message) size() int { return len(m.data) + len(m.id) }

// gapSize returns what a gap takes in a queue, in bytes.
func (m *message) gapSize() int {
	if gap := m.batch.gap; gap != nil {
		return m.size() + len(gap.From) + len(gap.To) + len(gap.Reason)
	}
	return m.size()
}

// detach gives the message a batch for itself, with its own copies of ID and data.
func (m *message) detach() {
	own := &batch{first: m.seq(), origin: m.batch.origin, arrived: m.batch.arrived}
	if m.batch.tracked {
		own.tracked, own.before = true, strings.Clone(m.before())
	}
	m.id, m.data = strings.Clone(m.id), bytes.Clone(m.data)
	m.batch, m.at = own, 0
}

// seq returns the message's sequence number.
func (m *message) seq() uint64 { return m.batch.first + uint64(m.at) }

// before returns the stream's last event ID before the message, if its batch is
// tracked.
func (m *message) before() string { return m.batch.idBefore(m.at) }

// batch is a run of messages that arrived together.
type batch struct {
	// first is the sequence number of the first message: the transport
	// numbers everything it delivers, so that a subscription can tell what
	// came before it.
	first   uint64
	types   []string // those of all messages; shorter where the last one goes on
	places  []place  // of each message
	ids     string   // each ended by separator; empty with Options.NoIDs
	lastID  string   // the last message's
	data    []byte
	size    int       // of the data of all
	gap     *GapError // what its only message says is missing; nil for a message of its type
	origin  string
	arrived time.Time
	tracked bool   // before is set, for a Store
	before  string // the stream's last event ID before the first message
	hideIDs bool   // the messages are to have none, although ids has them
}

// idBefore returns the stream's last event ID before a message.
func (b *batch) idBefore(at int) string {
	switch at {
	case 0:
		return b.before
	case 1:
		return b.ids[:b.places[0].idEnd]
	}
	return b.ids[b.places[at-2].idEnd+1 : b.places[at-1].idEnd]
}

// bytes returns what the messages take in a queue, as their sizes.
func (b *batch) bytes() int {
	if b.ids == "" || b.hideIDs {
		return b.size
	}
	return b.size + len(b.ids) - len(b.places)
}

// holds returns how many bytes of memory a message keeps that keeps its batch.
func (b *batch) holds() int {
	return cap(b.data) + len(b.ids) + cap(b.places)*int(unsafe.Sizeof(place{}))
}

// place is where a message's ID ends in the batch's ids, and where its data stand.
// To look for them when it is their turn would take a search for each.
type place struct{ idEnd, data, dataEnd int }

// separator ends each ID of a batch, and parts the fields that come from package
// jsbridge; no ID and no data of a stream can hold it, as it ends a line there
// (HTML standard, 9.2.6).
const separator = '\r'

// errFields is what becomes of a Source to which a script in the page has dispatched
// an event that no stream can carry: all that follow would be shifted.
var errFields = errors.New("an event holds a carriage return, which no event stream can carry")

// setFields sets the IDs, where there are any, and the data of count messages from
// the fields of all: first the IDs and then the data, each but the last ended by
// separator. It keeps them. It returns errFields where there are more or fewer.
func (b *batch) setFields(fields []byte, count int, withIDs bool) error {
	b.data, b.places = fields, slices.Grow(b.places[:0], count)[:count]
	at := 0
	if withIDs {
		for i := range b.places {
			length := bytes.IndexByte(fields[at:], separator)
			if length < 0 {
				return errFields
			}
			b.places[i].idEnd = at + length
			at += length + 1
		}
		b.takeIDs(fields[:at], false)
	}
	b.size = len(fields) - at - (count - 1)
	for i := range b.places {
		length := bytes.IndexByte(fields[at:], separator)
		if last := i == count-1; last != (length < 0) {
			return errFields
		} else if last {
			length = len(fields) - at
		}
		b.places[i].data, b.places[i].dataEnd = at, at+length
		at += length + 1
	}
	return nil
}

// takeIDs takes IDs over, each ended by separator: all of them, or the last only.
func (b *batch) takeIDs(ids []byte, lastOnly bool) {
	ended := len(ids) - 1
	last := bytes.LastIndexByte(ids[:ended], separator) + 1
	if lastOnly {
		b.lastID = string(ids[last:ended])
		return
	}
	b.ids = string(ids)
	b.lastID = b.ids[last:ended]
}

// batchReader goes through the messages of a batch in order.
type batchReader struct {
	batch     *batch
	at        int
	idStart   int
	eventType string
}

func (b *batch) reader() batchReader { return batchReader{batch: b} }

// left returns how many messages are to be read.
func (r *batchReader) left() int { return len(r.batch.places) - r.at }

// next reads the next message, or returns false after the last. The sequence
// number of what it reads is first+at-1.
func (r *batchReader) next(m *message) bool {
	b := r.batch
	if r.at >= len(b.places) {
		return false
	}
	if r.at < len(b.types) {
		r.eventType = b.types[r.at]
	}
	at := &b.places[r.at]
	r.at++
	m.batch, m.eventType, m.at = b, r.eventType, r.at-1
	if b.ids != "" && !b.hideIDs {
		m.id, r.idStart = b.ids[r.idStart:at.idEnd], at.idEnd+1
	}
	m.data = b.data[at.data:at.dataEnd:at.dataEnd]
	return true
}
