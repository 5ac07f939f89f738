//go:build js && wasm

package jsbridge

import (
	"bytes"
	"errors"
	"sync"

	"github.com/hack-pad/safejs"
)

// The browser's ready states (HTML standard, 9.2.2).
const (
	Connecting = 0
	Open       = 1
	Closed     = 2
)

// EventSource is the browser's own EventSource with batched delivery: events
// gather in a JavaScript array by the browser's own functions, and Go takes
// them over many at a time.
//
// What it costs to let Go be called for each event is many times the event
// itself, so none is: the listener is Array.prototype.push bound to the queue.
// Beside it stands, for the first event of a type in a burst, a listener that
// posts a message on a MessageChannel; when that message arrives, wake is
// called, in Go, and [EventSource.Take] is what drains the queue. Both listeners
// are native functions: no script of ours runs for an event.
//
// The browser's "open" and "error" events go through the same queue, so that a
// change of state keeps its place among the events.
//
// What gathers while the program is busy is taken out of the queue whole and
// then crosses slice by slice (see [backlog]).
//
// The methods may be called from any goroutine. Whoever opened it closes it.
type EventSource struct {
	source safejs.Value
	noIDs  bool
	wakeID int // of the message that the listeners post
	moreID int // of the message that Take posts for what it has left

	mu        sync.Mutex
	closed    bool
	posted    bool         // whether Take's message is under way
	queue     safejs.Value // every event, in order
	push      safejs.Value
	backlog   backlog      // those that were taken out of the queue
	states    safejs.Value // the "open" and "error" events among them, and those of types apart
	pushState safejs.Value
	poster    safejs.Value
	types     typeSet
	fired     []*eventType // whose wake listener an event has used up
	removers  []func()     // of the listeners for the change of state
	taken     uint64
	origin    string
	hasOrigin bool
}

// EventSourceOptions say how an [EventSource] is made and what is taken of its events.
type EventSourceOptions struct {
	// WithCredentials is the constructor's withCredentials.
	WithCredentials bool
	// NoIDs leaves the events' last event IDs where they are, but for the last one
	// of each batch: JavaScript makes a string for each that is read.
	NoIDs bool
}

// OpenEventSource makes an EventSource for a URL, which the browser resolves
// against the page or worker. It returns an *[Error] where the constructor
// throws, named "SyntaxError" for a URL that cannot be parsed.
//
// Wake is called from the event loop when events have arrived, for each burst
// at least once and at most once for each event type in it, and again as long as
// Take leaves some. It must not block, and is expected to call
// [EventSource.Take].
func OpenEventSource(url string, options EventSourceOptions, wake func()) (*EventSource, error) {
	if _, err := shared(); err != nil {
		return nil, err
	}
	if err := turns.acquire(); err != nil {
		return nil, err
	}
	s := &EventSource{noIDs: options.NoIDs, types: newTypeSet()}
	s.wakeID = turns.register(func() {
		if !s.awaited() {
			wake()
		}
	})
	s.moreID = turns.register(func() {
		s.arrived()
		wake()
	})
	if err := s.open(url, options.WithCredentials); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *EventSource) open(url string, withCredentials bool) (err error) {
	if s.queue, s.push, err = newQueue(); err != nil {
		return err
	}
	if s.states, s.pushState, err = newQueue(); err != nil {
		return err
	}
	if s.poster, err = turns.poster(s.wakeID); err != nil {
		return err
	}
	s.source, err = construct("EventSource", url, map[string]any{"withCredentials": withCredentials})
	if err != nil {
		return err
	}
	for _, name := range stateTypes {
		remove, err := addListener(s.source, name, s.pushState, nil)
		if err != nil {
			return err
		}
		s.removers = append(s.removers, remove)
		if err := s.listen(name); err != nil {
			return err
		}
	}
	return nil
}

// newQueue returns an empty array and Array.prototype.push bound to it.
func newQueue() (queue, push safejs.Value, err error) {
	if queue, err = construct("Array"); err != nil {
		return queue, push, err
	}
	push, err = boundMethod(queue, "push")
	return queue, push, err
}

// Listen begins to queue events of a type. It returns how many events have been
// queued before: the sequence number of the next one, whatever its type.
func (s *EventSource) Listen(name string) (next uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed
	}
	if next, err = s.next(); err != nil {
		return 0, err
	}
	return next, s.listen(name)
}

