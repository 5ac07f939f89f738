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
	held func() time.Duration        // how long the present turn has lasted
	next func(context.Context) error // gives the event loop a turn
}

// breathe lets the event loop have a turn where the present one has lasted long
// enough.
func (p pacer) breathe() {
	if p.held() >= maxHold {
		// Only the end of its context or a missing MessageChannel keeps it from
		// coming back, and then there is nothing to do but to go on.
		_ = p.next(context.Background())
	}
}
