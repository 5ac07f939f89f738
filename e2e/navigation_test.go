//go:build !js

package e2e

import (
	"net/http"
	"testing"
)

func TestBackAndForward(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, cache string
		kept        bool
	}{
		// The browser keeps no page that says no-store and has fetched something
		// that says so too.
		{"loaded again", "no-store", false},
		{"out of the cache", "no-cache", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			site := Serve(t, App{
				Page: scripted("", `
					globalThis.shown = [];
					addEventListener("pageshow", ({persisted}) => shown.push(persisted));
					globalThis.fetched = fetch("/page.js").then((response) => response.text());`),
				Header: http.Header{"Cache-Control": {test.cache}},
			})
			page := site.Open("/?one")
			at := func(search, hash string, kept bool) {
				t.Helper()
				got := Eval[struct {
					Search, Hash string
					Kept         bool
				}](page, `fetched.then(() => ({Search: location.search, Hash: location.hash, Kept: shown.at(-1)}))`)
				if got.Search != search || got.Hash != hash || got.Kept != kept {
					t.Errorf("got %+v, want %s%s, kept %t", got, search, hash, kept)
				}
			}
			at("?one", "", false)
			page.Navigate(site.Host(1) + "/?two")
			at("?two", "", false)
			page.Navigate(site.Host(1) + "/?two#part")
			at("?two", "#part", false)
			page.Back()
			at("?two", "", false)
			page.Back()
			at("?one", "", test.kept)
			page.Forward()
			at("?two", "", test.kept)
			page.Forward()
			at("?two", "#part", test.kept)
		})
	}
}

// TestNavigateFromAPageThatMoves holds that what a page does to its own URL is
// not taken for the load that is waited for. It moves fifty times a second: at a
// thousand, Chromium itself answers nobody for a minute and more.
func TestNavigateFromAPageThatMoves(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Page: scripted("", `
		let n = 0;
		setInterval(() => history.replaceState(null, "", "#" + n++), 20);`)}).Open("/?one")
	for _, search := range []string{"?two", "?three"} {
		page.WaitExpression("n > 5")
		page.Navigate("/" + search)
		if got := Eval[string](page, "location.search + document.readyState"); got != search+"complete" {
			t.Errorf("got %s, want %scomplete", got, search)
		}
	}
	page.Reload()
	if got := Eval[string](page, "document.readyState"); got != "complete" {
		t.Errorf("got %s after Reload, want complete", got)
	}
}
