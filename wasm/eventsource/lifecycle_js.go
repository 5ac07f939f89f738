//go:build js && wasm

package eventsource

import "github.com/runnel-go/runnel/jsbridge"

// followPage has an engine follow the life of its page:
//
//   - a page that goes into the back/forward cache closes its stream, for the
//     browser keeps no page that has one, and connects again when it is back;
//   - with Options.CloseWhileHidden a page that is not seen does so too;
//   - a page that is seen again after it was stopped meanwhile, as phones do,
//     connects again at once, for its connection may be gone without a sign;
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
			e.sleep.hide()
			if e.options.CloseWhileHidden {
				e.suspend(hidden)
			}
		case jsbridge.Visible:
			e.resume(hidden)
			e.sleep.show()
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
	e.sleep.newAlarm = newPageAlarm
	if jsbridge.InWorker() {
		e.sleep.late = workerLate
	}
	if e.options.CloseWhileHidden && jsbridge.PageHidden() {
		e.suspend(hidden)
	}
	return nil
}

// newPageAlarm returns an alarm that the browser puts off by a second or so in a page
// that is not seen.
func newPageAlarm(fn func()) alarm {
	if a, err := jsbridge.NewAlarm(fn); err == nil {
		return a
	}
	return newTimerAlarm(fn)
}
