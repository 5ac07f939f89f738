//go:build js && wasm

package jsbridge

import (
	"sync"

	"github.com/hack-pad/safejs"
)

// DOMEvent is what a handler learns of an event.
type DOMEvent struct {
	// Type is the event's type, such as "click".
	Type string
	// TargetID is the id of the element that the event was dispatched on,
	// which may be inside the one that was listened on; "" if it has none.
	TargetID string
}

// OnOptions are the options of [Element.On]. The zero value is the default.
type OnOptions struct {
	// PreventDefault keeps the browser from doing what it does by itself on
	// such an event. It is decided here, since the browser does not wait for
	// the handler.
	PreventDefault bool
	// Capture also hears events of descendants that do not bubble.
	Capture bool
}

// On calls fn for each event of a type on the element. Fn runs in a goroutine
// of the listener's own, one event after another in their order, and may block;
// a panic in it ends the program as any panic does. Events that come meanwhile
// wait, without bound.
//
// Remove takes the listener away, releases its callback, drops the events that
// wait, and lets the goroutine end once fn has returned. It may be called more
// than once, and from inside fn. On returns an error only when the browser
// refuses the listener.
func (e *Element) On(eventType string, options OnOptions, fn func(DOMEvent)) (remove func(), err error) {
	queue := newEventQueue()
	removeListener, err := listen(e.value, eventType, map[string]any{"capture": options.Capture}, func(event safejs.Value) {
		if options.PreventDefault {
			_, _ = event.Call("preventDefault")
		}
		queue.put(describeEvent(event))
	})
	if err != nil {
		return nil, err
	}
	go queue.run(fn)
	return sync.OnceFunc(func() {
		removeListener()
		queue.close()
	}), nil
}

// describeEvent reads the event while it is dispatched: afterwards its target
// may have changed.
func describeEvent(event safejs.Value) DOMEvent {
	var described DOMEvent
	described.Type, _ = stringProperty(event, "type")
	if target, err := event.Get("target"); err == nil && target.Type() == safejs.TypeObject {
		described.TargetID, _ = stringProperty(target, "id")
	}
	return described
}

// eventQueue carries events from a callback, which must not block, to the
// goroutine that handles them.
type eventQueue struct {
	mu     sync.Mutex
	events []DOMEvent
	closed bool
	poke   chan struct{} // of capacity 1: something has changed
}

func newEventQueue() *eventQueue {
	return &eventQueue{poke: make(chan struct{}, 1)}
}

func (q *eventQueue) put(event DOMEvent) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.events = append(q.events, event)
	q.signal()
}

func (q *eventQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.events = true, nil
	q.signal()
}

func (q *eventQueue) signal() {
	select {
	case q.poke <- struct{}{}:
	default:
	}
}

// run handles events until the queue is closed.
func (q *eventQueue) run(fn func(DOMEvent)) {
	for range q.poke {
		for {
			event, ok, closed := q.next()
			if closed {
				return
			}
			if !ok {
				break
			}
			fn(event)
		}
	}
}

func (q *eventQueue) next() (event DOMEvent, ok, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.events) == 0 {
		return DOMEvent{}, false, q.closed
	}
	event, q.events = q.events[0], q.events[1:]
	return event, true, false
}
