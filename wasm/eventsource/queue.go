package eventsource

import (
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// queue holds the undecoded messages of one subscription, in order and at most
// limit of them and room bytes, and the gaps between them. It is a list of chunks,
// so that growing never copies what it holds: to move a hundred thousand messages
// would hold up the event loop.
type queue struct {
	limit    int
	room     int // in bytes, as those are counted; one message alone may take more
	overflow Overflow
	key      func(eventstream.Message) string

	head, tail *chunk
	spare      *chunk            // one that is used up, for the next that is needed
	count      int               // messages
	bytes      int               // of their data and IDs
	holes      int               // slots whose message has been replaced
	latest     map[string]*keyed // for KeepLatest: the keys that have a message
	popped     string            // for KeepLatest: the key of the last one that has left
	passed     uint64            // messages and holes that have left
	gaps       []queuedGap       // apart, as no policy may drop one
	gapBytes   int               // of those
	reuses     bool              // whether batches are wanted back
	over       []*batch          // those whose last message has left, if so

	seen   uint64 // the batch of the last message that came by itself, by its number
	pinned int    // what batches of such messages hold, since there was last a look at it
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
	size := m.size()
	switch q.overflow {
	case End:
		if !q.fits(1, size) {
			return 0, false
		}
	case DropOldest, KeepLatest:
		for ; !q.fits(1, size); dropped++ {
			q.drop()
		}
	case Block: // the transport waits after its batch
	}
	q.add(added)
	if q.overflow != KeepLatest {
		q.notePinned(m.batch)
	}
	return dropped, true
}

// fits reports whether count more messages of so many bytes in all have room. One
// that is larger than that has it while no other message waits: each policy would
// else refuse it for good, however quick the loop is.
func (q *queue) fits(count, bytes int) bool {
	return q.count+count <= q.limit && (q.bytes+bytes <= q.room || q.count == 0 && count == 1)
}

// full reports whether nothing more is to be read for now.
func (q *queue) full() bool { return q.size() >= q.limit || q.bytes+q.gapBytes >= q.room }

// takesAll reports whether the messages of a batch can be added as what they came
// as: all have room, or make it, and none is looked at.
func (q *queue) takesAll(b *batch) bool {
	switch q.overflow {
	case KeepLatest:
		return false
	case End:
		return q.fits(len(b.places), b.bytes())
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
	q.bytes += messages.batch.bytes()
	if q.overflow == DropOldest {
		for ; q.count > q.limit || q.bytes > q.room && q.count > 1; dropped++ {
			q.drop()
		}
	}
	return dropped
}

// pushGap adds a gap, which takes no message's room. It returns false where there
// are too many, which [Block] has whoever delivers wait for.
func (q *queue) pushGap(m message) (ok bool) {
	size := m.gapSize()
	if q.overflow != Block && (len(q.gaps) >= maxGaps || len(q.gaps) > 0 && q.gapBytes+size > q.room) {
		return false
	}
	q.gapBytes += size
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
	q.bytes += added.size()
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
// That has its own ID, which the key may be a part of, and data: a message that
// waits for its key alone would otherwise keep its whole batch.
func (q *queue) replace(m message) (added slot, replaced int) {
	m.detach()
	key := q.key(eventstream.Message{Type: m.eventType, ID: m.id, Data: m.data})
	if q.latest == nil {
		q.latest = make(map[string]*keyed)
	}
	k := q.latest[key]
	if k == nil {
		k = &keyed{key: key}
		q.latest[key] = k
		return slot{message: m, keyed: k}, 0
	}
	q.bytes -= k.at.size()
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
		q.bytes -= into[count].size()
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
			q.bytes -= m.size()
			if oldest.keyed != nil {
				q.popped = oldest.keyed.key
				delete(q.latest, q.popped)
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
	q.gapBytes -= m.gapSize()
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

// oldest returns the oldest message or gap that waits.
func (q *queue) oldest() pending {
	place := q.passed
	for c := q.head; c != nil; c = c.next {
		for i := c.from; i < c.end; i++ {
			s := &c.slots[i]
			switch {
			case len(q.gaps) > 0 && q.gaps[0].at <= place:
				return q.gaps[0].pending()
			case s.rest != nil:
				return s.rest.pending()
			case s.batch != nil:
				return s.message.pending()
			}
			place++
		}
	}
	if len(q.gaps) > 0 {
		return q.gaps[0].pending()
	}
	return pending{}
}

const (
	// lookPinned is how much batches hold together before there is a look at what
	// of that is the queue's.
	lookPinned = 1 << 20
	// detached is about what a message takes by itself, beside its data and ID.
	detached = 256
)

// maxPinned returns how much memory of batches the queue may hold: twice what its
// messages would take by themselves.
func (q *queue) maxPinned() int { return 2 * (q.bytes + q.count*detached) }

// notePinned sees to it that single messages do not hold the memory of many batches,
// of which the other messages went elsewhere. It is called after one is added.
func (q *queue) notePinned(b *batch) {
	if q.seen == b.first && q.pinned > 0 {
		return
	}
	if q.count == 1 {
		q.pinned = 0
	}
	q.seen = b.first
	q.pinned += b.holds()
	if q.pinned >= lookPinned+q.maxPinned() {
		q.detach()
		q.pinned = 0
	}
}

// detach releases the batches of the single messages, if these hold much more
// than the messages are. To look at all takes a while, and comes once for a megabyte.
func (q *queue) detach() {
	held, last := 0, (*batch)(nil)
	each := func(look func(*slot)) {
		for c := q.head; c != nil; c = c.next {
			for i := c.from; i < c.end; i++ {
				if s := &c.slots[i]; s.batch != nil {
					look(s)
				}
			}
		}
	}
	each(func(s *slot) {
		if s.batch != last {
			last = s.batch
			held += last.holds()
		}
	})
	if held > q.maxPinned() {
		each(func(s *slot) {
			if s.batch.holds() > 0 {
				s.message.detach()
			}
		})
	}
}

// clear drops every message and the memory for them.
func (q *queue) clear() {
	q.head, q.tail, q.spare, q.latest, q.gaps, q.over = nil, nil, nil, nil, nil, nil
	q.popped = ""
	q.count, q.bytes, q.holes, q.gapBytes, q.pinned = 0, 0, 0, 0, 0
}
