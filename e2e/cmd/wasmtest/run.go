//go:build !js

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
	"github.com/runnel-go/runnel/e2e/internal/wasmexec"
	"github.com/runnel-go/runnel/e2e/timescale"
)

// grace is what a program gets beyond its own -timeout before the runner ends
// it.
var grace = timescale.Bound(10 * time.Second)

// startTimeout bounds how long the browser may take to load and compile the
// binary.
var startTimeout = timescale.Bound(2 * time.Minute)

// What the runner exits with when the program gives no exit code.
const (
	codeFailed      = 1
	codeUsage       = 2
	codeFault       = 2 // as after a panic
	codeInterrupted = 130
)

var errInterrupted = errors.New("interrupted")

// run runs the test binary args[0] with the arguments that follow it and
// returns what to exit with.
func run(ctx context.Context, args []string) (code int, err error) {
	job, err := newJob(args, os.Environ())
	if err != nil {
		return codeFailed, err
	}
	if len(job.leftOut) > 0 {
		fmt.Fprintf(os.Stderr, "wasmtest: no room in the environment for %s\n", strings.Join(job.leftOut, ", "))
	}
	if job.script, err = wasmexec.Script(); err != nil {
		return codeFailed, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return codeFailed, fmt.Errorf("listening on loopback: %w", err)
	}
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	// A name that browsers resolve by themselves, to this machine.
	job.runner = "http://runner.localhost:" + port
	origin := "http://127.0.0.1:" + port
	job.env["WASMTEST_ORIGIN"] = origin
	server := &http.Server{Handler: job.handler(), ErrorLog: discardLog}
	go server.Serve(listener) // ends with Close
	defer server.Close()
	return job.inBrowser(ctx, origin+"/")
}

// newJob reads the command line and the environment.
func newJob(args, environ []string) (*job, error) {
	binary, err := os.ReadFile(args[0])
	if err != nil {
		return nil, fmt.Errorf("reading the test binary: %w", err)
	}
	j := &job{
		binary: binary, args: args, token: rand.Text(),
		stdout: os.Stdout, stderr: os.Stderr,
		started: make(chan struct{}, 1), begin: make(chan struct{}), outcome: make(chan outcome, 1),
	}
	if j.directory, err = os.Getwd(); err != nil {
		return nil, fmt.Errorf("finding the tests' directory: %w", err)
	}
	switch in := os.Getenv("WASMTEST_IN"); in {
	case "", "page":
	case "worker":
		j.worker = true
	default:
		return nil, fmt.Errorf("WASMTEST_IN is %q: it must be page or worker", in)
	}
	if j.timeout, err = timeoutIn(args); err != nil {
		return nil, err
	}
	j.cpuProfile = profileIn(args)
	j.env, j.leftOut = fitEnvironment(args, environ)
	return j, nil
}

// inBrowser opens url and waits for the end of the program.
func (j *job) inBrowser(ctx context.Context, url string) (int, error) {
	browser, err := chrome.Start(ctx, nil)
	if err != nil {
		return codeFailed, interruptedOr(ctx, err)
	}
	defer browser.Close()
	crashed := make(chan struct{}, 1)
	tab, _, err := browser.Tab("", func(event any) {
		if _, ok := event.(*inspector.EventTargetCrashed); ok {
			select {
			case crashed <- struct{}{}:
			default:
			}
		}
	})
	if err != nil {
		return codeFailed, interruptedOr(ctx, err)
	}
	opened := make(chan error, 1)
	go func() {
		result, err := chromedp.Call(tab, page.Navigate, page.NavigateParams{URL: url})
		if err == nil && result.ErrorText != "" {
			err = errors.New(result.ErrorText)
		}
		opened <- err
	}()
	return j.wait(ctx, browser, tab, opened, crashed)
}

// wait returns the first thing that ends the run.
func (j *job) wait(ctx context.Context, browser *chrome.Browser, tab context.Context,
	opened <-chan error, crashed <-chan struct{}) (int, error) {
	var cpu *cpuProfile // what is begun when the program is
	tooLate := time.After(startTimeout)
	late := outcome{code: codeFault, err: fmt.Errorf("the tests did not start within %v", startTimeout)}
	for {
		select {
		case end := <-j.outcome:
			return cpu.finish(end)
		case err := <-opened:
			opened = nil
			if err != nil {
				return codeFailed, interruptedOr(ctx, fmt.Errorf("opening the test page: %w", err))
			}
		case <-ctx.Done():
			return codeInterrupted, errInterrupted
		case <-crashed:
			return codeFailed, errors.New("the browser's page has crashed")
		case <-browser.Done():
			return codeFailed, interruptedOr(ctx, errors.New("the browser has ended before the tests did"))
		case <-j.started:
			var err error
			if cpu, err = j.startProfile(tab); err != nil {
				return codeFailed, interruptedOr(ctx, err)
			}
			close(j.begin)
			tooLate = nil
			if j.timeout > 0 {
				tooLate = time.After(j.timeout + grace)
				late.hung = true
				late.err = fmt.Errorf("the tests did not end by themselves %v after their timeout of %v", grace, j.timeout)
			}
		case <-tooLate:
			return cpu.finish(late)
		}
	}
}

// interruptedOr returns err, unless it came of an interrupt.
func interruptedOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
