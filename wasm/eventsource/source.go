package eventsource

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// Source is one event stream: a connection that is made anew when it is lost,
// and the subscriptions it feeds. Its methods may be called from any goroutine.
//
// It ends when its context ends, when [Source.Close] is called, or when the
// connection is given up for good; whatever it held is released then.
type Source struct {
	transport transport
	counters  counters
	done      chan struct{}
	keeper    keeper
	reuse     reuse
	noGaps    bool          // Options.NoGaps
	noIDs     bool          // Options.NoIDs
	hideIDs   bool          // so, although the Store needs them
	log       func(string)  // Options.Log, or its default
	life      life          // its context, whose end closes it
	settled   chan struct{} // of capacity one: a loop has nothing more to do, or has ended
	unwatch   func() bool   // takes the context's watch away
	pull      func() bool   // has the transport deliver what it has at hand, and reports whether that was anything; nil where it never is

	mu          sync.Mutex
	inboxes     map[*inbox]struct{} // all whose loops may still hand something out
	subscribed  map[string][]*inbox // those that take messages, by event type
	state       State
	watchers    map[*watcher]struct{}
	everOpen    bool
	outage      outage
	loadErr     error // what the Store could not load, until it is told
	lastEventID string
	err         error // why the Source ended
}

// Open connects to the event stream at a URL and returns at once, while the
// connection is being made; a relative URL is resolved against the page or
// worker.
//
// The context is the Source's life: when it ends, the Source is closed with the
// context's cause. Options may be nil.
//
// Open returns an error where no connection can even be tried: the context has
// ended, an option can mean nothing (the error names it), the request can never be
// sent (for its scheme, its method or a header, which the error names), the URL
// cannot be parsed (in a browser an error that wraps a *jsbridge.Error named
// "SyntaxError"), or the target has no transport ([errors.ErrUnsupported]). A server that cannot be reached, or answers
// something else, is no error of Open; the state tells.
//
// No message is dispatched before the goroutine that called Open waits for
// something, so one that subscribes straight away misses none.
func Open(ctx context.Context, url string, options *Options) (*Source, error) {
	return open(ctx, url, options, openTransport)
}

func open(ctx context.Context, url string, options *Options, newTransport func(*Source, string, *Options) (transport, error)) (*Source, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("eventsource: open %q: %w", url, err)
	}
	own := options.clone() // the caller may go on to change what was given
	if err := own.check(); err != nil {
		return nil, fmt.Errorf("eventsource: open %q: %w", url, err)
	}
	if err := checkLastEventID(own.LastEventID); err != nil {
		return nil, fmt.Errorf("eventsource: open %q: %w", url, err)
	}
	s := newSource()
	if own.Store != nil && own.NoIDs {
		own.NoIDs, s.hideIDs = false, true
	}
	s.noGaps, s.noIDs = own.NoGaps, own.NoIDs
	if own.Log != nil {
		s.log = own.Log
	}
	t, err := newTransport(s, url, &own)
	if err != nil {
		s.settle() // what follows the page for a Store
		return nil, fmt.Errorf("eventsource: open %q: %w", url, err)
	}
	s.start(ctx, t)
	t.begin()
	return s, nil
}

func newSource() *Source {
	return &Source{
		log:        logMessage,
		done:       make(chan struct{}),
		settled:    make(chan struct{}, 1),
		inboxes:    make(map[*inbox]struct{}),
		subscribed: make(map[string][]*inbox),
		watchers:   make(map[*watcher]struct{}),
		state:      State{ReadyState: StateConnecting, Attempt: 1},
	}
}

// start hands over the transport and ties the Source's life to ctx.
func (s *Source) start(ctx context.Context, t transport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transport = t
	s.life = life{ctx, func() {
		s.mu.Lock()
		cause := s.withFailure(context.Cause(ctx))
		s.mu.Unlock()
		s.cut(cause)
	}}
	s.unwatch = context.AfterFunc(ctx, s.life.end)
}

// Close ends the Source: the connection is closed, every callback released, and
// no loop gets a further event, whatever had been queued. Loops end without an
// error. It is idempotent, may be called from several goroutines and from
// within a loop or handler, and always returns nil. It waits until the
// connection has let go of everything, which with [Fetch] takes the browser's
// answer to an abort: call it in a goroutine of its own from within a JavaScript
// callback.
func (s *Source) Close() error {
	s.cut(ErrClosed)
	return nil
}

// Reconnect makes the connection anew at once and at its place, whatever it is
// doing: a wait for the next attempt is over, even where the server has asked
// for it, and an attempt or a connection under way is given up.
func (s *Source) Reconnect() { s.transport.reconnect() }

// Done returns a channel that is closed when the Source has ended.
func (s *Source) Done() <-chan struct{} { return s.done }

