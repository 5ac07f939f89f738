package eventsource

import (
	"context"
	"time"
)

// maxHold is how long a loop goes on handling events before it lets the event
// loop have a turn. With the taking over of a batch before it, about as long at
// the most, and one handler of the caller's after it, that stays well below the
// 16 ms of a frame.
const maxHold = 5 * time.Millisecond

// pacer keeps loops from holding the event loop. It is the same for all, since
// there is one event loop.
type pacer struct {
	clock func() (now, turn time.Duration) // the time, and when the present turn began
	next  func(context.Context) error      // gives the event loop a turn
}

// breathe lets the event loop have a turn where the present one has lasted long
// enough. It returns what the time was.
func (p pacer) breathe() (now time.Duration) {
	now, turn := p.clock()
	if now-turn >= maxHold {
		// Only the end of its context or a missing MessageChannel keeps it
		// from coming back, and then there is nothing to do but to go on.
		_ = p.next(context.Background())
	}
	return now
}

// lasts reports whether the present turn may go on.
func (p pacer) lasts() bool {
	now, turn := p.clock()
	return now-turn < maxHold
}

const (
	// A look at the clock goes out to JavaScript, which takes as long as a
	// tenth of a small message's way. So where messages have been brief, not
	// every one is preceded by a look. A handler that is slow all at once
	// makes a turn longer, by as many messages at the most.
	maxUnlooked = 15
	brief       = 100 * time.Microsecond
)

// breather is the pace of one loop.
type breather struct {
	looked   time.Duration // when the last look was
	unlooked int           // how many messages come between two looks
	left     int           // how many of those are to come
}

// due reports whether a look is due. It is called before each message, and is small
// for that.
func (b *breather) due() bool {
	if b.left > 0 {
		b.left--
		return false
	}
	return true
}

// look has the event loop have its turn where one is due, and says how many messages
// may go by before the next look. What other loops do in between counts as the
// messages' time.
func (b *breather) look() {
	now := pace.breathe()
	if now-b.looked < brief*time.Duration(b.unlooked+1) {
		b.unlooked = min(2*b.unlooked+1, maxUnlooked)
	} else {
		b.unlooked = 0
	}
	b.looked, b.left = now, b.unlooked
}

// waited has the next message preceded by a look, as others may have used the
// turn up.
func (b *breather) waited() { b.left, b.unlooked = 0, 0 }
