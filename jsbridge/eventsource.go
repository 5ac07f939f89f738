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
// The methods may be called from any goroutine. Whoever opened it closes it.
type EventSource struct {
	source safejs.Value
	wakeID int // of the message that the listeners post
	moreID int // of the message that Take posts for what it has left

	mu        sync.Mutex
	closed    bool
	posted    bool         // whether Take's message is under way
	queue     safejs.Value // every event, in order
	push      safejs.Value
	states    safejs.Value // the "open" and "error" events among them
	pushState safejs.Value
	poster    safejs.Value
	types     map[string]*eventType
	fired     []*eventType // whose wake listener an event has used up
	removers  []func()     // of the listeners for the change of state
	taken     uint64
	origin    string
	hasOrigin bool
}

// eventType is an event type that is listened for.
type eventType struct {
	name   string
	remove func() // takes the queue's listener away
	armed  bool   // whether the next event wakes the program
}

// stateTypes are the types of the browser's own events on an EventSource.
var stateTypes = [...]string{"open", "error"}

// OpenEventSource makes an EventSource for a URL, which the browser resolves
// against the page or worker. It returns an *[Error] where the constructor
// throws, named "SyntaxError" for a URL that cannot be parsed.
//
// Wake is called from the event loop when events have arrived, for each burst
// at least once and at most once for each event type in it, and again as long as
// Take leaves some. It must not block, and is expected to call
// [EventSource.Take].
func OpenEventSource(url string, withCredentials bool, wake func()) (*EventSource, error) {
	if _, err := shared(); err != nil {
		return nil, err
	}
	if err := turns.acquire(); err != nil {
		return nil, err
	}
	s := &EventSource{types: make(map[string]*eventType)}
	s.wakeID = turns.register(func() {
		if !s.awaited() {
			wake()
		}
	})
	s.moreID = turns.register(func() {
		s.arrived()
		wake()
	})
	if err := s.open(url, withCredentials); err != nil {
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
	length, err := s.queue.Length()
	if err != nil {
		return 0, fromThrown(err)
	}
	return s.taken + uint64(length), s.listen(name)
}

func (s *EventSource) listen(name string) error {
	if s.types[name] != nil {
		return nil
	}
	remove, err := addListener(s.source, scriptText(name), s.push, nil)
	if err != nil {
		return err
	}
	t := &eventType{name: name, remove: remove}
	s.types[name] = t
	return s.arm(t)
}

// arm makes the next event of a type wake the program.
func (s *EventSource) arm(t *eventType) error {
	_, err := s.source.Call("addEventListener", scriptText(t.name), s.poster, map[string]any{"once": true})
	t.armed = err == nil
	return fromThrown(err)
}

// Unlisten ends the queueing of a type. What is queued already stays.
func (s *EventSource) Unlisten(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if name == stateTypes[0] || name == stateTypes[1] {
		return // the change of state still wants them
	}
	if t := s.types[name]; t != nil {
		s.drop(t)
	}
}

// drop takes both of a type's listeners away.
func (s *EventSource) drop(t *eventType) {
	t.remove()
	t.armed = false
	_, _ = s.source.Call("removeEventListener", scriptText(t.name), s.poster)
	delete(s.types, t.name)
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
	for _, t := range s.types {
		s.drop(t)
	}
	for _, remove := range s.removers {
		remove()
	}
	s.queue, s.push, s.states, s.pushState = safejs.Value{}, safejs.Value{}, safejs.Value{}, safejs.Value{}
	turns.unregister(s.wakeID)
	turns.unregister(s.moreID)
	turns.release()
}

// Batch is a run of events that crossed together, or one change of state.
type Batch struct {
	// Count is the number of events; 0 for a change of state and for an
	// empty queue.
	Count int
	// First is the sequence number of the first event, as of
	// [EventSource.Listen].
	First uint64
	// Types are the events' types.
	Types []string
	// Fields holds the events' last event IDs and then their data: 2*Count
	// values parted by CR, which none of them can hold. It is the caller's.
	Fields []byte
	// Origin is the origin of the stream that the events came from.
	Origin string
	// State is "open" or "error" when the batch is a change of state.
	State string
	// ReadyState is the ready state after the change.
	ReadyState int
	// More says that events are left; wake will be called again.
	More bool
}

var (
	errClosed = errors.New("jsbridge: the EventSource is closed")
	errFields = errors.New("jsbridge: an event holds a carriage return, which no event stream can carry")
)

// Take moves at most max events, of which there must be one at the least, out
// of the queue, up to the next change of state, which comes as a batch of its
// own. Where something is left the wake function is called again in a later
// turn; where nothing is, with the next event. It returns an error after Close,
// and where a batch could not be taken over: events are lost then, and the
// EventSource is to be closed.
func (s *EventSource) Take(max int) (Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Batch{}, errClosed
	}
	batch, err := s.take(max)
	if err != nil {
		return Batch{}, err
	}
	return batch, s.awaitMore(&batch)
}

