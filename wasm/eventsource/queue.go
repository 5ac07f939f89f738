package eventsource

import (
	"bytes"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// queue holds the undecoded messages of one subscription, in order and at most
// limit of them. It is a list of chunks, so that growing never copies what it
// holds: to move a hundred thousand messages would hold up the event loop.
type queue struct {
	limit    int
	overflow Overflow
	key      func(eventstream.Message) string

	head, tail *chunk
	spare      *chunk            // one that is used up, for the next that is needed
	count      int               // messages
	gaps       int               // slots whose message has been replaced
	latest     map[string]*keyed // for KeepLatest: the keys that have a message
}

type chunk struct {
	slots     [chunkSize]slot
	from, end int // the slots in use
	next      *chunk
}

const chunkSize = 256

// slot is a place in the queue, for a message or for what is left of a batch. A
// message that has been replaced has no batch.
type slot struct {
	message
	keyed *keyed       // nil but for KeepLatest
	rest  *batchReader // has messages; nil for a message
}

// keyed is a key and where its message is. It moves with the message, so that
// moving needs no look into the map.
type keyed struct {
	key string
	at  *slot
}

// push adds a message and returns how many others it displaced. It returns
// false where there is no room and the overflow policy does not make any.
func (q *queue) push(m message) (dropped int, ok bool) {
	added := slot{message: m}
	if q.overflow == KeepLatest {
		added, dropped = q.replace(m)
	}
	if q.count >= q.limit {
		switch q.overflow {
		case End:
			return 0, false
		case DropOldest, KeepLatest:
			q.pop(new(message))
			dropped++
		case Block: // whoever delivers waits after its batch
		}
	}
	q.add(added)
	return dropped, true
}

// takesAll reports whether count messages can be added as what they came as: all
// have room, or make it, and none is looked at.
func (q *queue) takesAll(count int) bool {
	switch q.overflow {
	case KeepLatest:
		return false
	case End:
		return q.count+count <= q.limit
	default:
		return true
	}
}

// pushAll adds the messages of a batch where takesAll, and returns how many others
// they displaced.
func (q *queue) pushAll(messages batchReader) (dropped int) {
	if messages.left() == 0 {
		return 0
	}
	q.add(slot{rest: &messages})
	q.count += messages.left() - 1
	if q.overflow == DropOldest {
		for ; q.count > q.limit; dropped++ {
			q.pop(new(message))
		}
	}
	return dropped
}

func (q *queue) add(added slot) {
	if q.tail == nil || q.tail.end == chunkSize {
		q.grow()
	}
	place := &q.tail.slots[q.tail.end]
	*place = added
	q.tail.end++
	q.count++
	if added.keyed != nil {
		added.keyed.at = place
	}
}

func (q *queue) grow() {
	c := q.spare
	if q.spare = nil; c == nil {
		c = new(chunk)
	}
	if q.tail == nil {
		q.head = c
	} else {
		q.tail.next = c
	}
	q.tail = c
}

// replace takes the queued message of m's key out, and returns the slot for m.
// That has copies of its ID, which the key may be a part of, and data: a message
// that waits for its key alone would otherwise keep its whole batch.
func (q *queue) replace(m message) (added slot, replaced int) {
	m.id, m.data = strings.Clone(m.id), bytes.Clone(m.data)
	key := q.key(eventstream.Message{Type: m.eventType, ID: m.id, Data: m.data})
	m.batch = &batch{origin: m.batch.origin, arrived: m.batch.arrived}
	if q.latest == nil {
		q.latest = make(map[string]*keyed)
	}
	k := q.latest[key]
	if k == nil {
		k = &keyed{key: key}
		q.latest[key] = k
		return slot{message: m, keyed: k}, 0
	}
	*k.at = slot{}
	q.count--
	q.gaps++
	if q.gaps > q.count+chunkSize {
		q.closeGaps()
	}
	return slot{message: m, keyed: k}, 1
}

// closeGaps moves the messages together. It is done after as many replacements
// as there are messages, so its cost for each stays the same.
func (q *queue) closeGaps() {
	full := q.head
	q.head, q.tail, q.count, q.gaps = nil, nil, 0, 0
	for c := full; c != nil; c = c.next {
		for _, s := range c.slots[c.from:c.end] {
			if s.batch != nil {
				q.add(s)
			}
		}
	}
}

// pop takes the oldest message out, into m, or returns false where there is none.
func (q *queue) pop(m *message) bool {
	for q.head != nil {
		c := q.head
		if c.from == c.end {
			if c.next == nil {
				c.from, c.end = 0, 0 // kept: most queues hold a message or none
				return false
			}
			q.head = c.next
			c.from, c.end, c.next = 0, 0, nil // its slots are empty
			q.spare = c
			continue
		}
		oldest := &c.slots[c.from]
		taken := oldest.take(m)
		if taken {
			q.count--
			if oldest.keyed != nil {
				delete(q.latest, oldest.keyed.key)
			}
		} else {
			q.gaps--
		}
		if oldest.rest == nil || oldest.rest.left() == 0 {
			*oldest = slot{} // lets go of the batch
			c.from++
		}
		if taken {
			return true
		}
	}
	return false
}

// take reads the slot's message, or the next of its batch, and returns false where
// it was replaced.
func (s *slot) take(m *message) bool {
	if s.rest != nil {
		return s.rest.next(m)
	}
	*m = s.message
	return m.batch != nil
}

// clear drops every message and the memory for them.
func (q *queue) clear() {
	q.head, q.tail, q.spare, q.count, q.gaps, q.latest = nil, nil, nil, 0, 0, nil
}
