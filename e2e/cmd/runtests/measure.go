//go:build !js

package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
	"github.com/runnel-go/runnel/e2e/timescale"
)

// load says what the machine can carry.
type load struct {
	cores     int
	emptyPage time.Duration // zero if no part needs a browser
}

// measure notes the number of cores, and how long a browser takes to open an empty
// page. A first browser only brings the program from the disk.
func measure(ctx context.Context, browser bool) (load, error) {
	l := load{cores: runtime.GOMAXPROCS(0)}
	if !browser {
		return l, nil
	}
	if given, err := time.ParseDuration(os.Getenv(timescale.Variable)); err == nil {
		l.emptyPage = given
		return l, nil
	}
	for range 2 {
		took, err := openEmptyPage(ctx)
		if err != nil {
			return l, fmt.Errorf("measuring the machine: %w", err)
		}
		l.emptyPage = took
	}
	return l, nil
}

func openEmptyPage(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	browser, err := chrome.Start(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer browser.Close()
	_, shut, err := browser.Tab("", func(any) {})
	if err != nil {
		return 0, err
	}
	defer shut()
	return time.Since(start), nil
}

func (l load) String() string {
	text := fmt.Sprintf("%d cores", l.cores)
	if l.cores == 1 {
		text = "1 core"
	}
	if l.emptyPage > 0 {
		text += fmt.Sprintf("; a browser opens an empty page in %.2f s", l.emptyPage.Seconds())
	}
	return fmt.Sprintf("%s; %s, of those %d packages at once and %d tests of each", text, l.lanesText(), l.packages(), l.tests())
}

func (l load) lanesText() string {
	if l.lanes() == 1 {
		return "native tests first, then those in the browser"
	}
	return "native tests beside those in the browser"
}

// busy is a measure above which a machine has more to do than it can.
const busy = 2 * time.Second

// lanes is how many parts run at once.
func (l load) lanes() int {
	if l.cores < 2 || l.emptyPage > busy {
		return 1
	}
	return 2
}

// packages is how many packages of tests in the browser run at once. Each has a
// browser.
func (l load) packages() int {
	if l.emptyPage > busy {
		return max(1, l.cores/2)
	}
	return l.cores
}

// tests is how many tests of such a package run at once: for most of its time a test
// waits for its page.
func (l load) tests() int { return l.packages() + 1 }

// environment is what the tests are told.
func (l load) environment() []string {
	if l.emptyPage == 0 {
		return nil
	}
	return []string{timescale.Variable + "=" + l.emptyPage.Round(time.Millisecond).String()}
}