// Err returns why the Source ended, nil before that: [ErrClosed] after Close,
// the cause of the context, or what the connection failed with. If the context ends
// while the connection is lost, the error wraps both its cause and the last failure.
func (s *Source) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// URL returns the URL that the Source connects to, resolved.
func (s *Source) URL() string { return s.transport.url() }

// LastEventID returns the last event ID of the latest message that arrived, and
// before one did the one to begin after. The browser shows only messages of subscribed event types.
func (s *Source) LastEventID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastEventID
}

// cut ends the Source at once: what is queued is not delivered any more.
func (s *Source) cut(cause error) {
	reason := cause
	if errors.Is(cause, ErrClosed) {
		reason = nil // a loop that the caller has ended ends without an error
	}
	s.settle()
	s.end(cause, func(in *inbox) { in.discard(reason) })
	s.keepNow()
	s.transport.wait()
}

// failed ends the Source after what is queued has been delivered.
func (s *Source) failed(err error) {
	s.end(err, func(in *inbox) { in.finish(err) })
}

func (s *Source) end(cause error, endInbox func(*inbox)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Also where the Source has ended already: a Close after a failure takes
	// from the loops what they had still to deliver.
	for in := range s.inboxes {
		endInbox(in)
	}
	if s.err != nil {
		return
	}
	s.err = cause
	s.unwatch()
	s.transport.close()
	s.setState(State{ReadyState: StateClosed, Err: cause})
	close(s.done)
}

// opened notes that the connection is established.
func (s *Source) opened() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	if s.everOpen {
		s.counters.reconnects.Add(1)
	}
	s.everOpen = true
	s.outage.opened = time.Now()
	s.setState(State{ReadyState: StateOpen, Err: s.loadErr})
	s.loadErr = nil // told once
}

// reconnecting notes that the connection was lost, or an attempt failed, and
// another one is under way, and logs it if that is due.
func (s *Source) reconnecting(cause error, delay time.Duration) {
	cause = named(s.URL(), cause)
	if s.lost(cause, delay) {
		s.logOutage(cause)
	}
}

// lost notes the same of a failure that is named, and reports whether to log it.
func (s *Source) lost(cause error, delay time.Duration) (tell bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return false
	}
	s.setState(State{ReadyState: StateConnecting, Attempt: s.state.Attempt + 1, Delay: delay, Err: cause})
	return !errors.Is(cause, errRenewed) && s.outage.failed(time.Now(), s.counters.batches.Load())
}

// noteLastEventID notes an ID that has come without a message.
func (s *Source) noteLastEventID(id string) {
	s.mu.Lock()
	ended := s.err != nil
	if !ended {
		s.lastEventID = id
	}
	s.mu.Unlock()
	if !ended {
		s.guard(s.keep)
	}
}

// deliver queues the messages of a batch for their subscriptions.
func (s *Source) deliver(b *batch) {
	s.guard(func() { // a Key and a Store are the caller's code
		s.putBatch(b)
		s.keep()
	})
}

// beginAt loads where a stream begins, unless the options say it. It is called
// once, by the transport, before it connects.
func (s *Source) beginAt(url string, options *Options) string {
	s.keeper.store, s.keeper.url = options.Store, url
	id, err := s.keeper.load()
	if err != nil {
		s.loadErr = fmt.Errorf("eventsource: load the last event ID: %w", err)
	}
	if options.LastEventID != "" {
		id = options.LastEventID
	}
	s.lastEventID, s.keeper.place = id, id
	return id
}

func (s *Source) putBatch(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.counters.batches.Add(1)
	b.hideIDs = s.hideIDs
	if s.keeper.store != nil {
		b.tracked, b.before = true, strings.Clone(s.lastEventID)
	}
	messages := b.reader()
	events, bytes := len(b.places), b.size
	if in := s.taker(b); in != nil {
		s.drop(in.putAll(messages))
	} else {
		events, bytes = s.putEach(messages)
	}
	if len(b.places) > 0 {
		s.lastEventID = b.lastID
	}
	s.counters.events.Add(uint64(events))
	s.counters.bytes.Add(uint64(bytes))
	for in := range s.inboxes {
		in.poke()
	}
}

// taker returns the subscription that takes all messages of a batch as they came,
// where there is one, it is the only one and they are of one type: the rule for
// most streams. To take them apart would cost time here, and the collector more:
// the messages of a burst are a hundred thousand places with pointers.
func (s *Source) taker(b *batch) *inbox {
	if len(b.types) != 1 || s.mayBeGap(b.types[0]) {
		return nil
	}
	if wanting := s.subscribed[b.types[0]]; len(wanting) == 1 && wanting[0].takesAll(b) {
		return wanting[0]
	}
	return nil
}

