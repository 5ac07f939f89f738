package jsbridge

import "sync/atomic"

// Counts is what JavaScript holds of this program.
type Counts struct {
	// Callbacks is the number of Go functions that JavaScript may still call.
	Callbacks int
	// Listeners is the number of event listeners that stay registered until
	// this program removes them; not those that the browser removes after one
	// event.
	Listeners int
}

var liveCallbacks, liveListeners atomic.Int64

// Live returns what is alive now. A program that has closed everything it
// opened is back at zero: tests compare it before and after.
//
// In a browser the numbers also stand, kept current, in the global property
// Symbol.for("runnel.live") as an object {callbacks, listeners, goroutines, types},
// where a test harness outside the program can read them. Goroutines is a
// function: it returns the stacks of all goroutines as the Go runtime prints
// them, and throws once the program has ended. It is not counted. Types has the
// numbers of [CountSubscription].
func Live() Counts {
	return Counts{
		Callbacks: int(liveCallbacks.Load()),
		Listeners: int(liveListeners.Load()),
	}
}
