// Package timescale scales time bounds to the machine that tests run on.
//
// A bound ends a wait for a condition that never comes. It must not decide a test
// on a slow or busy machine, so the bounds of the repository's tests, and those of the
// harness that runs them, are written for a quiet desktop and pass through [Bound].
// The measure is how long a browser takes to open an empty page: e2e/cmd/runtests
// takes it once, before the tests, and hands it to them in the environment.
package timescale

import (
	"os"
	"sync"
	"time"
)

// Variable names the environment variable that holds the measure, in the form of
// [time.Duration.String].
const Variable = "RUNNEL_PACE"

// Usual is the measure of the machine that bounds are written for.
const Usual = 500 * time.Millisecond

// most keeps a test that waits in vain from outlasting the run.
const most = 10

// Bound returns d, or more on a machine that was measured to be slower than usual.
// It returns at most ten times d.
func Bound(d time.Duration) time.Duration {
	return time.Duration(float64(d) * measured())
}

var measured = sync.OnceValue(func() float64 { return factor(os.Getenv(Variable)) })

// factor returns what the measure makes of a bound: 1 if there is no measure.
func factor(measure string) float64 {
	took, err := time.ParseDuration(measure)
	if err != nil {
		return 1
	}
	return min(max(float64(took)/float64(Usual), 1), most)
}
