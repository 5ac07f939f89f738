//go:build js && wasm

package eventsource

import "github.com/runnel-go/runnel/jsbridge"

// followPage has an engine follow the life of its page:
//
//   - a page that goes into the back/forward cache closes its stream, for the
//     browser keeps no page that has one, and connects again when it is back;
//   - with Options.CloseWhileHidden a page that is not seen does so too;
//   - when the network is back, or the page is seen again or thawed, a wait for
//     the next attempt is over at once, unless the server has asked for it;
//   - thawed is called when the page is, which may be nothing but that.
//
// The callbacks only cancel and poke; the engine's goroutine does the rest.
func (e *engine) followPage(thawed func()) error {
	stop, err := jsbridge.WatchLifecycle(func(event jsbridge.LifecycleEvent) {
		switch event {
		case jsbridge.Stored:
			e.suspend(stored)
		case jsbridge.Restored:
			e.resume(stored)
		case jsbridge.Hidden:
			if e.options.CloseWhileHidden {
				e.suspend(hidden)
			}
		case jsbridge.Visible:
			e.resume(hidden)
			e.nudge()
		case jsbridge.Online:
			e.nudge()
		case jsbridge.Resumed:
			thawed()
		}
	})
	if err != nil {
		return err
	}
	e.unfollow = stop
	if e.options.CloseWhileHidden && jsbridge.PageHidden() {
		e.suspend(hidden)
	}
	return nil
}