// ListenApart begins to queue events of a type, each of which comes as a batch of
// its own, at its place: the others need not tell their types because of it. It is
// for a type of which there are few events, and comes before any Listen for it,
// which changes nothing then, and neither does Unlisten.
func (s *EventSource) ListenApart(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	if err := s.listen(name); err != nil {
		return err
	}
	remove, err := addListener(s.source, scriptText(name), s.pushState, nil)
	if err != nil {
		return err
	}
	s.removers = append(s.removers, remove)
	s.types.byName[name].apart = true
	s.types.count()
	return nil
}

// next returns the sequence number of the event that is queued next.
func (s *EventSource) next() (uint64, error) {
	length, err := s.queue.Length()
	return s.taken + uint64(s.backlog.left()+length), fromThrown(err)
}

// mix notes that what is queued now may be of other types than what follows.
func (s *EventSource) mix() error {
	next, err := s.next()
	s.types.mixedUntil = next
	return err
}

func (s *EventSource) listen(name string) error {
	if s.types.byName[name] != nil {
		return nil
	}
	if err := s.mix(); err != nil {
		return err
	}
	remove, err := addListener(s.source, scriptText(name), s.push, nil)
	if err != nil {
		return err
	}
	text, err := safejs.ValueOf(scriptText(name))
	if err != nil {
		remove()
		return fromThrown(err)
	}
	t := &eventType{name: name, text: boxed(text), remove: remove}
	s.types.add(t)
	return s.arm(t)
}

// arm makes the next event of a type wake the program.
func (s *EventSource) arm(t *eventType) error {
	parts, err := shared()
	if err != nil {
		return err
	}
	_, err = invoke(parts.methods[addEventListener], boxed(s.source), t.text, boxed(s.poster), parts.once)
	t.armed = err == nil
	return err
}

// Unlisten ends the queueing of a type. What is queued already stays.
func (s *EventSource) Unlisten(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if isStateType(name) {
		return // the change of state still wants them
	}
	if t := s.types.byName[name]; t != nil && !t.apart {
		s.drop(t)
	}
}

// drop takes both of a type's listeners away.
func (s *EventSource) drop(t *eventType) {
	t.remove()
	t.armed = false
	_, _ = s.source.Call("removeEventListener", scriptText(t.name), s.poster)
	s.types.remove(t)
	if !s.closed {
		_ = s.mix() // an array always tells its length
	}
}

// URL returns the resolved URL that the browser connects to.
func (s *EventSource) URL() string {
	url, _ := stringProperty(s.source, "url")
	return url
}

// Close closes the connection, removes every listener and drops what is queued.
// It is idempotent and may be called from inside wake.
func (s *EventSource) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	if s.source.Type() == safejs.TypeObject {
		_, _ = s.source.Call("close")
	}
	for _, t := range s.types.byName {
		s.drop(t)
	}
	for _, remove := range s.removers {
		remove()
	}
	s.queue, s.push, s.states, s.pushState = safejs.Value{}, safejs.Value{}, safejs.Value{}, safejs.Value{}
	s.backlog = backlog{}
	turns.unregister(s.wakeID)
	turns.unregister(s.moreID)
	turns.release()
}

// Batch is a run of events that crossed together, one of a type apart, or one
// change of state.
type Batch struct {
	// Count is the number of events; 0 for a change of state and for an
	// empty queue.
	Count int
	// First is the sequence number of the first event, as of
	// [EventSource.Listen].
	First uint64
	// Types are the events' types, one at the least; there may be fewer than
	// events, where the last one is that of all others too. Other batches may
	// share it: it is not to be written to.
	Types []string
	// Fields holds the events' last event IDs, unless there are to be none, and
	// then their data: twice or once Count values parted by CR, which no value of a
	// stream can hold. There are more where a script in the page has made an event
	// that does. It is the caller's.
	Fields []byte
	// LastEventID is that of the last event, where Fields holds no IDs.
	LastEventID string
	// Origin is the origin of the stream that the events came from.
	Origin string
	// State is "open" or "error" when the batch is a change of state.
	State string
	// ReadyState is the ready state after the change.
	ReadyState int
	// More says that events are left; wake will be called again.
	More bool
}

// MaxTake is the most events that [EventSource.Take] takes at a time: their fields are
// arguments of one call in JavaScript, of which browsers allow 65,536 and more.
const MaxTake = 8192

var errClosed = errors.New("jsbridge: the EventSource is closed")

