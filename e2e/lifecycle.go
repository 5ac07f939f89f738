//go:build !js

package e2e

import (
	"context"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Hide has nobody see the page, as its window does that is minimized, and
// returns when document.visibilityState is "hidden" (the event visibilitychange
// has been dispatched then). A hidden page has no animation frames. It stays
// hidden until [Page.Show], or until it is closed. Other tabs stay as they are.
func (p *Page) Hide() {
	p.site.t.Helper()
	p.do("hiding the page", window(browser.WindowStateMinimized))
	p.hidden = true
	p.WaitExpression(`document.visibilityState === "hidden"`)
}

// Show has the page seen again after [Page.Hide], and returns when
// document.visibilityState is "visible". It resumes a frozen page too.
func (p *Page) Show() {
	p.site.t.Helper()
	p.do("showing the page", window(browser.WindowStateNormal))
	p.hidden = false
	p.WaitExpression(`document.visibilityState === "visible"`)
}

// Freeze hides the page like [Page.Hide], for browsers freeze only what is not
// seen, and stops its tasks: the event freeze is dispatched, and from then on
// no timer fires and nothing comes from the network until [Page.Resume]. What an
// EventSource is sent meanwhile comes then; of a fetch that is sent something
// meanwhile, Chromium 156 hands over nothing any more.
func (p *Page) Freeze() {
	p.site.t.Helper()
	p.Hide()
	p.do("freezing the page", lifecycle(page.SetWebLifecycleStateStateFrozen))
}

// Resume lets the tasks of a frozen page run again: the event resume is
// dispatched. The page stays hidden until [Page.Show].
func (p *Page) Resume() {
	p.site.t.Helper()
	p.do("resuming the page", lifecycle(page.SetWebLifecycleStateStateActive))
}

// awaken undoes Hide and Freeze at the end of the page: its program has to run to
// let go, and a picture wants it seen. Where that fails, the end itself tells.
func (p *Page) awaken() {
	if !p.hidden {
		return
	}
	ctx, cancel := p.bound()
	defer cancel()
	_ = chromedp.Do(ctx, window(browser.WindowStateNormal))
	p.hidden = false
}

func lifecycle(state page.SetWebLifecycleStateState) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, page.SetWebLifecycleState, page.SetWebLifecycleStateParams{State: state})
		return err
	})
}

// window sets the state of the tab's window, which has no other tab.
func window(state browser.WindowState) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		window, err := chromedp.Call(ctx, browser.GetWindowForTarget, browser.GetWindowForTargetParams{})
		if err != nil {
			return err
		}
		_, err = chromedp.Call(ctx, browser.SetWindowBounds, browser.SetWindowBoundsParams{
			WindowID: window.WindowID, Bounds: &browser.Bounds{WindowState: state},
		})
		return err
	})
}
