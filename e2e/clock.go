//go:build !js

package e2e

import (
	"fmt"
	"time"
)

// advanceClock puts a Date in place whose now is ahead. It has the prototype of
// the browser's own, so that every date is an instance of both.
const advanceClock = `((by) => {
	const clock = globalThis[Symbol.for("runnel.e2e.clock")] ??= (() => {
		const clock = {ahead: 0}, Real = Date;
		const now = () => Real.now() + clock.ahead;
		globalThis.Date = new Proxy(Real, {
			construct: (target, args, made) => Reflect.construct(target, args.length > 0 ? args : [now()], made),
			apply: () => new Date().toString(),
			get: (target, name) => name === "now" ? now : Reflect.get(target, name),
		});
		Real.prototype.constructor = Date;
		return clock;
	})();
	clock.ahead += by;
})(%d)`

// AdvanceClock puts the page's wall clock ahead by d, in whole milliseconds, as
// it is after a machine has slept: what new Date() and Date.now() tell, and so
// the wall clock of time.Now in a Go program. Timers and performance.now, which
// Go measures durations by, go on as they were. It holds for the document that
// is shown, not for its workers, and until another one is loaded; calls add up.
func (p *Page) AdvanceClock(d time.Duration) {
	p.site.t.Helper()
	p.Run(fmt.Sprintf(advanceClock, d.Milliseconds()))
}
