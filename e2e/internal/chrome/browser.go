//go:build !js

package chrome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// startTimeout bounds how long a browser may take until it answers, after its
// start and when it is asked for a profile or a tab. A cold start on a busy machine
// takes seconds; and a browser that has hung should say so in the test that meets
// it, and not by the end of all tests.
var startTimeout = timescale.Bound(time.Minute)

// Browser is a running headless browser with a temporary profile.
type Browser struct {
	ctx      context.Context
	stop     func()
	patience time.Duration // for each answer: startTimeout
}

// ErrNoDisplay says that there is no display for a window.
var ErrNoDisplay = errors.New("no display to show a window on: neither DISPLAY nor WAYLAND_DISPLAY is set")

// Start runs the browser that [Find] finds. The browser ends with ctx, with
// [Browser.Close], or when this process dies in whatever way; its profile is
// removed then. What the browser itself prints goes to output, or nowhere when
// that is nil.
func Start(ctx context.Context, output io.Writer) (*Browser, error) {
	return start(ctx, output)
}

// StartHeaded is [Start] for a browser whose window is shown. Where the
// environment names no display, the error is [ErrNoDisplay].
func StartHeaded(ctx context.Context, output io.Writer) (*Browser, error) {
	browser, err := start(ctx, output, chromedp.VisibleWindow)
	if errors.Is(err, chromedp.ErrNoDisplay) {
		return nil, ErrNoDisplay
	}
	return browser, err
}

func start(ctx context.Context, output io.Writer, more ...chromedp.ExecAllocatorOption) (*Browser, error) {
	path, err := Find()
	if err != nil {
		return nil, err
	}
	allocCtx, stopAllocator := chromedp.NewExecAllocator(ctx, append(options(path, output), more...)...)
	browserCtx, stopBrowser := chromedp.NewContext(allocCtx,
		// What chromedp makes of late messages of closed tabs is of no use to
		// a person who reads a test's output.
		chromedp.WithErrorf(func(string, ...any) {}),
		chromedp.WithLogf(func(string, ...any) {}))
	b := &Browser{ctx: browserCtx, patience: startTimeout, stop: sync.OnceFunc(func() {
		stopBrowser()
		stopAllocator()
	})}
	// The first call binds the browser's life to its context, so the bound
	// on the start cannot be a timeout of that context.
	tooLate := time.AfterFunc(startTimeout, b.stop)
	defer tooLate.Stop()
	if err := chromedp.Do(browserCtx); err != nil {
		b.stop()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return b, nil
}

// disabledFeatures are the two that chromedp disables, and what the browser loads
// for a person: behind the address bar of each new window, two pages of its own
// in a process each, and a process in reserve. They cost 0.5 s of work each (in
// Chromium 156), which is more than everything else that a test's page does. A
// browser that does not know one of the names ignores it.
const disabledFeatures = "Translate,BlinkGenPropertyTrees," +
	"WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup," +
	"SpareRendererForSitePerProcess"

func options(path string, output io.Writer) []chromedp.ExecAllocatorOption {
	options := slices.Clone(chromedp.DefaultExecAllocatorOptions[:])
	options = append(options,
		chromedp.ExecPath(path),
		chromedp.Flag("disable-features", disabledFeatures),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("no-pings", true),
		chromedp.WindowSize(1280, 800),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) { cmd.Cancel = guard(cmd, profileOf(cmd.Args), untilPipeCloses) }),
	)
	if output != nil {
		options = append(options, chromedp.CombinedOutput(output))
	}
	return options
}

// profileOf returns the profile that chromedp made for the command with args.
func profileOf(args []string) string {
	for _, arg := range args {
		if dir, ok := strings.CutPrefix(arg, "--user-data-dir="); ok {
			return dir
		}
	}
	return ""
}

// Close ends the browser and returns when its process has ended and its
// profile is removed. It is idempotent.
func (b *Browser) Close() { b.stop() }

// Done is closed when the browser has ended or was closed.
func (b *Browser) Done() <-chan struct{} { return b.ctx.Done() }

// Profile is storage, cookies and cache that tabs share.
type Profile = cdp.BrowserContextID

// Isolate makes a profile of its own, which nothing else uses. The caller calls
// discard when its tabs are closed.
func (b *Browser) Isolate() (profile Profile, discard func(), err error) {
	ctx, cancel := context.WithTimeout(b.ctx, b.patience)
	defer cancel()
	created, err := chromedp.CallBrowser(ctx, target.CreateBrowserContext,
		target.CreateBrowserContextParams{DisposeOnDetach: new(true)})
	if errors.Is(err, context.DeadlineExceeded) {
		err = b.silent()
	}
	if err != nil {
		return "", nil, fmt.Errorf("making a profile: %w", err)
	}
	profile = created.BrowserContextID
	return profile, func() {
		ctx, cancel := context.WithTimeout(b.ctx, b.patience)
		defer cancel()
		// A browser that has gone has no profiles left.
		_, _ = chromedp.CallBrowser(ctx, target.DisposeBrowserContext,
			target.DisposeBrowserContextParams{BrowserContextID: profile})
	}, nil
}

// Tab opens a blank tab in the profile, or in the browser's own for "". Each
// DevTools event of the tab is handed to listen, in order, before the reply of
// any command that the browser answered later; listen must not block. The
// caller calls shut to close the tab.
//
// Of the DevTools domains that chromedp enables, Network is disabled again:
// with it the browser reports every server-sent event, which makes a stream
// several times slower. Workers are not attached to, so that the page's console
// tells what they log.
func (b *Browser) Tab(profile Profile, listen func(event any)) (tab context.Context, shut func(), err error) {
	options := []chromedp.ContextOption{chromedp.WithListener(listen)}
	if profile != "" {
		options = append(options, chromedp.WithExistingBrowserContext(profile))
	}
	ctx, cancel := chromedp.NewContext(b.ctx, options...)
	// The first call binds the tab's life to its context, as with the browser's.
	tooLate := time.AfterFunc(b.patience, cancel)
	err = chromedp.Do(ctx)
	if err == nil {
		err = quieten(ctx)
	}
	if !tooLate.Stop() {
		err = b.silent()
	}
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("opening a tab: %w", err)
	}
	return ctx, cancel, nil
}

// silent is the error of a browser that does not answer. It is ended, so that
// nobody else waits for it as long.
func (b *Browser) silent() error {
	b.stop()
	return fmt.Errorf("the browser has not answered within %v, and was ended", b.patience)
}

func quieten(ctx context.Context) error {
	if err := chromedp.FromContext(ctx).Target.Call(ctx, network.Disable.Method, nil, nil); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, target.SetAutoAttach, target.SetAutoAttachParams{Flatten: new(true)})
	return err
}
