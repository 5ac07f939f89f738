//go:build !js

package e2e

import (
	"context"
	"fmt"
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
	if err := obeyFlags(); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(2)
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		signaled := <-interrupted
		closeShared()
		os.Exit(128 + int(signaled.(syscall.Signal))) // as a shell tells it
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
		browser, err := startBrowser(context.Background())
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

func startBrowser(ctx context.Context) (*chrome.Browser, error) {
	if *headed {
		return chrome.StartHeaded(ctx, nil)
	}
	return chrome.Start(ctx, nil)
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
