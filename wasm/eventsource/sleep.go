package eventsource

import (
	"cmp"
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
	// stopLate is how late one must come while a page is not seen to mean that
	// it was stopped, as phones do within seconds: its connections may be gone
	// without a sign when it is seen again. See [alarm] for why no timer of a
	// page that runs is as late.
	stopLate = 4 * time.Second
	// workerLate is sleepLate in a worker: it is stopped with its page, but is not
	// told when that is seen again, and its timers are not put off.
	workerLate = 20 * time.Second
)

// alarm calls a function after a time, which browsers do not put off: see newPageAlarm.
type alarm interface {
	Set(time.Duration)
	Close()
}

// timerAlarm is an alarm for what is no page.
type timerAlarm struct{ *time.Timer }

func newTimerAlarm(fn func()) alarm {
	timer := time.AfterFunc(time.Hour, fn)
	timer.Stop()
	return timerAlarm{timer}
}

func (a timerAlarm) Set(d time.Duration) { a.Reset(d) }
func (a timerAlarm) Close()              { a.Stop() }

// sleepWatch notices that the machine was asleep, or the program stopped: a
// timer comes late by the clock on the wall. (The clock of timers may stand
// still meanwhile.) A clock that somebody sets ahead looks the same.
type sleepWatch struct {
	now  func() time.Time // the time on the wall
	woke func()           // called after each sleep
	late time.Duration    // how late a look must come to mean one; 0 for sleepLate
	// newAlarm makes what calls look. Default: newTimerAlarm.
	newAlarm func(look func()) alarm

	mu      sync.Mutex
	due     time.Time
	alarm   alarm // nil before the watch has begun
	ended   bool
	stopped bool // a look has come late by stopLate since hide, or restart
}

// wallClock returns the time without what Go otherwise compares times by.
func wallClock() time.Time { return time.Now().Round(0) }

// start begins the watch, unless it was stopped before.
func (w *sleepWatch) start() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		if w.newAlarm == nil {
			w.newAlarm = newTimerAlarm
		}
		w.alarm = w.newAlarm(w.look)
		w.next(w.now())
	}
}

// next begins to wait for the next look; w.mu is held.
func (w *sleepWatch) next(now time.Time) {
	w.due = now.Add(sleepCheck)
	w.alarm.Set(sleepCheck)
}

// restart forgets what has been late up to now: the connection is a new one.
func (w *sleepWatch) restart() {
	w.lateness()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = false
}

// hide notes that the page is not seen from now on.
func (w *sleepWatch) hide() { w.restart() }

// show notes that the page is seen again. If it was stopped meanwhile, that counts as
// a sleep.
func (w *sleepWatch) show() {
	w.lateness()
	w.mu.Lock()
	stopped := w.stopped
	w.stopped = false
	w.mu.Unlock()
	if stopped {
		w.woke()
	}
}

// look compares the times and begins to wait for the next look. It may be
// called in between, when there is reason to.
func (w *sleepWatch) look() {
	if w.lateness() >= cmp.Or(w.late, sleepLate) {
		w.woke()
	}
}

// lateness returns how late a look is by now, and begins to wait for the next one.
func (w *sleepWatch) lateness() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.alarm == nil || w.ended {
		return 0
	}
	now := w.now()
	late := now.Sub(w.due)
	w.stopped = w.stopped || late >= stopLate
	w.next(now)
	return late
}

// stop ends the watch for good.
func (w *sleepWatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	if w.alarm != nil {
		w.alarm.Close()
	}
}
