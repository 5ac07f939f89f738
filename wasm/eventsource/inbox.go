package eventsource

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/runnel-go/runnel/wasm/codec"
)

// inbox is what a Source delivers into and one loop takes out of.
type inbox struct {
	from  uint64 // the sequence number of the first message that is for it
	once  bool
	poked chan struct{} // of capacity one: there is something to look at
	room  chan struct{} // of capacity one: there may be room again
	lives []life        // it ends with each of them
	cut   atomic.Bool   // nothing more may be handed out, whatever had been taken
	steps atomic.Uint64 // how often the loop has taken messages or looked at the clock

	mu    *sync.Mutex // the Source's, which guards what follows
	queue queue
	ended bool
	err   error // why it ended; nil where the caller ended it
	loop  loopPlace
	hand  pending // the first of those that the loop has in hand, for a Store
	lost  pending // the first that does not reach the loop

	// What belongs to the loop.
	breather breather
	ahead    int // how many messages it takes at a time
	taken    [takeLength]message
	key      string      // of the last of those, for KeepLatest
	over     []*batch    // whose last message is among those, or has been dropped
	pull     func() bool // the Source's
	reuse    *reuse      // takes them
	keep     func()      // has the Store follow; nil without one
}

// takeLength is how many messages a loop takes out of the queue at a time: the
// lock and what comes with it are paid for once then.
const takeLength = 16

// ahead returns how many messages a loop may take at a time. Where a queue drops
// what is no longer wanted, that is one: what waits behind it must be in the reach of
// the queue until its turn comes. So it is with a Store, which notes each message that
// is handled.
func ahead(source *Source, opts SubscribeOptions) int {
	if opts.Overflow == DropOldest || opts.Overflow == KeepLatest || source.keeper.store != nil {
		return 1
	}
	return takeLength
}

// life is a context and what is to be done where it has ended.
type life struct {
	ctx context.Context
	end func()
}

// heed does that where it has. It is called for each message, and to look at a
// context's Err takes half the time of its Done.
func (l *life) heed() {
	if l.ctx.Err() != nil {
		l.end()
	}
}

// newInbox returns an inbox that heeds a Source's context.
//
// Batches are used again where no codec may keep a part of their data.
func newInbox(source *Source, opts SubscribeOptions, codecs ...codec.Codec) *inbox {
	var lives []life
	if source.life.ctx.Done() != nil { // else it has no end, and need not be looked at
		lives = append(lives, source.life)
	}
	var keep func()
	if source.keeper.store != nil {
		keep = source.keep
	}
	return &inbox{
		lives: lives,
		once:  opts.Once,
		ahead: ahead(source, opts),
		keep:  keep,
		poked: make(chan struct{}, 1),
		room:  make(chan struct{}, 1),
		mu:    &source.mu,
		reuse: &source.reuse,
		pull:  source.pull,
		loop:  loopPlace{settled: source.settled},
		queue: queue{
			limit:    opts.QueueLength,
			room:     opts.QueueBytes,
			overflow: opts.Overflow,
			key:      opts.Key,
			reuses:   !slices.ContainsFunc(codecs, codec.Keeps),
		},
	}
}

// put queues a message. It returns how many others that displaced, and whether
// the inbox takes further ones. The Source is locked, as with finish, discard
// and blocks.
func (in *inbox) put(m message) (dropped int, open bool) {
	if in.ended {
		return 0, false
	}
	dropped, ok := in.queue.push(m)
	if !ok {
		in.ended, in.err = true, ErrOverflow
		in.lose(m.pending())
	} else if in.once {
		in.ended = true
	}
	return dropped, !in.ended
}

// takesAll reports whether all messages of a batch can be queued as they came. The
// Source is locked, as with putAll.
func (in *inbox) takesAll(b *batch) bool {
	return !in.ended && !in.once && b.first >= in.from && in.queue.takesAll(b)
}

// putAll queues the messages of a batch that it takes, and returns how many others
// that displaced.
func (in *inbox) putAll(messages batchReader) (dropped int) { return in.queue.pushAll(messages) }

// poke wakes the loop.
func (in *inbox) poke() { poke(in.poked) }

// poke wakes whoever waits on a channel of capacity one, now or next.
func poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// putGap queues a gap. The Source is locked.
func (in *inbox) putGap(m message) {
	if !in.ended && !in.queue.pushGap(m) {
		in.ended, in.err = true, ErrOverflow
		in.lose(m.pending())
	}
}

