//go:build js && wasm

package jsbridge

import (
	"sync"
	"time"
)

// Animate has the browser move a CSS property of the element from one value to
// another, evenly over a duration, beginning now; the second value stays. The
// browser does it frame by frame on its own: for a transform even without the
// thread that the program runs on, and the program is not called.
//
// An animation goes before what [Element.SetStyle] sets, and before those begun
// earlier. Stop ends it and gives the property back to them; it may be called
// more than once. A duration below zero is a mistake.
func (e *Element) Animate(property, from, to string, duration time.Duration) (stop func()) {
	animation, err := e.value.Call("animate",
		map[string]any{property: []any{from, to}},
		map[string]any{"duration": duration.Seconds() * 1000, "fill": "forwards"})
	mustDOM("animate "+property, err)
	return sync.OnceFunc(func() { _, _ = animation.Call("cancel") })
}
