//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

// Page is a browser tab. It is checked and closed when the test ends, or by
// [Page.Close]. Its methods fail the test when they cannot do what they say
// within the site's timeout, so they are for the test's goroutine.
type Page struct {
	site    *Site
	number  int // from 1, in the order the test opened its pages
	browser *chrome.Browser
	profile chrome.Profile
	ctx     context.Context
	shut    func()
	console console
	closed  bool
	shown   bool // a failure has printed the console
	saved   bool // a failure has saved its artifacts
	hidden  bool
	timeout time.Duration // see SetTimeout
	online  func()        // ends being offline; nil while the page is online
	stacks  []string      // of the program's goroutines, when the page was told its end

	mu      sync.Mutex
	hung    bool // it did not answer
	allowed []Allowance
	media   map[string]string // emulated media features
}

// Open opens the page at path, or at an absolute URL, in a tab whose storage,
// cookies and cache no other tab shares, and returns when it has loaded.
func (s *Site) Open(path string) *Page {
	s.t.Helper()
	browser := useBrowser(s.t)
	profile, discard, err := browser.Isolate()
	if err != nil {
		s.t.Fatalf("e2e: %v", err)
	}
	s.t.Cleanup(discard)
	return s.open(browser, profile, path)
}

// OpenTab opens the page at path like [Site.Open] in a tab that shares storage,
// cookies and cache with p.
func (p *Page) OpenTab(path string) *Page {
	p.site.t.Helper()
	return p.site.open(p.browser, p.profile, path)
}

func (s *Site) open(browser *chrome.Browser, profile chrome.Profile, path string) *Page {
	s.t.Helper()
	s.mu.Lock()
	s.pages++
	p := &Page{site: s, number: s.pages, browser: browser, profile: profile, timeout: s.within(), media: make(map[string]string)}
	s.mu.Unlock()
	var err error
	if p.ctx, p.shut, err = browser.Tab(profile, p.console.listen); err != nil {
		s.t.Fatalf("e2e: %v", err)
	}
	p.watch()
	s.t.Cleanup(p.Close)
	p.Navigate(path)
	return p
}

// Context returns the chromedp context of the tab, for what this package has no
// method for. The DevTools domain Network is disabled in it: with it the
// browser reports every server-sent event, and streams become several times
// slower.
func (p *Page) Context() context.Context { return p.ctx }

// Allow keeps problems of the kind whose text contains the given part from
// failing the test, on this page, whether they come later or have come already.
func (p *Page) Allow(kind Kind, containing string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = append(p.allowed, Allowance{Kind: kind, Containing: containing})
}

// bound returns a context for one command.
func (p *Page) bound() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, p.answer())
}

// Eval returns the value of a JavaScript expression in the page, which must be
// one that JSON can carry. A promise is waited for. The page's
// Content-Security-Policy holds for it too.
func Eval[T any](p *Page, expression string) T {
	p.site.t.Helper()
	value, err := eval[T](p, expression)
	if err != nil {
		p.fatalf("evaluating %s: %v", expression, err)
	}
	return value
}

// Run evaluates JavaScript in the page for its effect. A promise is waited for.
func (p *Page) Run(script string) {
	p.site.t.Helper()
	Eval[chromedp.Void](p, script)
}

func eval[T any](p *Page, expression string) (T, error) {
	ctx, cancel := p.bound()
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, asThePage))
	var thrown *chromedp.ExceptionError
	if errors.As(err, &thrown) {
		return value, errors.New(exceptionLine(thrown.ExceptionDetails).text)
	}
	return value, p.answered(err)
}

// answered notes a page that has left a command unanswered, and says so in the
// error that it returns for err.
func (p *Page) answered(err error) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hung = true
	return fmt.Errorf("the page did not answer within %v: %w", p.answer(), err)
}

// asThePage waits for promises, and lets the expression do no more than the
// page's Content-Security-Policy does.
func asThePage(e *runtime.EvaluateParams) {
	e.AwaitPromise = new(true)
	e.AllowUnsafeEvalBlockedByCSP = new(false)
}

// Viewport makes the page width by height CSS pixels large.
func (p *Page) Viewport(width, height int) {
	p.site.t.Helper()
	p.do("setting the viewport", chromedp.EmulateViewport(int64(width), int64(height)))
}

// ColorScheme makes the system prefer "light" or "dark".
func (p *Page) ColorScheme(scheme string) {
	p.site.t.Helper()
	p.emulate("prefers-color-scheme", scheme)
}

// ReducedMotion makes the system prefer reduced motion, or not.
func (p *Page) ReducedMotion(reduced bool) {
	p.site.t.Helper()
	value := "no-preference"
	if reduced {
		value = "reduce"
	}
	p.emulate("prefers-reduced-motion", value)
}

func (p *Page) emulate(feature, value string) {
	p.site.t.Helper()
	p.mu.Lock()
	p.media[feature] = value
	var features []*emulation.MediaFeature
	for name, value := range p.media {
		features = append(features, &emulation.MediaFeature{Name: name, Value: value})
	}
	p.mu.Unlock()
	p.do("emulating "+feature, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// do runs a chromedp action.
func (p *Page) do(what string, action chromedp.Action[chromedp.Void]) {
	p.site.t.Helper()
	p.pace()
	ctx, cancel := p.bound()
	defer cancel()
	if err := chromedp.Do(ctx, action); err != nil {
		p.fatalf("%s: %v", what, p.answered(err))
	}
}

// screenshot returns a picture of the viewport, as PNG.
func (p *Page) screenshot(within time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(p.ctx, within)
	defer cancel()
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

// allowances returns what may go wrong on this page.
func (p *Page) allowances() []Allowance {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Concat(p.site.app.Allow, p.allowed)
}
