//go:build js && wasm

package jsbridge

import (
	"sync"
	"time"

	"github.com/hack-pad/safejs"
)

// Alarm calls a function after a time. Browsers put off the timers of a page that is
// not seen, by up to a minute those that one timer sets after the other, as Go's
// runtime does. An Alarm's timer is native code that posts a message, and what sets
// the next one in the message's turn is not called by a timer: it comes in a second or
// so, unless the page is stopped or busy.
//
// The methods may be called from any goroutine. The caller closes it.
type Alarm struct {
	id     int // of the message
	poster safejs.Value

	mu     sync.Mutex
	closed bool
	timer  int // setTimeout's number; 0 if none is set
}

// NewAlarm returns an Alarm that calls fn, which must not block, from the event loop.
// It returns an error if the global object has no MessageChannel.
func NewAlarm(fn func()) (*Alarm, error) {
	if err := turns.acquire(); err != nil {
		return nil, err
	}
	a := &Alarm{id: turns.register(fn)}
	var err error
	if a.poster, err = turns.poster(a.id); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

// Set has the function called once after d, in the place of what was set before. After
// Close it does nothing.
func (a *Alarm) Set(d time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.clear()
	timer, err := safejs.Global().Call("setTimeout", a.poster, d.Milliseconds())
	if err == nil {
		a.timer, _ = timer.Int()
	}
}

// clear takes the timer away; a.mu is held.
func (a *Alarm) clear() {
	if a.timer != 0 {
		_, _ = safejs.Global().Call("clearTimeout", a.timer)
		a.timer = 0
	}
}

// Close ends the Alarm: no call of the function begins once it has returned. It is
// idempotent.
func (a *Alarm) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return
	}
	a.closed = true
	a.clear()
	turns.unregister(a.id)
	turns.release()
}
