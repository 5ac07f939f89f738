//go:build !js

package e2e

import (
	"context"
	"flag"
	"time"
)

// The flags of every test binary that has this package in it.
var (
	headed = flag.Bool("e2e.headed", false, "show the browser's window, which needs a display")
	slow   = flag.Duration("e2e.slow", 0, "pause for `d` before each input and each navigation, so that a person can follow")
	trace  = flag.Bool("e2e.trace", false, "save a DevTools trace of each test's pages as trace.json in the test's folder; "+
		"tests run one after the other then")
)

// obeyFlags has tests run one after the other where each is traced: a browser
// records one trace at a time.
func obeyFlags() error {
	if !flag.Parsed() {
		flag.Parse()
	}
	if !*trace {
		return nil
	}
	return flag.Set("test.parallel", "1")
}

// pace pauses before the page does something, as -e2e.slow says.
func (p *Page) pace() {
	if *slow > 0 {
		pause(p.ctx, *slow)
	}
}

// pause waits for d or until ctx ends. A test counts pauses in its place.
var pause = func(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
