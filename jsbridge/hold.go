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
	watched int     // calls whose end is not in yet
	longest float64
}

type holdParts struct {
	when   safejs.Value // makes a promise, settled by performance.now, at the end of a hold
	then   safejs.Value // Promise.prototype.then
	push   any          // of an array of when the holds ended, an argument
	shift  safejs.Value // of that array
	made   time.Time    // when the parts were made
	madeAt float64      // the same by performance.now, which is Go's clock too
}

func newHoldParts() (parts holdParts, err error) {
	promise, err := global("Promise")
	if err != nil {
		return parts, err
	}
	resolved, err := promise.Call("resolve")
	if err != nil {
		return parts, err
	}
	performance, err := global("performance")
	if err != nil {
		return parts, err
	}
	now, err := boundMethod(performance, "now")
	if err != nil {
		return parts, err
	}
	ends, push, err := newQueue()
	if err != nil {
		return parts, err
	}
	parts.push = boxed(push)
	if parts.when, err = boundMethod(resolved, "then", now); err != nil {
		return parts, err
	}
	if parts.then, err = method("Promise", "then"); err != nil {
		return parts, err
	}
	if parts.shift, err = boundMethod(ends, "shift"); err != nil {
		return parts, err
	}
	value, err := invoke(now)
	if err != nil {
		return parts, err
	}
	parts.made = time.Now()
	parts.madeAt, err = value.Float()
	return parts, fromThrown(err)
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
	c.start = c.parts.madeAt + float64(time.Since(c.parts.made))/float64(time.Millisecond)
	c.watch()
}

// goesOn reports whether a call that a promise makes is a part of the same turn
// as the one before. Between two turns the browser runs all jobs of promises, and
// the end of a call comes in by the second of its jobs.
func (c *holdClock) goesOn() bool {
	c.collect()
	return c.watched > 0
}

// watch has the browser note when the call that is under way has ended.
func (c *holdClock) watch() {
	if !c.ready {
		return
	}
	if end, err := invoke(c.parts.when); err == nil {
		if _, err := invoke(c.parts.then, boxed(end), c.parts.push); err == nil {
			c.watched++
		}
	}
}

// collect takes in what has ended since the last hold began.
func (c *holdClock) collect() {
	for c.watched > 0 {
		value, err := invoke(c.parts.shift)
		if err != nil || value.Type() != safejs.TypeNumber {
			return
		}
		c.watched--
		end, _ := value.Float()
		c.longest = max(c.longest, end-c.start)
	}
}

// LongestHold returns the longest time for which the program has held the event
// loop in a turn of those that [TurnStart] knows. What a timer of Go's has
// woken is in none of them.
func LongestHold() time.Duration {
	turns.mu.Lock()
	defer turns.mu.Unlock()
	turns.holds.collect()
	return time.Duration(turns.holds.longest * float64(time.Millisecond))
}
