//go:build !js

package e2e

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

// shared is the browser of this test binary: started for the first test that
// opens a page, closed when none uses it, or at the end where [Main] is used.
var shared struct {
	mu      sync.Mutex
	lease   *lease
	kept    bool
	stopped bool
}

// lease counts who uses a browser.
type lease struct {
	browser *chrome.Browser
	users   int
}

// Main runs the tests of a binary that share one browser from the first page to
// the last test, and exits. It is what a TestMain calls:
//
//	func TestMain(m *testing.M) { e2e.Main(m) }
//
// Without it the browser is started anew whenever no other test was using it.
// At the end, and when the process is interrupted or told to terminate, the
// browser is closed and its profile removed.
func Main(m *testing.M) {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		closeShared()
		os.Exit(130)
	}()
	shared.mu.Lock()
	shared.kept = true
	shared.mu.Unlock()
	code := m.Run()
	closeShared()
	os.Exit(code)
}

// closeShared closes the browser whoever uses it, and for good.
func closeShared() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.stopped = true
	if shared.lease != nil {
		shared.lease.browser.Close()
	}
}

// useBrowser returns the shared browser, which stays open until the test ends.
func useBrowser(t testing.TB) *chrome.Browser {
	t.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.stopped {
		t.Fatal("e2e: the tests are being ended")
	}
	if shared.lease == nil || ended(shared.lease.browser) {
		// The browser outlives the test that starts it.
		browser, err := chrome.Start(context.Background(), nil)
		if err != nil {
			t.Fatalf("e2e: %v", err)
		}
		shared.lease = &lease{browser: browser}
	}
	used := shared.lease
	used.users++
	t.Cleanup(used.release)
	return used.browser
}

func (l *lease) release() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	l.users--
	if l.users > 0 || shared.kept && shared.lease == l && !ended(l.browser) {
		return
	}
	l.browser.Close()
	if shared.lease == l {
		shared.lease = nil
	}
}

func ended(b *chrome.Browser) bool {
	select {
	case <-b.Done():
		return true
	default:
		return false
	}
}
