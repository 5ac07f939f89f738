//go:build js && wasm

package jsbridge

import (
	"context"
	"sync"
	"time"

	"github.com/hack-pad/safejs"
)

// A MessageChannel is how the program gets a turn of the event loop for itself:
// its messages are tasks like any other, so input, painting and timers go in
// between, and unlike setTimeout it is never clamped to 4 ms. Native code posts
// to it as well as Go does (see wakePort), which is what carries the batched
// delivery.
//
// There is one channel for the program, opened by its first user and closed by
// its last, so that a program which has closed everything is left with nothing.
type turnChannel struct {
	mu       sync.Mutex
	users    int
	receiver safejs.Value
	sender   safejs.Value
	send     safejs.Value // its postMessage
	data     safejs.Value // the getter of a message's data
	remove   func()
	nextID   int
	wake     map[int]func()  // by the id that the message carries
	waiting  []chan struct{} // in NextTurn; a message is under way for the first
	start    time.Time
	frame    float64 // the timestamp of the last frame
	holds    holdClock
}

// nextTurnID is the id of the message with which NextTurn wakes its next waiter.
const nextTurnID = 0

var turns = &turnChannel{wake: make(map[int]func())}

// acquire opens the channel for one more user.
func (c *turnChannel) acquire() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users == 0 {
		if err := c.open(); err != nil {
			return err
		}
	}
	c.users++
	return nil
}

func (c *turnChannel) open() error {
	channel, err := construct("MessageChannel")
	if err != nil {
		return err
	}
	if c.receiver, err = channel.Get("port1"); err != nil {
		return fromThrown(err)
	}
	if c.sender, err = channel.Get("port2"); err != nil {
		return fromThrown(err)
	}
	if c.send, err = boundMethod(c.sender, "postMessage"); err != nil {
		return err
	}
	if c.data, err = getter("MessageEvent", "data"); err != nil {
		return err
	}
	if c.remove, err = listen(c.receiver, "message", nil, c.receive); err != nil {
		return err
	}
	_, err = c.receiver.Call("start")
	return fromThrown(err)
}

// release ends one use; the last one closes the channel.
func (c *turnChannel) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users--
	if c.users > 0 {
		return
	}
	c.remove()
	_, _ = c.receiver.Call("close")
	c.receiver, c.sender, c.send, c.data = safejs.Value{}, safejs.Value{}, safejs.Value{}, safejs.Value{}
	c.waiting = nil // all have left: each is a user until then
}

// register gives fn an id: a message with it calls fn, which must not block.
func (c *turnChannel) register(fn func()) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nextID++
	c.wake[c.nextID] = fn
	return c.nextID
}

func (c *turnChannel) unregister(id int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.wake, id)
}

// poster returns a native function that posts the message id whatever it is
// called with. As an event listener it gets the event as its second argument,
// which postMessage takes for an options object and finds nothing in.
func (c *turnChannel) poster(id int) (safejs.Value, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return boundMethod(c.sender, "postMessage", id)
}

func (c *turnChannel) post(id int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := invoke(c.send, id)
	return err
}

func (c *turnChannel) receive(event safejs.Value) {
	data, err := invoke(c.data, boxed(event))
	if err != nil {
		return
	}
	id, err := data.Int()
	if err != nil {
		return
	}
	c.mu.Lock()
	c.begin()
	wake := c.wake[id]
	if id == nextTurnID {
		c.wakeWaiter()
	}
	c.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// begin notes that the event loop has just called the program; c.mu is held.
func (c *turnChannel) begin() {
	c.start = time.Now()
	c.holds.begin()
}

// resume notes that a promise has called the program. That may be in the same
// turn as the call before, as it is where a stream has its next chunk ready, and
// each of them alone would say nothing of how long all have held the event loop.
func (c *turnChannel) resume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holds.goesOn() {
		c.holds.watch()
		return
	}
	c.begin()
}

// beginFrame notes that the browser has called back for a frame. All calls for
// one frame have the same timestamp and are one turn: it paints after the last.
func (c *turnChannel) beginFrame(timestamp safejs.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	frame, err := timestamp.Float()
	if err == nil && frame == c.frame {
		c.holds.watch()
		return
	}
	c.frame = frame
	c.begin()
}

// NextTurn gives the event loop back to the browser and returns in a later
// turn, after what was waiting there has had its chance. It returns early with
// the cause of ctx when that ends first.
//
// Each call gets a turn of its own, in the order of the calls: goroutines that
// take turns hold the event loop no longer together than one of them does. What
// else waits there has its chance between any two of them.
func NextTurn(ctx context.Context) error {
	if err := turns.acquire(); err != nil {
		return err
	}
	defer turns.release()
	waiter, err := turns.wait()
	if err != nil {
		return err
	}
	select {
	case <-waiter:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (c *turnChannel) wait() (<-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.waiting) == 0 {
		if _, err := invoke(c.send, nextTurnID); err != nil {
			return nil, err
		}
	}
	waiter := make(chan struct{})
	c.waiting = append(c.waiting, waiter)
	return waiter, nil
}

// wakeWaiter gives this turn to the first waiter and has a message come for the
// next. One that has left early has its turn all the same; c.mu is held.
func (c *turnChannel) wakeWaiter() {
	close(c.waiting[0])
	c.waiting = c.waiting[1:]
	if len(c.waiting) > 0 {
		_, _ = invoke(c.send, nextTurnID) // as the first one could be posted, so can this
	}
}

// TurnStart returns when the present turn of the event loop began, as far as
// this package began it: the last time that events, a chunk of a body, [NextTurn]
// or a painted [NextFrame] brought the program back. Chunks that a stream has
// ready one after the other come in one turn.
func TurnStart() time.Time {
	turns.mu.Lock()
	defer turns.mu.Unlock()
	return turns.start
}
