//go:build !js

package e2e

import (
	"context"
	"errors"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Navigate opens path, or an absolute URL, in the tab and returns when the page
// has loaded. Where only the fragment is another one, the page stays and nothing
// is loaded.
func (p *Page) Navigate(path string) {
	p.site.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = p.site.URL(path)
	}
	p.travel("opening "+path, func(ctx context.Context) (loads bool, err error) {
		result, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: path})
		if err == nil && result.ErrorText != "" {
			err = errors.New(result.ErrorText)
		}
		return result.LoaderID != "", err
	})
}

// Reload loads the page again, past the cache, and returns when it has loaded.
func (p *Page) Reload() {
	p.site.t.Helper()
	p.travel("reloading", func(ctx context.Context) (loads bool, err error) {
		_, err = chromedp.Call(ctx, page.Reload, page.ReloadParams{IgnoreCache: new(true)})
		return true, err
	})
}

// Back goes one step back in the tab's history, and returns when what is there is
// shown: loaded, or out of the back/forward cache and told so by the event
// pageshow, or, within one document, at its URL. It fails the test when there is
// nothing to go back to.
func (p *Page) Back() {
	p.site.t.Helper()
	p.step("going back", -1)
}

// Forward goes one step forward in the tab's history, as [Page.Back] goes back.
func (p *Page) Forward() {
	p.site.t.Helper()
	p.step("going forward", +1)
}

func (p *Page) step(what string, by int) {
	p.site.t.Helper()
	ctx, cancel := p.bound()
	defer cancel()
	history, err := chromedp.Call(ctx, page.GetNavigationHistory, cdp.Empty{})
	if err != nil {
		p.fatalf("%s: %v", what, p.answered(err))
	}
	entries, current := history.Entries, int(history.CurrentIndex)
	if entries[0].URL == "about:blank" { // where each tab begins
		entries, current = entries[1:], current-1
	}
	to := current + by
	if to < 0 || to >= len(entries) {
		p.fatalf("%s: there is nothing; the history is %s", what, historyList(entries, current))
	}
	p.travel(what+" to "+entries[to].URL, func(ctx context.Context) (loads bool, err error) {
		_, err = chromedp.Call(ctx, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: entries[to].ID})
		return false, err
	})
}

// historyList names the entries of a history, the current one in brackets.
func historyList(entries []*page.NavigationEntry, current int) string {
	urls := make([]string, len(entries))
	for i, entry := range entries {
		urls[i] = entry.URL
		if i == current {
			urls[i] = "[" + entry.URL + "]"
		}
	}
	return strings.Join(urls, ", ")
}

// arrival is how a tab has come to where it was sent.
type arrival struct {
	within   bool // the document that was there
	restored bool // out of the back/forward cache, where no load event comes
	failed   bool // the browser shows a page of its own instead
}

// travel runs start and waits until the tab is where that sends it. start says
// whether a document is loaded in any case.
func (p *Page) travel(what string, start func(context.Context) (loads bool, err error)) {
	p.site.t.Helper()
	p.pace()
	ctx, cancel := p.bound()
	defer cancel()
	arrivals, err := p.arrivals(ctx)
	if err != nil {
		p.fatalf("%s: %v", what, err)
	}
	loads, err := start(ctx)
	if err != nil {
		p.fatalf("%s: %v", what, p.answered(err))
	}
	for {
		select {
		case got := <-arrivals:
			switch {
			case got.within && loads: // something of the old page's own
				continue
			case got.failed:
				p.fatalf("%s: the browser shows an error page", what)
			case got.restored && !p.hidden:
				// The browser shows such a page and dispatches pageshow in one
				// step, which comes after the event that tells of it.
				p.WaitExpression(`document.visibilityState === "visible"`)
			}
			return
		case <-ctx.Done():
			p.fatalf("%s: no load event: %v", what, ctx.Err())
		}
	}
}

// maxArrivals is more than come during one travel.
const maxArrivals = 100

// arrivals tells of each arrival from now on.
func (p *Page) arrivals(ctx context.Context) (<-chan arrival, error) {
	arrivals := make(chan arrival, maxArrivals)
	arrive := func(a arrival) {
		select {
		case arrivals <- a:
		default: // a page that navigates without an end
		}
	}
	frame := string(chromedp.FromContext(ctx).Target.TargetID) // the main one has the tab's ID
	failed := false
	return arrivals, chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *page.EventFrameNavigated:
			if string(e.Frame.ID) != frame {
				return
			}
			failed = e.Frame.UnreachableURL != ""
			if e.Type == page.NavigationTypeBackForwardCacheRestore {
				arrive(arrival{restored: true})
			}
		case *page.EventNavigatedWithinDocument:
			if string(e.FrameID) == frame {
				arrive(arrival{within: true})
			}
		case *page.EventLoadEventFired:
			arrive(arrival{failed: failed})
		}
	})
}
