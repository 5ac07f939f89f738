package eventsource

import (
	"bytes"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Subscription is the messages of one event type, decoded into values of type
// T. It serves one loop, by [Subscription.Events] or [Subscription.Batches];
// leaving the loop ends it. One that is never ranged over must be closed, or is
// closed with its Source.
type Subscription[T any] struct {
	source *Source
	inbox  *inbox
	decode func([]byte, *T) error
	used   atomic.Bool
	close  func()
}

// Subscribe begins to take messages of an event type off a Source. Every
// message dispatched after it has returned is delivered, none from before. The
// event type is a declared constant, which tells T, or a literal, with T given:
//
//	eventsource.Subscribe(src, feed.Price, nil)
//	eventsource.Subscribe[Quote](src, "price", nil)
//
// The empty event type stands for "message". Any name may be subscribed to,
// also "open" and "error": their subscribers get what the server sends under
// these names, and never the browser's own events. Several subscriptions to one
// event type each get every message. Options may be nil.
//
// Subscribe returns an error for impossible options and where the Source has
// ended: then what [Source.Err] returns.
func Subscribe[T any](source *Source, eventType eventstream.EventType[T], options *SubscribeOptions) (*Subscription[T], error) {
	opts, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	in := newInbox(source, opts, opts.Codec)
	name := eventType.Name()
	if err := source.subscribe(in, name); err != nil {
		return nil, err
	}
	return &Subscription[T]{
		source: source,
		inbox:  in,
		decode: codec.For[T](opts.Codec),
		close:  sync.OnceFunc(func() { source.unsubscribe(in, name) }),
	}, nil
}

// Close ends the subscription: its loop gets no further event, whatever was
// queued, and ends without an error. It is idempotent and may be called from
// any goroutine and from within the loop.
func (s *Subscription[T]) Close() { s.close() }

// Events returns the messages one by one, waiting for each. A message that does
// not decode comes as a zero Event and a [*DecodeError], and the loop goes on. So
// it does after a gap, which comes as an Event without data and a [*GapError], at
// its place in the order.
//
// The loop ends when the subscription or its Source is closed. It ends with one
// more turn, of a zero Event and an error, where the Source's context has ended
// (what [Source.Err] returns), its connection has failed or the queue overflowed
// ([ErrOverflow]), the latter two after everything that was queued. A second
// loop gets an error only.
//
// Leaving the loop ends the subscription and releases its callbacks. A panic in
// the loop's body also closes the Source on its way, so that the browser does
// not go on calling a program that has ended.
func (s *Subscription[T]) Events() iter.Seq2[Event[T], error] {
	return func(yield func(Event[T], error) bool) {
		if s.used.Swap(true) {
			yield(Event[T]{}, errUsed)
			return
		}
		defer s.close()
		s.source.guard(func() { s.events(yield) })
	}
}

func (s *Subscription[T]) events(yield func(Event[T], error) bool) {
	event := new(Event[T]) // one for all: the loop's body gets copies
	goesOn := true
	s.inbox.each(func(messages []message) bool {
		for i := range messages {
			if i > 0 {
				s.inbox.breathe()
			}
			err := decode(s.source, s.decode, &messages[i], event)
			if s.inbox.isCut() { // meanwhile, by the codec for one
				return false
			}
			if goesOn = yield(*event, err); !goesOn {
				return false
			}
		}
		return true
	})
	if !goesOn {
		return
	}
	if err := s.inbox.reason(); err != nil {
		yield(Event[T]{}, err)
	}
}

// Batches returns everything that has arrived since the last turn of the loop
// as one slice, at most once per animation frame; where nothing is painted, ten
// times a second, or as seldom as the browser lets a hidden page's timers fire.
// It is for code that paints. The slice is the caller's and never empty.
//
// A message that does not decode, and a gap, come as a turn of their own, with a
// nil slice and a [*DecodeError] or [*GapError], at their place in the order. The
// loop ends as that of [Subscription.Events] does, and shares its rules.
func (s *Subscription[T]) Batches() iter.Seq2[[]Event[T], error] {
	return func(yield func([]Event[T], error) bool) {
		if s.used.Swap(true) {
			yield(nil, errUsed)
			return
		}
		defer s.close()
		s.source.guard(func() { s.batches(yield) })
	}
}

func (s *Subscription[T]) batches(yield func([]Event[T], error) bool) {
	s.inbox.gather()
	for s.inbox.waiting() > 0 {
		nextFrame()
		if !s.batch(s.inbox.waiting(), yield) {
			return
		}
		s.inbox.handled()
	}
	if err := s.inbox.reason(); err != nil {
		yield(nil, err)
	}
}

// batch yields the next count messages and reports whether the loop goes on.
func (s *Subscription[T]) batch(count int, yield func([]Event[T], error) bool) (goesOn bool) {
	events := make([]Event[T], 0, count)
	var keys []string // of those, for KeepLatest
	goesOn = true
	add := func(messages []message) bool {
		for i := range messages {
			if i > 0 {
				s.inbox.breathe()
			}
			if s.inbox.cut.Load() {
				return false
			}
			events = slices.Grow(events, 1)[:len(events)+1] // decode sets all of it
			err := decode(s.source, s.decode, &messages[i], &events[len(events)-1])
			if err == nil {
				if s.inbox.queue.overflow == KeepLatest {
					keys = append(keys, s.inbox.key)
				}
				continue
			}
			events = s.latest(events[:len(events)-1], keys)
			if goesOn = s.yieldBatch(events, nil, yield) && s.yieldBatch(nil, err, yield); !goesOn {
				return false
			}
			s.inbox.handled()
			events, keys = nil, nil // the slice is the caller's now
		}
		count -= len(messages)
		return count > 0 && len(messages) > 0 // where there is none, they have been discarded
	}
	for s.inbox.take(count, add) {
	}
	return goesOn && s.yieldBatch(s.latest(events, keys), nil, yield)
}

// latest leaves out the events that have been superseded since they were taken: the
// event loop has turns while a long slice is decoded. The keys are theirs, none but
// for KeepLatest.
func (s *Subscription[T]) latest(events []Event[T], keys []string) []Event[T] {
	if len(keys) == 0 {
		return events
	}
	stale, count := s.inbox.superseded(keys)
	if count == 0 {
		return events
	}
	s.source.drop(count)
	kept := events[:0]
	for i := range events {
		if !stale[i] {
			kept = append(kept, events[i])
		}
	}
	clear(events[len(kept):])
	return kept
}

// yieldBatch yields what there is to yield, unless nothing more may be.
func (s *Subscription[T]) yieldBatch(events []Event[T], err error, yield func([]Event[T], error) bool) bool {
	if len(events) == 0 && err == nil || s.inbox.isCut() {
		return true // where it is cut, waiting ends the loop
	}
	return yield(events, err)
}

// decode makes an event of a message. Its error is a *DecodeError, and the event
// is zero then, or a *GapError, and the event has no data.
func decode[T any](source *Source, decode func([]byte, *T) error, m *message, event *Event[T]) error {
	b := m.batch
	event.ID, event.Type, event.Origin, event.Arrived = m.id, m.eventType, b.origin, b.arrived
	var zero T
	event.Data = zero
	if b.gap != nil {
		own := *b.gap // other subscriptions have it too
		return &own
	}
	if err := decode(m.data, &event.Data); err != nil {
		source.counters.decodeErrors.Add(1)
		*event = Event[T]{}
		return &DecodeError{Type: m.eventType, ID: m.id, Data: bytes.Clone(m.data), Err: err}
	}
	return nil
}
