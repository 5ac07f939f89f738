//go:build !js

package chrome

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// plainFlags keep a browser from doing things of its own accord.
var plainFlags = []string{
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
	"--disable-features=" + disabledFeatures + ",BackForwardCache",
	"--window-size=1280,800",
}

// closeTimeout is how long a plain browser may take to go before it is killed.
var closeTimeout = timescale.Bound(10 * time.Second)

// Plain is a running headless browser with a temporary profile and without a
// DevTools session, which would be told of every server-sent event and so make
// EventSource several times slower.
type Plain struct {
	cmd     *exec.Cmd
	stdin   io.Closer
	kill    func() error
	profile string
	done    chan struct{}
	said    bytes.Buffer // to be read after that
}

// StartPlain opens a URL in the browser that [Find] finds, with further flags. It
// ends by [Plain.Close], or when this process dies in whatever way; its profile is
// removed then.
func StartPlain(url string, flags []string) (*Plain, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "runnel-plain-")
	if err != nil {
		return nil, fmt.Errorf("making a profile for the browser: %w", err)
	}
	args := append([]string{"--user-data-dir=" + profile}, plainFlags...)
	args = append(args, flags...)
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // it does not run as root with one
	}
	b := &Plain{profile: profile, done: make(chan struct{})}
	b.cmd = exec.Command(path, append(args, url)...)
	b.cmd.Stderr = &b.said
	b.cmd.WaitDelay = closeTimeout
	b.kill = guard(b.cmd, profile, untilStdinEnds)
	if b.stdin, err = b.cmd.StdinPipe(); err == nil {
		err = b.cmd.Start()
	}
	if err != nil {
		os.RemoveAll(profile)
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	go func() {
		_ = b.cmd.Wait() // how it ended is of no interest: it is killed
		close(b.done)
	}()
	return b, nil
}

// Done is closed when the browser has ended.
func (b *Plain) Done() <-chan struct{} { return b.done }

// Close ends the browser and returns when it has ended and its profile is
// removed. It is idempotent.
func (b *Plain) Close() {
	_ = b.stdin.Close() // the second time it is closed already
	select {
	case <-b.done:
	case <-time.After(closeTimeout):
		_ = b.kill()
		<-b.done
	}
	// The guard has done that, but where it was killed or there is none. What
	// the browser's last processes still write makes it fail at first.
	for start := time.Now(); os.RemoveAll(b.profile) != nil && time.Since(start) < closeTimeout; {
		time.Sleep(10 * time.Millisecond)
	}
}

// Output closes the browser and returns what it has printed.
func (b *Plain) Output() string {
	b.Close()
	return b.said.String()
}
