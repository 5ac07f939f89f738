//go:build !js

package e2e

import (
	"context"
	"net"
	"net/http"
	"sync"

	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Offline takes the network away from the page, or gives it back.
//
// Offline(true) returns when new requests of the page and of its workers fail
// (net::ERR_INTERNET_DISCONNECTED), navigator.onLine is false in both, the event
// offline has been dispatched to the page (Chromium dispatches none to workers),
// and every connection to the site's server has been cut, streams in the middle.
// The server cannot tell pages apart: the streams of other pages of the site are
// cut as well, but these may connect again. What the browser then logs about
// failed and broken requests does not fail the test, on this page.
//
// Offline(false) undoes all that: requests reach the server again before the
// event online is dispatched. Each of the two does nothing when the page is in
// that state already.
func (p *Page) Offline(offline bool) {
	p.site.t.Helper()
	switch {
	case offline && p.online == nil:
		p.goOffline()
	case !offline && p.online != nil:
		p.online()
		p.online = nil
		p.do("giving back the network", onLine(true))
	}
}

// goOffline does it without the DevTools domain Network, whose emulation of a
// lost network slows streams down, leaves open ones open, and does not reach
// workers.
func (p *Page) goOffline() {
	p.site.t.Helper()
	p.Allow(NetworkError, "net::ERR_INTERNET_DISCONNECTED")
	p.Allow(NetworkError, "net::ERR_INCOMPLETE_CHUNKED_ENCODING")
	p.online = p.failRequests()
	p.do("taking away the network", fetchDomain(fetch.Enable.Method))
	p.do("taking away the network", onLine(false))
	p.site.connections.cut()
}

// failRequests fails each request that the browser asks about, until stop is
// called or the tab is closed.
func (p *Page) failRequests() (stop func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	requests := chromedp.Events(ctx, fetch.RequestPaused)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for request, err := range requests {
			if err != nil {
				return
			}
			// A request whose page has gone needs no answer.
			_, _ = chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{
				RequestID: request.RequestID, ErrorReason: network.ErrorReasonInternetDisconnected,
			})
		}
	}()
	return func() {
		p.site.t.Helper()
		p.do("giving back the network", fetchDomain(fetch.Disable.Method))
		cancel()
		<-done
	}
}

// fetchDomain enables or disables the DevTools domain Fetch, by which the browser
// asks about each request.
func fetchDomain(method string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		return tab.Call(ctx, method, struct{}{}, nil)
	})
}

// onLine sets navigator.onLine, which dispatches online or offline.
func onLine(online bool) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{
			Offline: !online, DownloadThroughput: -1, UploadThroughput: -1,
		})
		return err
	})
}

// connections are the open ones of a server.
type connections struct {
	mu   sync.Mutex
	open map[net.Conn]struct{}
}

// note follows the state of a connection, for [http.Server.ConnState]. One that a
// handler has taken over stays noted: nothing tells when it is closed.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		if c.open == nil {
			c.open = make(map[net.Conn]struct{})
		}
		c.open[conn] = struct{}{}
	case http.StateClosed:
		delete(c.open, conn)
	}
}

// cut closes every connection.
func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close() // one that is closed already is just that
	}
}
