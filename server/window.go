package server

import (
	"slices"
	"sync"
)

// window is the newest part of a log in memory, bounded in number and in bytes.
// Its readers are numbers, that of the next message each wants: the window
// waits for none of them, and knows those only that wait for it.
type window struct {
	log        string // what the IDs begin with
	maxRecords int
	maxBytes   int64

	mu       sync.Mutex
	segments []*segment // oldest first, each with a message that counts
	dropped  int        // messages of the first segment that no longer count
	count    int        // messages held
	bytes    int64      // their size
	oldest   uint64     // from here on the window has all that the log had
	next     uint64     // number of the next message, as far as is known
	seen     uint64     // messages that have been put here
	kinds    kinds
	waiting  []*reader // for the next message
	closed   bool

	// What has been published with a message ID and is still held.
	numbers    map[string]uint64
	identified []identified
}

type identified struct {
	number    uint64
	messageID string
}

// Sizes of segments: the first one is small, for feeds that say little.
const (
	smallSegment = 4 << 10
	largeSegment = 64 << 10
)

func newWindow(log string, next uint64, records int, bytes int64) *window {
	return &window{
		log: log, maxRecords: records, maxBytes: bytes,
		oldest: next, next: next,
		kinds: make(kinds), numbers: make(map[string]uint64),
	}
}

// publish gives records their numbers and puts them at the end: what a feed does
// that has no log but this one. A record with a message ID that is held already
// gets that one's number instead.
func (w *window) publish(records []Record) (numbers []uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, ErrClosed
	}
	numbers = make([]uint64, len(records))
	for i := range records {
		numbers[i] = w.publishOne(&records[i])
	}
	w.wake()
	return numbers, nil
}

func (w *window) publishOne(r *Record) uint64 {
	if r.MessageID != "" {
		if number, doubled := w.numbers[r.MessageID]; doubled {
			return number
		}
		w.numbers[r.MessageID] = w.next
		w.identified = append(w.identified, identified{w.next, r.MessageID})
	}
	r.Number = w.next
	w.add(r)
	return r.Number
}

// take puts a record at the end that has its number from a [Log]. One that is
// here already does nothing.
func (w *window) take(r Record) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.Number < w.next {
		return
	}
	w.add(&r)
	w.wake()
}

// add appends a record and drops from the other end what the bounds no longer
// allow; the newest is held whatever its size. The mutex is held.
func (w *window) add(r *Record) {
	size := blockSize(w.log, r)
	for w.count > 0 && (w.count >= w.maxRecords || w.bytes+int64(size) > w.maxBytes) {
		w.drop()
	}
	w.room(size).add(w.log, r, w.kinds.of(r))
	w.next = r.Number + 1
	w.seen++
	w.count++
	w.bytes += int64(size)
}

// room returns a segment with that much room left.
func (w *window) room(size int) *segment {
	larger := smallSegment
	if n := len(w.segments); n > 0 {
		last := w.segments[n-1]
		if last.fits(size) {
			return last
		}
		larger = min(max(2*cap(last.bytes), smallSegment), largeSegment)
	}
	s := newSegment(max(larger, size))
	w.segments = append(w.segments, s)
	return s
}

// drop lets go of the oldest message, and of its segment with the last one.
func (w *window) drop() {
	s := w.segments[0]
	gone := s.marks[w.dropped]
	w.bytes -= int64(gone.end - s.start(w.dropped))
	w.count--
	w.dropped++
	w.oldest = gone.number + 1
	if w.dropped == len(s.marks) {
		w.segments[0] = nil
		w.segments = w.segments[1:]
		w.dropped = 0
	}
	for len(w.identified) > 0 && w.identified[0].number < w.oldest {
		delete(w.numbers, w.identified[0].messageID)
		w.identified = w.identified[1:]
	}
}

// reader is woken by the next message, once, after it has found none.
type reader struct {
	wake func()
	at   int // 1 more than its place in window.waiting; 0 where it does not wait
}

func (w *window) wake() {
	for i, r := range w.waiting {
		r.at = 0
		r.wake()
		w.waiting[i] = nil
	}
	w.waiting = w.waiting[:0]
}

// forget has a reader wait no more.
func (w *window) forget(r *reader) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r.at == 0 {
		return
	}
	last := len(w.waiting) - 1
	w.waiting[r.at-1] = w.waiting[last]
	w.waiting[r.at-1].at = r.at
	w.waiting[last] = nil
	w.waiting = w.waiting[:last]
	r.at = 0
}

// read returns messages from cursor on, as many as lie together in memory; where
// the window has not all of them, those from the oldest one held on. If there
// are none, r is woken once there are. From is the number from which on the
// window has all.
func (w *window) read(cursor uint64, r *reader) (s span, from uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s = w.find(max(cursor, w.oldest))
	if s.empty() && r.at == 0 {
		w.waiting = append(w.waiting, r)
		r.at = len(w.waiting)
	}
	return s, w.oldest
}

func (w *window) find(number uint64) span {
	n := len(w.segments)
	if n == 0 || number >= w.next {
		return span{}
	}
	// Nearly every reader is at the end.
	if last := w.segments[n-1]; last.first() <= number {
		return last.from(number)
	}
	i, _ := slices.BinarySearchFunc(w.segments, number, func(s *segment, number uint64) int {
		if s.last() < number {
			return -1
		}
		return 1
	})
	return w.segments[i].from(number)
}

// recent returns the number of the message that as many as given, or all that
// are held, begin with.
func (w *window) recent(count int) uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	number := w.next
	for i, left := len(w.segments)-1, min(count, w.count); left > 0; i-- {
		marks := w.segments[i].marks
		n := min(left, len(marks))
		number = marks[len(marks)-n].number
		left -= n
	}
	return number
}

// bounds returns what the window has: from oldest to below next.
func (w *window) bounds() (oldest, next uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.oldest, w.next
}

// close makes every later publishing fail.
func (w *window) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
}

// held reports what the window has seen and what it holds.
func (w *window) held() (seen uint64, messages int, bytes int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, w.count, w.bytes
}
