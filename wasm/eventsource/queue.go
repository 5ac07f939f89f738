package eventsource

import (
	"bytes"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// queue holds the undecoded messages of one subscription, in order and at most
// limit of them, and the gaps between them. It is a list of chunks, so that
// growing never copies what it holds: to move a hundred thousand messages would
// hold up the event loop.
type queue struct {
	limit    int
	overflow Overflow
	key      func(eventstream.Message) string

	head, tail *chunk
	spare      *chunk            // one that is used up, for the next that is needed
	count      int               // messages
	bytes      int               // of their data
	holes      int               // slots whose message has been replaced
	latest     map[string]*keyed // for KeepLatest: the keys that have a message
	passed     uint64            // messages and holes that have left
	gaps       []queuedGap       // apart, as no policy may drop one
	reuses     bool              // whether batches are wanted back
	over       []*batch          // those whose last message has left, if so
}

type chunk struct {
	slots     [chunkSize]slot
	from, end int // the slots in use
	next      *chunk
}

const chunkSize = 256

// queuedGap is a gap and its place.
type queuedGap struct {
	message
	at uint64 // the gap is next once passed has come to it
}

// maxGaps is how many gaps a queue holds, beside its messages.
const maxGaps = 1024

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
			q.drop()
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
	q.bytes += messages.batch.size
	if q.overflow == DropOldest {
		for ; q.count > q.limit; dropped++ {
			q.drop()
		}
	}
	return dropped
}

// pushGap adds a gap, which takes no message's room. It returns false where there
// are too many, which [Block] has whoever delivers wait for.
func (q *queue) pushGap(m message) (ok bool) {
	if len(q.gaps) >= maxGaps && q.overflow != Block {
		return false
	}
	q.gaps = append(q.gaps, queuedGap{m, q.passed + uint64(q.count+q.holes)})
	return true
}

// size returns how many messages and gaps there are.
func (q *queue) size() int { return q.count + len(q.gaps) }

func (q *queue) add(added slot) {
	if q.tail == nil || q.tail.end == chunkSize {
		q.grow()
	}
	place := &q.tail.slots[q.tail.end]
	*place = added
	q.tail.end++
	q.count++
	q.bytes += len(added.data)
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
	q.bytes -= len(k.at.data)
	*k.at = slot{}
	q.count--
	q.holes++
	if q.holes > q.count+chunkSize {
		q.closeHoles()
	}
	return slot{message: m, keyed: k}, 1
}

// closeHoles moves the messages together. It is done after as many replacements
// as there are messages, so its cost for each stays the same.
func (q *queue) closeHoles() {
	full := q.head
	q.head, q.tail, q.count, q.bytes, q.holes = nil, nil, 0, 0, 0
	gaps, place := q.gaps, q.passed // those that are to be moved, and where the walk is
	for c := full; c != nil; c = c.next {
		for _, s := range c.slots[c.from:c.end] {
			gaps = q.moveGaps(gaps, place)
			place++
			if s.batch != nil {
				q.add(s)
			}
		}
	}
	q.moveGaps(gaps, place)
}

// moveGaps puts the gaps of a place behind the messages that the queue has. It
// returns those of later places.
func (q *queue) moveGaps(gaps []queuedGap, place uint64) (later []queuedGap) {
	for len(gaps) > 0 && gaps[0].at <= place {
		gaps[0].at = q.passed + uint64(q.count)
		gaps = gaps[1:]
	}
	return gaps
}

// popInto takes the oldest messages and gaps out, as many as there is room for, and
// returns how many.
func (q *queue) popInto(into []message) (count int) {
	for count < len(into) {
		if taken := q.popBatch(into[count:]); taken > 0 {
			count += taken
		} else if q.pop(&into[count]) {
			count++
		} else {
			break
		}
	}
	return count
}

// popBatch takes messages of a batch out where what is left of one is the oldest and
// no gap waits, without a look at all that for each. It returns how many.
func (q *queue) popBatch(into []message) (count int) {
	c := q.head
	if len(q.gaps) > 0 || c == nil || c.from == c.end || c.slots[c.from].rest == nil {
		return 0
	}
	oldest := &c.slots[c.from]
	for count < len(into) && oldest.rest.next(&into[count]) {
		q.bytes -= len(into[count].data)
		count++
	}
	q.passed += uint64(count)
	q.count -= count
	q.leave(c)
	return count
}

// leave lets go of the oldest slot where nothing of it is left. C is the first chunk.
func (q *queue) leave(c *chunk) {
	oldest := &c.slots[c.from]
	if oldest.rest != nil {
		if oldest.rest.left() > 0 {
			return
		}
		if q.reuses {
			q.over = append(q.over, oldest.rest.batch)
		}
	}
	*oldest = slot{} // lets go of the batch
	c.from++
}

// pop takes the oldest message or gap out, into m, or returns false where there is
// none.
func (q *queue) pop(m *message) bool {
	for {
		if len(q.gaps) > 0 && q.gaps[0].at <= q.passed {
			q.popGap(m)
			return true
		}
		if q.head == nil {
			return false
		}
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
		q.passed++
		if taken {
			q.count--
			q.bytes -= len(m.data)
			if oldest.keyed != nil {
				delete(q.latest, oldest.keyed.key)
			}
		} else {
			q.holes--
		}
		q.leave(c)
		if taken {
			return true
		}
	}
}

// popGap takes the oldest gap out.
func (q *queue) popGap(m *message) {
	*m = q.gaps[0].message
	q.gaps[0] = queuedGap{} // lets go of it
	if q.gaps = q.gaps[1:]; len(q.gaps) == 0 {
		q.gaps = nil
	}
}

// drop takes the oldest message out and leaves every gap. There must be a
// message. A batch that ends with it is left to the collector: the loop may have
// its earlier messages, and may not come back to give the batch to be used again.
func (q *queue) drop() {
	gaps, reuses := q.gaps, q.reuses
	q.gaps, q.reuses = nil, false
	q.pop(new(message))
	q.gaps, q.reuses = gaps, reuses
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
	q.head, q.tail, q.spare, q.latest, q.gaps, q.over = nil, nil, nil, nil, nil, nil
	q.count, q.bytes, q.holes = 0, 0, 0
}
