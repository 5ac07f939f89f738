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
	remove   func()
	nextID   int
	wake     map[int]func() // by the id that the message carries
	waiting  []chan struct{}
	posted   bool
	start    time.Time
	holds    holdClock
}

// nextTurnID is the id of the message with which NextTurn wakes its waiters.
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
	c.receiver, c.sender, c.posted = safejs.Value{}, safejs.Value{}, false
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
	_, err := c.sender.Call("postMessage", id)
	return fromThrown(err)
}

func (c *turnChannel) receive(event safejs.Value) {
	id := nextTurnID
	if data, err := event.Get("data"); err == nil {
		id, _ = data.Int()
	}
	c.mu.Lock()
	c.start = time.Now()
	c.holds.begin()
	wake := c.wake[id]
	if id == nextTurnID {
		for _, waiter := range c.waiting {
			close(waiter)
		}
		c.waiting, c.posted = nil, false
	}
	c.mu.Unlock()
	if wake != nil {
		wake()
	}
}

// NextTurn gives the event loop back to the browser and returns in a later
// turn, after what was waiting there has had its chance. It returns early with
// the cause of ctx when that ends first.
//
// All goroutines that wait share one message, and so one turn.
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
	if !c.posted {
		if _, err := c.sender.Call("postMessage", nextTurnID); err != nil {
			return nil, fromThrown(err)
		}
		c.posted = true
	}
	waiter := make(chan struct{})
	c.waiting = append(c.waiting, waiter)
	return waiter, nil
}

// TurnStart returns when the present turn of the event loop began, as far as
// this package began it: the last time that a batch of events or [NextTurn]
// brought the program back.
func TurnStart() time.Time {
	turns.mu.Lock()
	defer turns.mu.Unlock()
	return turns.start
}
