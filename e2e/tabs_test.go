//go:build !js

package e2e

import (
	"fmt"
	"testing"
)

// tabs is how many are open at once in TestManyTabs.
const tabs = 50

// TestManyTabs has 50 tabs of one browser, each with storage and an event stream
// of its own, which all go on at the same time.
func TestManyTabs(t *testing.T) {
	t.Parallel()
	site := Serve(t, App{Page: scripted("", `
		document.title = localStorage.getItem("seen") ?? "nothing";
		localStorage.setItem("seen", location.search);
		new EventSource("/events" + location.search).onmessage = (event) => { document.body.textContent = event.data; };`)})
	stream := site.Stream("/events")
	pages := make([]*Page, tabs)
	conns := make(map[string]*Conn)
	for i := range pages {
		pages[i] = site.Open(fmt.Sprintf("/?tab=%d", i))
		conn := stream.Accept(t.Context())
		conns[conn.Query.Get("tab")] = conn
	}
	for i := range pages {
		conn := conns[fmt.Sprint(i)]
		if conn == nil {
			t.Fatalf("tab %d has no stream", i)
		}
		conn.Raw(fmt.Sprintf("data: for tab %d\n\n", i))
	}
	for i, page := range pages {
		page.WaitText("body", fmt.Sprintf("for tab %d", i))
		if got := Eval[string](page, "document.title"); got != "nothing" {
			t.Errorf("tab %d: got %q in its storage, want nothing", i, got)
		}
	}
}