func (s *EventSource) take(max int) (Batch, error) {
	state, at, err := s.nextState()
	if err != nil {
		return Batch{}, err
	}
	if at == 0 {
		return s.takeState(state)
	}
	if at > 0 {
		max = min(max, at)
	}
	events, err := s.queue.Call("splice", 0, max)
	if err != nil {
		return Batch{}, fromThrown(err)
	}
	count, err := events.Length()
	if err != nil || count == 0 {
		return Batch{}, fromThrown(err)
	}
	batch := Batch{Count: count, First: s.taken, Origin: s.originOf(events)}
	s.taken += uint64(count)
	fields, err := encodeFields(events, count)
	if err != nil {
		return batch, err
	}
	batch.Types, batch.Fields = s.splitTypes(fields, count)
	return batch, nil
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
			last = s.noteFired(name)
		}
		types = append(types, last.name)
	}
	return types, fields
}

// noteFired returns the type of that name and remembers that an event has used
// up its wake listener.
func (s *EventSource) noteFired(name []byte) *eventType {
	t := s.types[string(name)]
	if t == nil {
		return &eventType{name: string(name)} // no longer listened for
	}
	if t.armed {
		t.armed = false
		s.fired = append(s.fired, t)
	}
	return t
}

// nextState returns the first queued change of state and its place in the
// queue, which is -1 where there is none. The server may name its events "open"
// and "error" too: those are MessageEvents, and are no change of state.
func (s *EventSource) nextState() (safejs.Value, int, error) {
	for {
		event, err := s.states.Index(0)
		if err != nil || event.IsUndefined() {
			return event, -1, fromThrown(err)
		}
		parts, err := shared()
		if err != nil {
			return event, -1, err
		}
		isMessage, err := event.InstanceOf(parts.messageEvent)
		if err != nil {
			return event, -1, fromThrown(err)
		}
		if !isMessage {
			at, err := s.queue.Call("indexOf", event)
			if err != nil {
				return event, -1, fromThrown(err)
			}
			place, err := at.Int()
			return event, place, fromThrown(err)
		}
		if _, err := s.states.Call("shift"); err != nil {
			return event, -1, fromThrown(err)
		}
	}
}

func (s *EventSource) takeState(event safejs.Value) (Batch, error) {
	for _, queue := range [...]safejs.Value{s.queue, s.states} {
		if _, err := queue.Call("shift"); err != nil {
			return Batch{}, fromThrown(err)
		}
	}
	s.taken++
	s.hasOrigin = false // a new connection may have been redirected elsewhere
	state, _ := stringProperty(event, "type")
	s.noteFired([]byte(state))
	readyState, err := s.readyStateAfter(state)
	return Batch{State: state, ReadyState: readyState}, err
}

// readyStateAfter tells the ready state that came with a change. A connection
// that was given up stays closed for good, so only the last queued change can
// be one to Closed, and then the browser still says so.
func (s *EventSource) readyStateAfter(state string) (int, error) {
	if state == "open" {
		return Open, nil
	}
	if _, at, err := s.nextState(); err != nil || at >= 0 {
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
	left, err := s.queue.Length()
	if err != nil {
		return fromThrown(err)
	}
	batch.More = left > 0
	if batch.More {
		return s.postMore()
	}
	for _, t := range s.fired {
		if s.types[t.name] != t {
			continue // dropped since
		}
		if err := s.arm(t); err != nil {
			return err
		}
	}
	s.fired = s.fired[:0]
	return nil
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
