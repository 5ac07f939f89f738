//go:build !js

package suite

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e"
)

// TestBackForwardCache leaves a page for another site and comes back, by
// the browser's back/forward cache: the same program goes on. Its stream was
// closed on the way in, and is made anew on the way out, at its place, though the
// server never stops sending: no number is missing or comes twice.
func TestBackForwardCache(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		// The browser keeps no page that says no-store, as the harness's own does.
		v.app.Header = http.Header{"Cache-Control": {"no-cache"}}
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		site.Stream("/elsewhere").RefuseAll(e2e.Response{
			Header: http.Header{"Content-Type": {"text/html"}},
			Body:   `<!doctype html><link rel="icon" href="data:,"><p>elsewhere`,
		})
		tab := site.Open(v.scenario("soak", "every", "1000"))
		refused := whyNotStored(tab)
		tab.Run(`globalThis.shown = []; addEventListener("pageshow", ({persisted}) => { shown.push(persisted); })`)
		conn := stream.Accept(t.Context())
		go count(conn, 1)
		waitBeyond(t, tab, 0)
		tab.Navigate(site.Host(1) + "/elsewhere")
		for n := 1; n <= 2; n++ {
			conn.WaitGone(t.Context())
			expect(t, "attempts", len(stream.Attempts()), n)
			tab.Back()
			shown := e2e.Eval[[]bool](tab, "globalThis.shown ?? []")
			if len(shown) != n || !shown[n-1] {
				t.Fatalf("the page did not come out of the cache: the browser gives the reasons %v", <-refused)
			}
			conn = stream.Accept(t.Context())
			last, err := strconv.Atoi(place(conn))
			if err != nil {
				t.Fatalf("the stream is opened again without its place: %v", err)
			}
			go count(conn, last+1)
			waitBeyond(t, tab, last)
			tab.Forward()
		}
	})
}

// count sends the numbers after one another, each as its own ID, until the
// client leaves.
func count(conn *e2e.Conn, from int) {
	for ; ; time.Sleep(time.Millisecond) {
		var text strings.Builder
		for range 50 {
			fmt.Fprintf(&text, "event: n\nid: %d\ndata: %[1]d\n\n", from)
			from++
		}
		if _, err := io.WriteString(conn, text.String()); err != nil {
			return
		}
	}
}

// waitBeyond waits until the page has had a thousand numbers more, and holds
// that none of all was wrong.
func waitBeyond(t *testing.T, tab *e2e.Page, number int) {
	t.Helper()
	for {
		got := e2e.WaitReport[struct{ Events, Wrong int }](tab, "soak")
		if got.Wrong > 0 {
			t.Fatalf("got %d wrong numbers of %d", got.Wrong, got.Events)
		}
		if got.Events >= number+1000 {
			return
		}
	}
}

// whyNotStored gets the browser's reasons where it does not keep the page.
func whyNotStored(tab *e2e.Page) <-chan []page.BackForwardCacheNotRestoredReason {
	events := chromedp.Events(tab.Context(), page.BackForwardCacheNotUsed)
	reasons := make(chan []page.BackForwardCacheNotRestoredReason, 1)
	go func() {
		defer close(reasons)
		for event, err := range events {
			if err != nil {
				return
			}
			var all []page.BackForwardCacheNotRestoredReason
			for _, why := range event.NotRestoredExplanations {
				all = append(all, why.Reason)
			}
			reasons <- all
			return
		}
	}()
	return reasons
}
