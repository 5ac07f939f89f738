package eventsource

import (
	"iter"
	"sync"
)

// inbox is what a Source delivers into and one loop takes out of.
type inbox struct {
	from  uint64 // the sequence number of the first message that is for it
	once  bool
	poked chan struct{} // of capacity one: there is something to look at
	room  chan struct{} // of capacity one: there may be room again
	heeds []func()      // each ends the inbox where a context has ended

	mu    sync.Mutex
	queue queue
	ended bool
	err   error // why it ended; nil where the caller ended it
	cut   bool  // nothing more may be handed out, whatever had been taken
}

// newInbox returns an inbox that heeds a Source's context.
func newInbox(source *Source, opts SubscribeOptions) *inbox {
	return &inbox{
		heeds: []func(){source.heed},
		once:  opts.Once,
		poked: make(chan struct{}, 1),
		room:  make(chan struct{}, 1),
		queue: queue{limit: opts.QueueLength, overflow: opts.Overflow, key: opts.Key},
	}
}

// put queues a message. It returns how many others that displaced, and whether
// the inbox takes further ones.
func (in *inbox) put(m message) (dropped int, open bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.ended {
		return 0, false
	}
	dropped, ok := in.queue.push(m)
	if !ok {
		in.ended, in.err = true, ErrOverflow
	} else if in.once {
		in.ended = true
	}
	return dropped, !in.ended
}

// poke wakes the loop.
func (in *inbox) poke() { poke(in.poked) }

// poke wakes whoever waits on a channel of capacity one, now or next.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// blocks reports whether delivery has to wait for the loop.
func (in *inbox) blocks() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.queue.overflow == Block && in.queue.count >= in.queue.limit && !in.ended
}

// finish ends the inbox: the loop gets what is queued and then err.
func (in *inbox) finish(err error) {
	in.mu.Lock()
	if !in.ended {
		in.ended, in.err = true, err
	}
	in.mu.Unlock()
	in.poke()
	poke(in.room)
}

// discard ends the inbox at once: the loop gets nothing more than err.
func (in *inbox) discard(err error) {
	in.mu.Lock()
	if !in.cut {
		in.ended, in.err, in.cut = true, err, true
		in.queue.clear()
	}
	in.mu.Unlock()
	in.poke()
	poke(in.room)
}

// messages returns the messages as they come, with turns of the event loop in
// between, until the end; in.reason then says why.
func (in *inbox) messages() iter.Seq[message] {
	return func(yield func(message) bool) {
		for in.waiting() > 0 {
			if m, ok := in.next(); ok && !yield(m) {
				return
			}
		}
	}
}

// next returns the oldest message, after a turn of the event loop where one is
// due. It returns false where there is none.
func (in *inbox) next() (message, bool) {
	pace.breathe()
	in.mu.Lock()
	defer in.mu.Unlock()
	m, ok := in.queue.pop()
	poke(in.room)
	return m, ok
}

// waiting waits until there is a message or the end has come, and returns how
// many messages there are: none at the end, and else no fewer before the loop
// takes them, unless they are discarded.
func (in *inbox) waiting() int {
	for {
		in.mu.Lock()
		count, ended := in.queue.count, in.ended
		in.mu.Unlock()
		if count > 0 || ended {
			return count
		}
		<-in.poked
	}
}

// isCut reports whether nothing more may be handed out. It looks at the contexts
// itself: the goroutines that watch them run once the loop waits for something.
func (in *inbox) isCut() bool {
	for _, heed := range in.heeds {
		heed()
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.cut
}

// reason returns why the inbox ended.
func (in *inbox) reason() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}
