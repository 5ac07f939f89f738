package eventsource

import "sync"

// reuse has the batches of a Source whose messages have all been decoded, for those
// that come next: in a burst that spares the collector most of its work. Only those
// come here of which nothing can have been kept: that went to one subscription, as a
// whole, whose codec is of package codec.
type reuse struct {
	mu   sync.Mutex
	free []*batch
	room int // for data, in those
}

const (
	// maxReuse is how much room the batches that are kept have, in bytes: for what
	// may wait in a queue (see maxAhead) and twice as much again, as there is more in
	// a stream than data, and a slice of the browser's events may be larger.
	maxReuse = 3 * maxAhead
	// minReuse is the least size of data to keep a batch for, and what the room is a
	// multiple of, so that it is enough for the next ones too.
	minReuse = 16 << 10
)

// take returns an empty batch with room for data of a size. That is not to be a
// guess: the batch may wait in a queue for long.
func (r *reuse) take(size int) *batch {
	if size < minReuse {
		return new(batch)
	}
	b := r.last()
	if cap(b.data) < size {
		b.data = make([]byte, 0, (size+minReuse-1)/minReuse*minReuse)
	}
	return b
}

// last returns the batch that was put last, or else a new one without room.
func (r *reuse) last() *batch {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.free) - 1
	if last < 0 {
		return new(batch)
	}
	b := r.free[last]
	r.free[last] = nil
	r.free = r.free[:last]
	r.room -= cap(b.data)
	return b
}

// put gives a batch back of which nothing is needed any more.
func (r *reuse) put(b *batch) {
	if overwrite {
		for i := range b.data {
			b.data[i] = '!'
		}
		clear(b.places)
	}
	*b = batch{data: b.data[:0], places: b.places[:0]}
	r.mu.Lock()
	defer r.mu.Unlock()
	if size := cap(b.data); size >= minReuse && r.room+size <= maxReuse {
		r.free = append(r.free, b)
		r.room += size
	}
}

// overwrite makes data that somebody has kept unlike what it was. The tests set it.
var overwrite = false
