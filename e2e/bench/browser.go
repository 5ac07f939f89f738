//go:build !js

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

// browserFlags start a browser plainly: without a DevTools session, which would
// be told of every server-sent event and so make EventSource several times
// slower, and without what it does of its own accord.
var browserFlags = []string{
	"--headless",
	"--no-first-run",
	"--no-default-browser-check",
	"--disable-background-networking",
	"--disable-background-timer-throttling",
	"--disable-backgrounding-occluded-windows",
	"--disable-renderer-backgrounding",
	"--disable-breakpad",
	"--disable-component-update",
	"--disable-default-apps",
	"--disable-dev-shm-usage",
	"--disable-extensions",
	"--disable-sync",
	"--disable-quic",
	"--no-pings",
	"--password-store=basic",
	"--use-mock-keychain",
	// A page that was left must not stay in memory beside the next one.
	"--disable-features=Translate,BackForwardCache",
	"--window-size=1280,800",
}

// heapFlags let a page measure JavaScript's heap.
var heapFlags = []string{"--enable-precise-memory-info", "--js-flags=--expose-gc"}

// closeTimeout is how long a browser may take to go before it is killed.
const closeTimeout = 5 * time.Second

// browser is a running browser with a profile of its own.
type browser struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	kill    func() error
	profile string
	done    chan struct{} // closed when it has ended
	said    bytes.Buffer  // to be read after that
}

// startBrowser opens a URL in the browser that package chrome finds. The caller
// closes it; it also ends when this process dies in whatever way.
func startBrowser(url string, flags []string) (*browser, error) {
	path, err := chrome.Find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "runnel-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a profile for the browser: %w", err)
	}
	args := append([]string{"--user-data-dir=" + profile}, browserFlags...)
	args = append(args, flags...)
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it does not run as root with one
	}
	b := &browser{profile: profile, done: make(chan struct{})}
	b.cmd = exec.Command(path, append(args, url)...)
	b.cmd.Env = append(os.Environ(), temporary(profile)...)
	b.cmd.Stderr = &b.said
	b.cmd.WaitDelay = closeTimeout
	b.kill = guard(b.cmd, profile)
	if b.stdin, err = b.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	if err := b.cmd.Start(); err != nil {
		os.RemoveAll(profile)
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	go func() {
		_ = b.cmd.Wait() // how it ended is of no interest: it is killed
		close(b.done)
	}()
	return b, nil
}

const (
	// socketInTemp is what Chromium appends to the temporary directory.
	socketInTemp = "/org.chromium.Chromium.XXXXXX/SingletonSocket"
	// maxSocketPath is the least that a system allows, less the final zero.
	maxSocketPath = 103
)

// temporary lets the profile be the browser's temporary directory, as far as
// that is not too long a path for a socket: a killed browser leaves some there.
func temporary(profile string) []string {
	if len(profile)+len(socketInTemp) > maxSocketPath {
		return nil
	}
	return []string{"TMPDIR=" + profile}
}

// close ends the browser and returns when it has ended and its profile is
// removed. It is idempotent.
func (b *browser) close() {
	_ = b.stdin.Close() // the second time it is closed already
	select {
	case <-b.done:
	case <-time.After(closeTimeout):
		_ = b.kill()
		<-b.done
	}
	// The guard has done that, but where it was killed or there is none. What
	// the browser's last processes still write makes it fail at first.
	for range 20 {
		if os.RemoveAll(b.profile) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}
