package eventsource

import (
	"context"
	"runtime"
	"time"
)

// loopPlace is how far the loop of an inbox is. The Source's mutex guards it.
type loopPlace struct {
	settled chan<- struct{} // the Source's
	gathers bool            // it takes messages from time to time, as that of Batches
	busy    bool            // it has taken messages and has not come back
	stood   bool            // it has been waited for in vain
	stoodAt uint64          // how many messages it had taken then
}

// settle notes that the loop has handled what it has taken.
func (l *loopPlace) settle() {
	if l.busy {
		l.busy = false
		poke(l.settled)
	}
}

// gather notes that the loop takes messages from time to time.
func (in *inbox) gather() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.loop.gathers = true
	poke(in.loop.settled)
}

// awaited reports whether its loop has yet to handle a message, and may be expected to.
// The Source is locked.
func (in *inbox) awaited() bool {
	l := &in.loop
	return !l.gathers && (l.busy || in.queue.size() > 0) && !(l.stood && l.stoodAt == in.queue.passed)
}

// maxSettling is how long the stream is held up for loops to come to where it is.
const maxSettling = time.Second

// awaitTaken waits until the loops have handled every message that has been delivered,
// but not for long, nor for one that stands still.
func (s *Source) awaitTaken(ctx context.Context) {
	if !s.unsettled() {
		return
	}
	runtime.Gosched() // which on one thread is enough for most
	if !s.unsettled() {
		return
	}
	timer := time.NewTimer(maxSettling)
	defer timer.Stop()
	for s.unsettled() {
		select {
		case <-s.settled:
		case <-timer.C:
			s.passOver()
			return
		case <-ctx.Done():
			return
		}
	}
}

// unsettled reports whether there is a loop to wait for.
func (s *Source) unsettled() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for in := range s.inboxes {
		if in.awaited() {
			return true
		}
	}
	return false
}

// passOver has the loops that have been waited for in vain not be waited for until they
// go on.
func (s *Source) passOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for in := range s.inboxes {
		if in.awaited() {
			in.loop.stood, in.loop.stoodAt = true, in.queue.passed
		}
	}
}