// Take moves at most max events, of which there must be one at the least, and at most
// [MaxTake] out of the queue, up to the next change of state, which comes as a batch
// of its own. Where something is left the wake function is called again in a later
// turn; where nothing is, with the next event. It returns an error after Close, and
// where a batch could not be taken over: events are lost then, and the EventSource is
// to be closed. The fields go into buffer where its capacity is enough.
func (s *EventSource) Take(max int, buffer []byte) (Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Batch{}, errClosed
	}
	batch, err := s.take(max, buffer)
	if err != nil {
		return Batch{}, err
	}
	return batch, s.awaitMore(&batch)
}

func (s *EventSource) take(max int, buffer []byte) (Batch, error) {
	if s.backlog.left() == 0 {
		if err := s.refill(); err != nil {
			return Batch{}, err
		}
	}
	if s.backlog.left() == 0 {
		return Batch{}, nil
	}
	if s.backlog.atState() {
		return s.takeState()
	}
	events, count, err := s.backlog.slice(min(max, MaxTake))
	if err != nil {
		return Batch{}, err
	}
	batch := Batch{Count: count, First: s.taken, Origin: s.originOf(events)}
	s.taken += uint64(count)
	return batch, s.cross(events, &batch, buffer)
}

// cross takes over the fields of events, and their types where they may differ.
func (s *EventSource) cross(events safejs.Value, batch *Batch, buffer []byte) (err error) {
	t := s.types.only(batch.First)
	if t == nil {
		return s.crossWithTypes(events, batch, buffer)
	}
	s.noteFired(t)
	batch.Types = s.types.names
	batch.Fields, err = s.encode(events, batch, false, buffer)
	return err
}

func (s *EventSource) crossWithTypes(events safejs.Value, batch *Batch, buffer []byte) error {
	fields, err := s.encode(events, batch, true, buffer)
	if err == nil {
		batch.Types, batch.Fields = s.splitTypes(fields, batch.Count)
	}
	return err
}

// encode returns the fields of a batch's events, and their types before those where
// they are asked for.
func (s *EventSource) encode(events safejs.Value, batch *Batch, withTypes bool, buffer []byte) (fields []byte, err error) {
	if s.noIDs {
		if batch.LastEventID, err = lastEventID(events, batch.Count); err != nil {
			return nil, err
		}
	}
	return encodeFields(events, choice{types: withTypes, ids: !s.noIDs}, buffer)
}

// refill takes what has gathered out of the queue.
func (s *EventSource) refill() error {
	length, err := s.queue.Length()
	if err != nil || length == 0 {
		return fromThrown(err)
	}
	parts, err := shared()
	if err != nil {
		return err
	}
	events, err := invoke(parts.methods[arraySplice], boxed(s.queue), 0)
	if err != nil {
		return err
	}
	s.backlog = backlog{events: events, size: length, state: -1}
	return s.findState()
}

// findState finds the next change of state in the backlog. One that the queue
// holds is found when the backlog is refilled.
func (s *EventSource) findState() error {
	if s.backlog.left() == 0 {
		return nil
	}
	state, err := s.nextState()
	if err != nil || state.IsUndefined() {
		s.backlog.state = -1
		return err
	}
	return s.backlog.find(state)
}

// splitTypes cuts the types off the front of the fields. Each is noted as
// fired, for rearm.
func (s *EventSource) splitTypes(fields []byte, count int) (types []string, rest []byte) {
	types = make([]string, 0, count)
	var last *eventType
	for range count {
		end := bytes.IndexByte(fields, separator)
		name := fields[:end]
		fields = fields[end+1:]
		if last == nil || last.name != string(name) {
			last = s.noteName(name)
		}
		types = append(types, last.name)
	}
	return types, fields
}

// noteName returns the type of that name and notes it as fired.
func (s *EventSource) noteName(name []byte) *eventType {
	t := s.types.byName[string(name)]
	if t == nil {
		return &eventType{name: string(name)} // no longer listened for
	}
	s.noteFired(t)
	return t
}

// noteFired remembers that an event has used up the type's wake listener.
func (s *EventSource) noteFired(t *eventType) {
	if t.armed {
		t.armed = false
		s.fired = append(s.fired, t)
	}
}

