package eventsource

import (
	"bytes"

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
	count      int              // messages
	gaps       int              // slots whose message has been replaced
	latest     map[string]*slot // for KeepLatest: each key's message
}

type chunk struct {
	slots     [chunkSize]slot
	from, end int // the slots in use
	next      *chunk
}

const chunkSize = 256

// slot is a place in the queue; its message has no batch where it has been
// replaced.
type slot struct {
	message
	key string
}

// push adds a message and returns how many others it displaced. It returns
// false where there is no room and the overflow policy does not make any.
func (q *queue) push(m message) (dropped int, ok bool) {
	added := slot{message: m}
	if q.overflow == KeepLatest {
		added, dropped = q.replace(m)
	}
	if q.count == q.limit {
		if q.overflow == End {
			return 0, false
		}
		q.pop()
		dropped++
	}
	q.add(added)
	return dropped, true
}

func (q *queue) add(added slot) {
	if q.tail == nil || q.tail.end == chunkSize {
		q.grow()
	}
	place := &q.tail.slots[q.tail.end]
	*place = added
	q.tail.end++
	q.count++
	if q.overflow == KeepLatest {
		q.latest[added.key] = place
	}
}

func (q *queue) grow() {
	c := new(chunk)
	if q.tail == nil {
		q.head = c
	} else {
		q.tail.next = c
	}
	q.tail = c
}

// replace takes the queued message of m's key out, and returns the slot for m.
// That has a copy of the data: a message that waits for its key alone would
// otherwise keep its whole batch.
func (q *queue) replace(m message) (added slot, replaced int) {
	key := q.key(eventstream.Message{Type: m.eventType, ID: m.id, Data: m.data})
	m.data = bytes.Clone(m.data)
	m.batch = &batch{origin: m.batch.origin, arrived: m.batch.arrived}
	if q.latest == nil {
		q.latest = make(map[string]*slot)
	}
	if old := q.latest[key]; old != nil {
		*old = slot{}
		q.count--
		q.gaps++
		replaced = 1
	}
	if q.gaps > q.count+chunkSize {
		q.closeGaps()
	}
	return slot{message: m, key: key}, replaced
}

// closeGaps moves the messages together. It is done after as many replacements
// as there are messages, so its cost for each stays the same.
func (q *queue) closeGaps() {
	full := *q
	q.clear()
	q.latest = make(map[string]*slot, full.count)
	for c := full.head; c != nil; c = c.next {
		for _, s := range c.slots[c.from:c.end] {
			if s.batch != nil {
				q.add(s)
			}
		}
	}
}

// pop takes the oldest message out.
func (q *queue) pop() (message, bool) {
	for q.head != nil {
		c := q.head
		if c.from == c.end {
			if c.next == nil {
				c.from, c.end = 0, 0 // kept: most queues hold a message or none
				return message{}, false
			}
			q.head = c.next
			continue
		}
		oldest := c.slots[c.from]
		c.slots[c.from] = slot{} // lets go of the batch
		c.from++
		if oldest.batch == nil {
			q.gaps--
			continue
		}
		q.count--
		if q.overflow == KeepLatest {
			delete(q.latest, oldest.key)
		}
		return oldest.message, true
	}
	return message{}, false
}

// clear drops every message and the memory for them.
func (q *queue) clear() {
	q.head, q.tail, q.count, q.gaps, q.latest = nil, nil, 0, 0, nil
}
