//go:build js && wasm

package jsbridge

import "github.com/hack-pad/safejs"

// backlog is a JavaScript array of events that were taken out of the queue
// together. Taking each slice out of the queue itself would move all that are
// behind it, time and again.
type backlog struct {
	events safejs.Value
	next   int // the first that has not crossed
	size   int
	state  int // the place of the next change of state; -1 where there is none
}

// left returns how many have not crossed.
func (b *backlog) left() int { return b.size - b.next }

// atState reports whether the next one is a change of state.
func (b *backlog) atState() bool { return b.next == b.state }

// find finds the change of state among those that are left.
func (b *backlog) find(state safejs.Value) error {
	value, err := b.events.Call("indexOf", state, b.next)
	if err != nil {
		return fromThrown(err)
	}
	b.state, err = value.Int()
	return fromThrown(err)
}

// slice returns the next ones, at most max and none behind a change of state.
// They are let go of.
func (b *backlog) slice(max int) (events safejs.Value, count int, err error) {
	parts, err := shared()
	if err != nil {
		return events, 0, err
	}
	count = min(max, b.left())
	if b.state >= 0 {
		count = min(count, b.state-b.next)
	}
	start, end := b.next, b.next+count
	b.next = end
	if count == b.size {
		events, *b = b.events, backlog{}
		return events, count, nil
	}
	if events, err = invoke(parts.methods[arraySlice], boxed(b.events), start, end); err != nil {
		return events, 0, err
	}
	if b.left() == 0 {
		*b = backlog{}
		return events, count, nil
	}
	_, err = invoke(parts.methods[arrayFill], boxed(b.events), nil, start, end)
	return events, count, err
}

// skip lets go of the change of state that is next.
func (b *backlog) skip() {
	b.next++
	if b.left() == 0 {
		*b = backlog{}
	}
}
