//go:build js && wasm

package jsbridge

import (
	"time"

	"github.com/hack-pad/safejs"
)

// holdClock measures how long the program holds the event loop from the moment
// it is called until it has nothing left to do. Go cannot see that moment, but
// the browser can: the jobs of a promise run as soon as the call returns, and
// here they are the browser's own performance.now and Array.prototype.push.
type holdClock struct {
	parts   holdParts
	ready   bool
	start   float64 // in milliseconds, by performance.now
	longest float64
}

type holdParts struct {
	resolved safejs.Value // a promise that is settled
	now      safejs.Value // performance.now
	ends     safejs.Value // an array of when the holds ended
	push     safejs.Value // its push
}

func newHoldParts() (parts holdParts, err error) {
	promise, err := global("Promise")
	if err != nil {
		return parts, err
	}
	if parts.resolved, err = promise.Call("resolve"); err != nil {
		return parts, err
	}
	performance, err := global("performance")
	if err != nil {
		return parts, err
	}
	if parts.now, err = boundMethod(performance, "now"); err != nil {
		return parts, err
	}
	parts.ends, parts.push, err = newQueue()
	return parts, err
}

// begin notes that the program was just called by the event loop. An error only
// costs the measurement.
func (c *holdClock) begin() {
	if !c.ready {
		parts, err := newHoldParts()
		if err != nil {
			return
		}
		c.parts, c.ready = parts, true
	}
	c.collect()
	now, err := c.parts.now.Invoke()
	if err != nil {
		return
	}
	c.start, _ = now.Float()
	c.watch()
}

// watch has the browser note when the call that is under way has ended.
func (c *holdClock) watch() {
	if !c.ready {
		return
	}
	if end, err := c.parts.resolved.Call("then", c.parts.now); err == nil {
		_, _ = end.Call("then", c.parts.push)
	}
}

// collect takes in what has ended since the last hold began.
func (c *holdClock) collect() {
	if !c.ready {
		return
	}
	for {
		value, err := c.parts.ends.Call("shift")
		if err != nil || value.Type() != safejs.TypeNumber {
			return
		}
		end, _ := value.Float()
		c.longest = max(c.longest, end-c.start)
	}
}

// LongestHold returns the longest time for which the program has held the event
// loop in a turn of those that [TurnStart] knows.
func LongestHold() time.Duration {
	turns.mu.Lock()
	defer turns.mu.Unlock()
	turns.holds.collect()
	return time.Duration(turns.holds.longest * float64(time.Millisecond))
}
