package eventsource

import (
	"bytes"
	"strings"
	"time"
)

// message is one undecoded message. Its data is a part of its batch's buffer.
type message struct {
	batch     *batch
	eventType string
	id        string
	data      []byte
}

// batch is a run of messages that arrived together.
type batch struct {
	// first is the sequence number of the first message: the transport
	// numbers everything it delivers, so that a subscription can tell what
	// came before it.
	first   uint64
	types   []string // those of all messages; shorter where the last one goes on
	count   int
	ids     string    // each ended by separator
	data    []byte    // of each message, parted by separator
	gap     *GapError // what its only message says is missing; nil for a message of its type
	origin  string
	arrived time.Time
}

// separator parts the fields of a batch; no ID and no data of a stream can
// hold it, as it ends a line there (HTML standard, 9.2.6).
const separator = '\r'

// batchReader goes through the messages of a batch in order.
type batchReader struct {
	batch     *batch
	at        int
	eventType string
	ids       string // one string, of which each message's is a part
	data      []byte
}

func (b *batch) reader() batchReader { return batchReader{batch: b, ids: b.ids, data: b.data} }

// setFields sets the IDs and the data from the fields of all: first the IDs and
// then the data, each but the last ended by separator. It keeps them.
func (b *batch) setFields(fields []byte) {
	b.data = fields
	for range b.count {
		b.data = b.data[bytes.IndexByte(b.data, separator)+1:]
	}
	b.ids = string(fields[:len(fields)-len(b.data)])
}

// left returns how many messages are to be read.
func (r *batchReader) left() int { return r.batch.count - r.at }

// size returns what the data of the messages that are to be read takes.
func (r *batchReader) size() int { return len(r.data) - max(r.left()-1, 0) }

// lastID returns the last message's ID. There must be messages to be read.
func (r *batchReader) lastID() string {
	ids := strings.TrimSuffix(r.ids, string(separator))
	return ids[strings.LastIndexByte(ids, separator)+1:]
}

// next reads the next message, or returns false after the last. The sequence
// number of what it reads is first+at-1.
func (r *batchReader) next(m *message) bool {
	if r.at == r.batch.count {
		return false
	}
	if r.at < len(r.batch.types) {
		r.eventType = r.batch.types[r.at]
	}
	r.at++
	m.batch, m.eventType = r.batch, r.eventType
	end := strings.IndexByte(r.ids, separator)
	m.id, r.ids = r.ids[:end], r.ids[end+1:]
	if end = bytes.IndexByte(r.data, separator); end < 0 {
		m.data, r.data = r.data, nil
	} else {
		m.data, r.data = r.data[:end:end], r.data[end+1:]
	}
	return true
}
