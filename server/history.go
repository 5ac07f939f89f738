package server

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"

	"github.com/tmaxmax/go-sse"
)

// history is the bounded log of a feed: a ring of encoded messages, numbered
// from 1 without a hole. A reader is a number, that of the next message it
// wants; the log knows no readers and waits for none.
type history struct {
	name     string // what the IDs of this log begin with
	maxBytes int64

	mu     sync.Mutex
	ring   []entry       // the message with number n stands at n modulo its length
	oldest uint64        // number of the oldest message held; next if there is none
	next   uint64        // number of the next message
	bytes  int64         // sum of the sizes held
	grown  chan struct{} // closed by the next append; nil if nobody waits
	closed bool
}

type entry struct {
	message *sse.Message
	size    int64
}

func newHistory(messages int, bytes int64) *history {
	return &history{
		name:     rand.Text()[:8], // 40 bits: enough to tell one start from another
		maxBytes: bytes,
		ring:     make([]entry, messages),
		oldest:   1,
		next:     1,
	}
}

// append gives message its ID and puts it at the end, dropping from the other
// end what the bounds no longer allow.
func (h *history) append(message *sse.Message, size int64) (id string, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return "", ErrClosed
	}
	id = h.id(h.next)
	if message.ID, err = sse.NewID(id); err != nil {
		return "", err
	}
	size += int64(len("id: ") + len(id) + len("\n"))
	if h.next-h.oldest == uint64(len(h.ring)) {
		h.drop()
	}
	h.ring[h.next%uint64(len(h.ring))] = entry{message, size}
	h.next++
	h.bytes += size
	for h.bytes > h.maxBytes && h.next-h.oldest > 1 {
		h.drop()
	}
	if h.grown != nil {
		close(h.grown)
		h.grown = nil
	}
	return id, nil
}

func (h *history) drop() {
	slot := &h.ring[h.oldest%uint64(len(h.ring))]
	h.bytes -= slot.size
	*slot = entry{}
	h.oldest++
}

// ready is a channel that is closed already.
var ready = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// read copies the messages from cursor on into the given slice. It reports how
// many it copied, how many messages before them the log no longer holds, and a
// channel that is closed once it is worth reading again.
func (h *history) read(cursor uint64, into []*sse.Message) (n int, missed uint64, again <-chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if cursor < h.oldest {
		missed = h.oldest - cursor
		cursor = h.oldest
	}
	for n < len(into) && cursor < h.next {
		into[n] = h.ring[cursor%uint64(len(h.ring))].message
		n++
		cursor++
	}
	if n > 0 {
		return n, missed, ready
	}
	if h.grown == nil {
		h.grown = make(chan struct{})
	}
	return 0, missed, h.grown
}

// start returns the cursor of a stream whose request has the given last event
// ID, as the package comment tells. It reports false if the client named a place
// that this log never had.
func (h *history) start(lastEventID string, recent int) (cursor uint64, known bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if lastEventID == "" {
		held := h.next - h.oldest
		return h.next - min(held, uint64(recent)), true
	}
	number, ok := h.number(lastEventID)
	if !ok || number >= h.next {
		return h.oldest, false
	}
	return number + 1, true
}

// id returns the ID of the message with the given number. Number 0 is the place
// before the first message.
func (h *history) id(number uint64) string {
	return h.name + "-" + strconv.FormatUint(number, 10)
}

// number is the reverse of id. It takes only what id writes.
func (h *history) number(id string) (uint64, bool) {
	digits, ok := strings.CutPrefix(id, h.name+"-")
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || strconv.FormatUint(number, 10) != digits {
		return 0, false
	}
	return number, true
}

// close makes every append from now on fail.
func (h *history) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// held reports what the log has seen and what it holds.
func (h *history) held() (published uint64, messages int, bytes int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.next - 1, int(h.next - h.oldest), h.bytes
}
