package eventsource

import (
	"sync"
	"time"
)

// A machine that has slept has connections whose other end is long gone, which
// it may take minutes to notice.
const (
	// sleepCheck is how often the clock is looked at, and so how long after
	// waking up a connection is made anew at the latest.
	sleepCheck = 5 * time.Second
	// sleepLate is how late a look must come to mean that the machine slept.
	// Browsers put off the timers of hidden pages by up to a minute.
	sleepLate = 90 * time.Second
)

// sleepWatch notices that the machine was asleep, or the program stopped: a
// timer comes late by the clock on the wall. (The clock of timers may stand
// still meanwhile.) A clock that somebody sets ahead looks the same.
type sleepWatch struct {
	now  func() time.Time // the time on the wall
	woke func()           // called after each sleep

	mu      sync.Mutex
	due     time.Time
	timer   *time.Timer
	stopped bool
}

// wallClock returns the time without what Go otherwise compares times by.
func wallClock() time.Time { return time.Now().Round(0) }

// start begins the watch, unless it was stopped before.
func (w *sleepWatch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.stopped {
		w.due = w.now().Add(sleepCheck)
		w.timer = time.AfterFunc(sleepCheck, w.look)
	}
}

// look compares the times and begins to wait for the next look. It may be
// called in between, when there is reason to.
func (w *sleepWatch) look() {
	if w.late() >= sleepLate {
		w.woke()
	}
}

func (w *sleepWatch) late() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil || w.stopped {
		return 0
	}
	now := w.now()
	late := now.Sub(w.due)
	w.due = now.Add(sleepCheck)
	w.timer.Reset(sleepCheck)
	return late
}

// stop ends the watch for good.
func (w *sleepWatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