// blocks reports whether delivery has to wait for the loop.
func (in *inbox) blocks() bool {
	return in.queue.overflow == Block && in.queue.full() && !in.ended
}

// maxAhead is how many bytes of messages may wait in an inbox before the reader of the
// stream lets the loops run first: a few chunks of a body. To read ahead saves nothing
// where there is one thread, and what has been read takes memory.
const maxAhead = 128 << 10

// behind reports whether more than that waits, and how many steps the loop has made,
// which tell whether it goes on.
func (in *inbox) behind() (steps uint64, behind bool) {
	return in.steps.Load(), in.queue.bytes > maxAhead && !in.ended
}

// finish ends the inbox: the loop gets what is queued and then err.
func (in *inbox) finish(err error) {
	if !in.ended {
		in.ended, in.err = true, err
	}
	in.poke()
	poke(in.room)
}

// discard ends the inbox at once: the loop gets nothing more than err.
func (in *inbox) discard(err error) {
	if !in.cut.Swap(true) {
		in.ended, in.err = true, err
		if in.keep != nil {
			if waits := in.queue.oldest(); waits.is {
				in.lost = waits // before what found no room
			}
		}
		in.queue.clear()
	}
	in.poke()
	poke(in.room)
}

// each calls handle with the messages as they come, with turns of the event loop in
// between, until the end or until handle returns false; in.reason then says why.
// They come a few at a time, and are lent for the call: it is a call for each of
// them, as by an iterator, that this spares. Handle is to call breathe before each
// but the first, and to look at isCut behind what may take long.
func (in *inbox) each(handle func([]message) bool) {
	for in.waiting() > 0 {
		if !in.take(takeLength, handle) {
			return
		}
		in.handled()
	}
}

// take calls handle with the oldest messages, up to max of them and of what is taken
// at a time, if there are any, and returns what that does. A turn of the event loop
// that is due comes before: what it brings may displace a message that waits.
func (in *inbox) take(max int, handle func([]message) bool) bool {
	in.breathe()
	taken := in.taken[:in.pop(in.taken[:min(max, in.ahead)])]
	goesOn := handle(taken)
	clear(taken) // lets go of the batches
	for i, b := range in.over {
		in.reuse.put(b)
		in.over[i] = nil
	}
	in.over = in.over[:0]
	return goesOn
}

// breathe is called before each message, and gives the event loop a turn where one
// is due.
func (in *inbox) breathe() {
	if in.breather.due() {
		in.steps.Add(1)
		in.breather.look()
	}
}

// pop moves the oldest messages out of the queue and returns how many.
func (in *inbox) pop(into []message) (count int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	count = in.queue.popInto(into)
	in.loop.busy = in.loop.busy || count > 0
	in.key = in.queue.popped
	if count > 0 && in.keep != nil && !in.hand.is {
		in.hand = into[0].pending()
	}
	in.steps.Add(uint64(count))
	in.over, in.queue.over = in.queue.over, in.over // which is empty
	poke(in.room)
	return count
}

// waiting waits until there is a message or the end has come, and returns how
// many messages there are: none at the end, and else no fewer before the loop
// takes them, unless they are discarded.
func (in *inbox) waiting() int {
	for {
		in.mu.Lock()
		count, ended := in.queue.size(), in.ended
		if count == 0 {
			in.loop.settle()
		}
		in.mu.Unlock()
		if count > 0 || ended {
			return count
		}
		if in.pull != nil && in.pull() {
			continue
		}
		<-in.poked
		in.breather.waited()
	}
}

// isCut reports whether nothing more may be handed out. It looks at the contexts
// itself: the goroutines that watch them run once the loop waits for something.
func (in *inbox) isCut() bool {
	for i := range in.lives {
		in.lives[i].heed()
	}
	return in.cut.Load()
}

// superseded reports, for each of some messages that the loop has taken, whether a
// later one of its key is there, among them or in the queue. For the last one that
// is left open: a loop gets something, however quick the stream is.
func (in *inbox) superseded(keys []string) (stale []bool, count int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	stale = make([]bool, len(keys))
	later := make(map[string]bool, len(keys))
	for i := len(keys) - 1; i >= 0; i-- {
		waits := i < len(keys)-1 && in.queue.latest[keys[i]] != nil
		if stale[i] = later[keys[i]] || waits; stale[i] {
			count++
		}
		later[keys[i]] = true
	}
	return stale, count
}

// reason returns why the inbox ended.
func (in *inbox) reason() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.err
}
