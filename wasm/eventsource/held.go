package eventsource

// holder says what of a burst is left in the browser. What loops that are behind have
// not come to stays there for as long as they go on and it is not much: a burst would
// else fill the queue of a loop that is merely slower than the browser. For a loop
// that stands still it is taken over, slice by slice, and for any loop if there is too
// much of it: what becomes of it then is the queue's concern, whose bounds are the
// caller's.
type holder struct {
	steps uint64 // how many the loops that were behind had made when there was last a look
}

const (
	// maxHeld and maxHeldBytes are how much may stay in the browser, in events and in
	// bytes as far as those are known.
	maxHeld      = 1 << 15
	maxHeldBytes = 16 << 20
)

// takesOver reports whether a slice is to be taken over. Steps and behind are what
// Source.behind returns; first says that nothing has been taken over in this turn.
// How much is left is asked for only if it matters.
func (h *holder) takesOver(first bool, steps uint64, behind bool, left func() (count, bytesEach int)) bool {
	if !behind {
		return true
	}
	goOn := steps != h.steps
	if h.steps = steps; first && !goOn {
		return true
	}
	count, bytesEach := left()
	return count > maxHeld || count*bytesEach > maxHeldBytes
}
