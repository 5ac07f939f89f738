package eventsource

import (
	"io"
	"sync"
	"time"
)

// watchdog calls a function when something has been waited for for too long. It does
// not take a program that was busy for a silent stream: what has arrived meanwhile
// has a chance to be taken first.
type watchdog struct {
	after time.Duration // 0 if it is off
	bark  func()
	now   func() time.Time

	mu    sync.Mutex
	timer *time.Timer // nil before the first wait
	due   time.Time   // when it is to fire
	waits bool        // whether anything is waited for
	looks int         // how many times it has fired during the wait
}

// longestGrace bounds the last part of a wait, for which the timer is set again. A
// timer that fires first in a turn of the event loop, before what has arrived, is
// followed by one that does not.
const longestGrace = 250 * time.Millisecond

// mostLooks bounds how many times a timer that comes late prolongs a wait: browsers
// put off those of pages that are not seen, all of them.
const mostLooks = 4

func newWatchdog(after time.Duration, bark func()) *watchdog {
	w := &watchdog{after: max(after, 0), bark: bark, now: time.Now}
	w.heard()
	return w
}

// grace is the last part of a wait.
func (w *watchdog) grace() time.Duration { return min(w.after/4, longestGrace) }

// stop ends the watch for good.
func (w *watchdog) stop() {
	w.pause()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.after = 0
}

// pause ends the wait until heard.
func (w *watchdog) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waits = false
	if w.timer != nil {
		w.timer.Stop()
	}
}

// heard notes that the wait is over, and begins the next.
func (w *watchdog) heard() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.after > 0 {
		w.waits, w.looks = true, 0
		w.wait(w.after - w.grace())
	}
}

// wait sets the timer; w.mu is held.
func (w *watchdog) wait(d time.Duration) {
	w.due = w.now().Add(d)
	if w.timer == nil {
		w.timer = time.AfterFunc(d, w.look)
		return
	}
	w.timer.Reset(d)
}

func (w *watchdog) look() {
	if w.over() {
		w.bark()
	}
}

// over reports whether the wait has been too long. The timer has fired: once after
// most of the wait and once after the rest, and once more if it came so late that the
// program must have been busy.
func (w *watchdog) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.waits {
		return false
	}
	w.looks++
	late := w.now().Sub(w.due) > w.grace()/2
	if w.looks == 1 || late && w.looks < mostLooks {
		w.wait(w.grace())
		return false
	}
	w.waits = false
	return true
}

// reader returns a reader that is watched while it reads: a stream that no loop
// reads, or that a full queue holds back, is not silent.
func (w *watchdog) reader(r io.Reader) io.Reader {
	w.pause()
	return watched{r, w}
}

type watched struct {
	io.Reader
	dog *watchdog
}

func (w watched) Read(p []byte) (int, error) {
	w.dog.heard()
	defer w.dog.pause()
	return w.Reader.Read(p)
}