// nextState returns the first queued change of state or event of a type apart,
// undefined where there is none. The server may name its events "open" and "error"
// too: those are MessageEvents, and are no change of state.
func (s *EventSource) nextState() (safejs.Value, error) {
	for {
		event, err := s.states.Index(0)
		if err != nil || event.IsUndefined() {
			return event, fromThrown(err)
		}
		parts, err := shared()
		if err != nil {
			return event, err
		}
		isMessage, err := event.InstanceOf(parts.messageEvent)
		if err != nil {
			return event, fromThrown(err)
		}
		if !isMessage || s.isApart(event) {
			return event, nil
		}
		if err := s.mix(); err != nil {
			return event, err
		}
		if _, err := s.states.Call("shift"); err != nil {
			return event, fromThrown(err)
		}
	}
}

// isApart reports whether an event is of a type apart.
func (s *EventSource) isApart(event safejs.Value) bool {
	name, _ := stringProperty(event, "type")
	t := s.types.byName[name]
	return t != nil && t.apart
}

func (s *EventSource) takeState() (Batch, error) {
	event, err := s.states.Call("shift")
	if err != nil {
		return Batch{}, fromThrown(err)
	}
	if s.isApart(event) {
		return s.takeApart()
	}
	s.backlog.skip()
	batch := Batch{First: s.taken}
	s.taken++
	s.hasOrigin = false // a new connection may have been redirected elsewhere
	batch.State, _ = stringProperty(event, "type")
	s.noteName([]byte(batch.State))
	if err := s.findState(); err != nil {
		return batch, err
	}
	batch.ReadyState, err = s.readyStateAfter(batch.State)
	return batch, err
}

// takeApart takes an event of a type apart out of the backlog.
func (s *EventSource) takeApart() (Batch, error) {
	s.backlog.state = -1
	events, _, err := s.backlog.slice(1)
	if err != nil {
		return Batch{}, err
	}
	batch := Batch{Count: 1, First: s.taken, Origin: s.originOf(events)}
	s.taken++
	if err := s.crossWithTypes(events, &batch, nil); err != nil {
		return batch, err
	}
	return batch, s.findState()
}

// readyStateAfter tells the ready state that came with a change. A connection
// that was given up stays closed for good, so only the last queued change can
// be one to Closed, and then the browser still says so.
func (s *EventSource) readyStateAfter(state string) (int, error) {
	if state == "open" {
		return Open, nil
	}
	if next, err := s.nextState(); err != nil || !next.IsUndefined() {
		return Connecting, err
	}
	value, err := s.source.Get("readyState")
	if err != nil {
		return Connecting, fromThrown(err)
	}
	readyState, err := value.Int()
	return readyState, fromThrown(err)
}

// originOf reads the origin of the first event of a connection; the others
// have the same.
func (s *EventSource) originOf(events safejs.Value) string {
	if s.hasOrigin {
		return s.origin
	}
	if event, err := events.Index(0); err == nil {
		s.origin, s.hasOrigin = stringProperty(event, "origin")
	}
	return s.origin
}

// awaitMore sees to it that wake is called again: by a message of our own while
// events are left, else by the next event. Nothing can come in between, since
// the event loop does not turn while Go runs.
func (s *EventSource) awaitMore(batch *Batch) error {
	left := s.backlog.left()
	if left == 0 {
		var err error
		if left, err = s.queue.Length(); err != nil {
			return fromThrown(err)
		}
	}
	batch.More = left > 0
	if batch.More {
		return s.postMore()
	}
	for _, t := range s.fired {
		if s.types.byName[t.name] != t {
			continue // dropped since
		}
		if err := s.arm(t); err != nil {
			return err
		}
	}
	s.fired = s.fired[:0]
	return nil
}

// Left returns how many events are to be taken.
func (s *EventSource) Left() (count int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, errClosed
	}
	length, err := s.queue.Length()
	return s.backlog.left() + length, fromThrown(err)
}

// Later has the wake function called again in a later turn. It is for a wake
// function that takes nothing yet.
func (s *EventSource) Later() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errClosed
	}
	return s.postMore()
}

// postMore has Take called again, with one message under way at a time: each
// further one would be a turn that others have to wait longer for theirs.
func (s *EventSource) postMore() error {
	if s.posted {
		return nil
	}
	s.posted = true
	return turns.post(s.moreID)
}

// awaited reports whether Take's message is under way, which makes those of the
// listeners that arrive before it needless.
func (s *EventSource) awaited() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.posted
}

// arrived notes that Take's message has arrived.
func (s *EventSource) arrived() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posted = false
}
