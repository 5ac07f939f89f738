package eventsource

import (
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// ReadyState is where a connection stands; the values are the standard's
// (9.2.2).
type ReadyState int

const (
	// StateConnecting: the connection is not established yet, or was lost and
	// is being made again.
	StateConnecting ReadyState = iota
	// StateOpen: messages are dispatched as they come.
	StateOpen
	// StateClosed: the Source has ended and will not connect again.
	StateClosed
)

// String returns "connecting", "open" or "closed".
func (r ReadyState) String() string {
	switch r {
	case StateConnecting:
		return "connecting"
	case StateOpen:
		return "open"
	case StateClosed:
		return "closed"
	}
	return fmt.Sprintf("ReadyState(%d)", int(r))
}

// State is where a Source stands.
type State struct {
	ReadyState ReadyState
	// Attempt is, while connecting, the number of this attempt since the
	// connection was last open: 1 for the first. Else it is 0.
	Attempt int
	// Delay is, while connecting, how long the attempt is put off: 0 where
	// that is not known. The browser's EventSource does not tell.
	Delay time.Duration
	// Err is, once and while open, what the Store could not do. Else it is,
	// while connecting, why the last attempt or connection ended, nil
	// for the first attempt; the browser's EventSource tells only that it
	// did. When closed it is what [Source.Err] returns. Else it is nil.
	Err error
}

// watcherLimit is how many changes wait for a slow States loop; the oldest go
// first.
const watcherLimit = 256

// watcher queues changes of state for one States loop.
type watcher struct {
	poked chan struct{}

	mu      sync.Mutex
	changes []State
}

func newWatcher(present State) *watcher {
	w := &watcher{poked: make(chan struct{}, 1)}
	w.put(present)
	return w
}

func (w *watcher) put(state State) {
	w.mu.Lock()
	if len(w.changes) == watcherLimit {
		w.changes = w.changes[1:]
	}
	w.changes = append(w.changes, state)
	w.mu.Unlock()
	select {
	case w.poked <- struct{}{}:
	default:
	}
}

func (w *watcher) take() []State {
	w.mu.Lock()
	defer w.mu.Unlock()
	changes := w.changes
	w.changes = nil
	return changes
}

// each yields the changes as they come, to the last one there can be.
func (w *watcher) each(yield func(State) bool) {
	for {
		for _, state := range w.take() {
			if !yield(state) || state.ReadyState == StateClosed {
				return
			}
		}
		<-w.poked
	}
}

// State returns where the Source stands now.
func (s *Source) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// States returns the present state and then every change, in order, and ends
// after [StateClosed]. It watches from the moment it returns until its loop is
// left; it serves one loop, and a second one gets nothing. A loop that falls 256
// changes behind misses the oldest. A panic in the loop's body also closes the
// Source on its way.
func (s *Source) States() iter.Seq[State] {
	s.mu.Lock()
	w := newWatcher(s.state)
	if s.state.ReadyState != StateClosed {
		s.watchers[w] = struct{}{}
	}
	s.mu.Unlock()
	var used atomic.Bool
	return func(yield func(State) bool) {
		if used.Swap(true) {
			return
		}
		defer s.forget(w)
		s.guard(func() { w.each(yield) })
	}
}

func (s *Source) forget(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.watchers, w)
}

// setState changes the state; s.mu is held.
func (s *Source) setState(state State) {
	s.state = state
	for w := range s.watchers {
		w.put(state)
	}
}
