//go:build js && wasm

package jsbridge

import (
	"context"
	"time"

	"github.com/hack-pad/safejs"
)

// hiddenFrame is how long a frame lasts where nothing is painted, unless the
// browser holds a hidden page's timers back for longer.
const hiddenFrame = 100 * time.Millisecond

// NextFrame returns before the browser's next animation frame is painted. Where
// nothing paints, because the page is hidden or the worker has no frames, it
// returns after a tenth of a second instead, or when the browser lets a hidden
// page's timers fire, which may be once a second or less. It returns early with
// the cause of ctx when that ends first.
func NextFrame(ctx context.Context) error {
	painted := make(chan struct{}, 1)
	cancel, err := requestFrame(func() {
		select {
		case painted <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer cancel()
	// A page can be hidden while its frame is asked for, and then the frame
	// does not come: so the timer always runs beside it.
	timer := time.NewTimer(hiddenFrame)
	defer timer.Stop()
	select {
	case <-painted:
		return nil
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// requestFrame asks for fn to be called at the next frame, where there are
// frames. Cancel withdraws that and releases the callback.
func requestFrame(fn func()) (cancel func(), err error) {
	request, err := safejs.Global().Get("requestAnimationFrame")
	if err != nil || request.Type() != safejs.TypeFunction {
		return func() {}, fromThrown(err)
	}
	cb, err := newCallback(func(args []safejs.Value) {
		turns.beginFrame(args[0]) // what is drawn now is not put off to a later turn
		fn()
	})
	if err != nil {
		return nil, err
	}
	id, err := request.Invoke(cb.fn)
	if err != nil {
		cb.release()
		return func() {}, nil // it throws in a worker that no window paints for
	}
	return func() {
		_, _ = safejs.Global().Call("cancelAnimationFrame", id)
		cb.release() // after cancelling: until then the browser may call it
	}, nil
}