// putEach queues messages one by one. It returns how many were for a subscription
// and what their data takes.
func (s *Source) putEach(messages batchReader) (events, bytes int) {
	b := messages.batch
	var m message
	var wanting []*inbox // those that take the present message's type
	known := false       // whether they do, and for which
	gaps := false        // whether it is the type of gaps
	var eventType string
	for messages.next(&m) {
		if !known || eventType != m.eventType {
			wanting, eventType, known = s.subscribed[m.eventType], m.eventType, true
			gaps = s.mayBeGap(eventType)
		}
		seq := b.first + uint64(messages.at) - 1
		if gaps {
			s.putGap(wanting, seq, m)
		}
		wanted, ended := s.put(wanting, seq, m)
		if wanted {
			events++
			bytes += len(m.data)
		}
		known = !ended
	}
	return events, bytes
}

// drop notes how many messages have been displaced.
func (s *Source) drop(count int) {
	if count > 0 {
		s.counters.dropped.Add(uint64(count))
	}
}

// awaitRoom waits until no subscription blocks, or returns the cause of ctx when
// that ends.
func (s *Source) awaitRoom(ctx context.Context) error {
	for {
		in := s.blocking()
		if in == nil {
			return nil
		}
		select {
		case <-in.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// awaitLoops lets loops that are behind go first as long as they go on. Most need but
// that others may run; what one waits for may need a turn of the event loop. One that
// stands still even then is not waited for: what its queue does when it is full is its
// own concern.
func (s *Source) awaitLoops(ctx context.Context) error {
	for before, behind := s.behind(); behind; {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		runtime.Gosched()
		steps, still := s.behind()
		if still && steps == before {
			if err := pace.next(ctx); err != nil {
				return context.Cause(ctx) // none where only the event loop has no turns to give
			}
			if steps, still = s.behind(); steps == before {
				break
			}
		}
		before, behind = steps, still
	}
	return nil
}

// behind reports whether loops are behind, and how many steps these have made.
func (s *Source) behind() (steps uint64, behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for in := range s.inboxes {
		if count, is := in.behind(); is {
			steps += count
			behind = true
		}
	}
	return steps, behind
}

// blocking returns a subscription that delivery has to wait for, or nil.
func (s *Source) blocking() *inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	for in := range s.inboxes {
		if in.blocks() {
			return in
		}
	}
	return nil
}

// put queues a message for those that take its type. It reports whether there
// was one, and whether one ended, which takes it off its event type.
func (s *Source) put(wanting []*inbox, seq uint64, m message) (wanted, ended bool) {
	for _, in := range wanting {
		if seq < in.from {
			continue
		}
		dropped, open := in.put(m)
		s.drop(dropped)
		wanted = true
		if !open {
			ended = true
			s.removeFrom(m.eventType, in) // which leaves wanting as it is
		}
	}
	return wanted, ended
}

// subscribe begins to deliver messages of the event types into an inbox.
func (s *Source) subscribe(in *inbox, eventTypes ...string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	if in.queue.overflow == Block && !s.transport.canBlock() {
		return errBlock
	}
	for i, eventType := range eventTypes {
		next, err := s.transport.listen(eventType)
		if err != nil {
			s.remove(in, eventTypes[:i])
			return fmt.Errorf("eventsource: subscribe to %q: %w", eventType, err)
		}
		if i == 0 {
			in.from = next
		}
		s.subscribed[eventType] = append(s.subscribed[eventType], in)
		countSubscription(eventType, 1)
	}
	s.inboxes[in] = struct{}{}
	return nil
}

// unsubscribe takes an inbox away and drops what it holds.
func (s *Source) unsubscribe(in *inbox, eventTypes ...string) {
	s.mu.Lock()
	s.place() // while it still counts
	in.discard(nil)
	s.remove(in, eventTypes)
	poke(s.settled)
	s.mu.Unlock()
	s.guard(s.keep)
}

func (s *Source) remove(in *inbox, eventTypes []string) {
	delete(s.inboxes, in)
	for _, eventType := range eventTypes {
		s.removeFrom(eventType, in)
	}
}

// removeFrom takes an inbox off an event type, and the event type off the
// transport with its last inbox. s.mu is held.
func (s *Source) removeFrom(eventType string, in *inbox) {
	inboxes := s.subscribed[eventType]
	i := slices.Index(inboxes, in)
	if i < 0 {
		return
	}
	countSubscription(eventType, -1)
	if len(inboxes) > 1 {
		// A copy: put may be ranging over the slice.
		s.subscribed[eventType] = slices.Concat(inboxes[:i], inboxes[i+1:])
		return
	}
	delete(s.subscribed, eventType)
	if s.err == nil {
		s.transport.unlisten(eventType)
	}
}

// guard runs the caller's code. Where that panics, or ends its goroutine, the
// Source is closed on the way; the panic itself goes on untouched.
func (s *Source) guard(body func()) {
	returned := false
	defer func() {
		if !returned {
			s.Close()
		}
	}()
	body()
	returned = true
}
