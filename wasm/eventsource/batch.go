package eventsource

import (
	"bytes"
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
	types   []string
	fields  []byte // the IDs and then the data of all, each but the last ended by separator
	origin  string
	arrived time.Time
}

// separator parts the fields of a batch; no ID and no data of a stream can
// hold it, as it ends a line there (HTML standard, 9.2.6).
const separator = '\r'

// each calls fn with every message in order. It makes one string of all IDs,
// of which each message's is a part.
func (b *batch) each(fn func(seq uint64, m message)) {
	data := b.fields
	for range b.types {
		data = data[bytes.IndexByte(data, separator)+1:]
	}
	ids := string(b.fields[:len(b.fields)-len(data)])
	for i, eventType := range b.types {
		m := message{batch: b, eventType: eventType}
		m.id, ids = cutString(ids)
		m.data, data = cutBytes(data)
		fn(b.first+uint64(i), m)
	}
}

func cutString(s string) (field, rest string) {
	for i := range len(s) {
		if s[i] == separator {
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func cutBytes(b []byte) (field, rest []byte) {
	end := bytes.IndexByte(b, separator)
	if end < 0 {
		return b, nil
	}
	return b[:end:end], b[end+1:]
}
