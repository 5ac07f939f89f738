package eventsource

import (
	"io"
	"time"
)

// watchdog calls a function when something has been waited for for too long.
type watchdog struct {
	after time.Duration
	timer *time.Timer // nil where it is off
}

func newWatchdog(after time.Duration, bark func()) *watchdog {
	if after <= 0 {
		return &watchdog{}
	}
	return &watchdog{after: after, timer: time.AfterFunc(after, bark)}
}

func (w *watchdog) stop() {
	if w.timer != nil {
		w.timer.Stop()
	}
}

// heard notes that the wait is over, and begins the next.
func (w *watchdog) heard() {
	if w.timer != nil {
		w.timer.Reset(w.after)
	}
}

// over returns a reader that is watched while it reads: a stream that nobody
// wants to read, or that a full queue holds back, is not silent.
func (w *watchdog) over(r io.Reader) io.Reader {
	if w.timer == nil {
		return r
	}
	w.timer.Stop()
	return watched{r, w}
}

type watched struct {
	io.Reader
	dog *watchdog
}

func (w watched) Read(p []byte) (int, error) {
	w.dog.heard()
	defer w.dog.timer.Stop()
	return w.Reader.Read(p)
}
