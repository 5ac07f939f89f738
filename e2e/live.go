//go:build !js

package e2e

import "fmt"

// Live is what JavaScript holds of the Go programs of a page: its own, and that of the
// default page's worker. Programs with package jsbridge publish it.
type Live struct {
	// Callbacks is the number of Go functions that JavaScript may still call.
	Callbacks int
	// Listeners is the number of event listeners that stay until the program
	// removes them.
	Listeners int
}

// String returns the counts in words.
func (l Live) String() string {
	return fmt.Sprintf("%d callbacks, %d listeners", l.Callbacks, l.Listeners)
}

// Live returns what is alive now. It waits for a program that publishes it.
func (p *Page) Live() Live {
	p.site.t.Helper()
	return p.waitLive("a program that publishes its counts", func(Live) bool { return true })
}

// WaitLive waits until as much is alive as want, which is as a rule what [Page.Live]
// has returned earlier in the test. It finds what a program keeps for as long as its
// page lives, such as one more listener each time a dialog is closed. The check at
// the end of the page does not see that if the program releases it then.
func (p *Page) WaitLive(want Live) {
	p.site.t.Helper()
	p.waitLive("only "+want.String()+" to be alive", func(got Live) bool { return got == want })
}

func (p *Page) waitLive(what string, good func(Live) bool) Live {
	p.site.t.Helper()
	var now Live
	p.waitFor(what, func() (bool, string) {
		left, err := eval[live](p, stillAlive())
		switch {
		case err != nil:
			return false, "got " + err.Error()
		case left.Silent:
			return false, "the worker does not answer"
		case left.Programs == 0:
			return false, "the page has no program with package jsbridge, which would count them"
		}
		now = Live{left.Callbacks, left.Listeners}
		return good(now), "got " + now.String()
	})
	return now
}
