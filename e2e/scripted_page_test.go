//go:build !js

package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// scripted returns the files of a page with a script of its own.
func scripted(body, script string) fs.FS {
	return fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><html lang="en"><title>t</title>` +
			`<link rel="icon" href="data:,"><body>` + body + `<script src="page.js"></script></body></html>`)},
		"page.js": {Data: []byte(script)},
	}
}

// listening is a page that shows the last event and its state.
func listening() fs.FS {
	return scripted(`<p id="last"></p><p id="count">0</p>`, `
		const url = new URLSearchParams(location.search).get("url") ?? "/events";
		let count = 0;
		globalThis.source = new EventSource(url, {withCredentials: location.search.includes("credentials")});
		source.onmessage = (event) => {
			document.querySelector("#last").textContent = event.data;
			document.querySelector("#count").textContent = String(++count);
		};`)
}

func TestStreamsReachTheBrowser(t *testing.T) {
	site := Serve(t, App{Page: listening(), Policy: DefaultPolicy})
	stream := site.Stream("/events")
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	if accept := conn.Header.Get("Accept"); accept != "text/event-stream" {
		t.Errorf("got Accept %q, want text/event-stream", accept)
	}
	if state := Eval[int](page, "source.readyState"); state != 0 {
		t.Errorf("got ready state %d before Open, want 0", state)
	}
	conn.Open()
	page.WaitExpression("source.readyState === EventSource.OPEN")
	conn.SplitEveryByte()
	conn.Send(eventstream.Message{ID: "é1", Data: []byte("grüße 🦊"), Retry: 1e6})
	page.WaitText("#last", "grüße 🦊")

	// Each way of breaking off makes the browser come again.
	for i, breakOff := range []func(*Conn){(*Conn).Cut, (*Conn).Reset, (*Conn).End} {
		breakOff(conn)
		conn = stream.Accept(t.Context())
		if conn.Attempt != i+2 || conn.LastEventID != "é1" {
			t.Errorf("got attempt %d with Last-Event-ID %q, want %d and é1", conn.Attempt, conn.LastEventID, i+2)
		}
		conn.Raw(fmt.Sprintf("data: again %d\n\n", i))
		page.WaitText("#last", fmt.Sprintf("again %d", i))
	}
	page.Run("source.close()")
	conn.WaitGone(t.Context())
}

func TestRefusalsDoNotFailTheTest(t *testing.T) {
	tests := []struct {
		name  string
		say   Response
		logs  string
		close bool
	}{
		{"404", Response{Status: 404}, "404", true},
		{"500", Response{Status: 500}, "500", true},
		{"204", Response{Status: 204}, "", true},
		{"content type", Response{Header: http.Header{"Content-Type": {"text/html"}}}, "MIME type", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			site := Serve(t, App{Page: listening()})
			site.Stream("/events").RefuseAll(test.say)
			page := site.Open("/")
			page.WaitExpression("source.readyState === EventSource.CLOSED")
			if test.logs != "" {
				page.WaitConsole(test.logs)
			}
		})
	}
}

func TestOtherOrigins(t *testing.T) {
	site := Serve(t, App{Page: listening()})
	open, closed := site.Stream("/open"), site.Stream("/closed")
	open.AllowOrigin(site.Host(0), true)
	page := site.Open("/?credentials&url=" + site.Host(1) + "/open")
	conn := open.Accept(t.Context())
	if want := strings.TrimPrefix(site.Host(1), "http://"); conn.Host != want {
		t.Errorf("got host %q, want %q", conn.Host, want)
	}
	conn.Send(eventstream.Message{Data: []byte("from there")})
	page.WaitText("#last", "from there")

	other := site.Open("/?url=" + site.Host(2) + "/closed")
	closed.Accept(t.Context()).Open()
	other.WaitConsole("blocked by CORS policy")
}

// TestManyHosts has more streams open at once than the browser allows
// connections to one host.
func TestManyHosts(t *testing.T) {
	const sources, perHost = 20, 5
	site := Serve(t, App{Page: scripted(`<p id="open">0</p>`, `
		let open = 0;
		for (const url of decodeURIComponent(location.search.slice(1)).split(",")) {
			new EventSource(url).onopen = () => document.querySelector("#open").textContent = String(++open);
		}`)})
	stream := site.Stream("/events")
	stream.AllowOrigin("*", false)
	var urls []string
	for i := range sources {
		urls = append(urls, fmt.Sprintf("%s/events?n=%d", site.Host(i/perHost), i))
	}
	page := site.Open("/?" + strings.Join(urls, ","))
	for range sources {
		stream.Accept(t.Context()).Open()
	}
	page.WaitText("#open", fmt.Sprint(sources))
}

// TestBurstInTheBrowser sends 100,000 events at once, with DevTools attached as
// it always is.
func TestBurstInTheBrowser(t *testing.T) {
	const events = 100_000
	site := Serve(t, App{Page: scripted("", `
		globalThis.count = 0;
		globalThis.source = new EventSource("/events");
		source.onmessage = () => { count++; };`)})
	stream := site.Stream("/events")
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	if _, err := conn.Write(bytes.Repeat([]byte("data: "+strings.Repeat("x", 100)+"\n\n"), events)); err != nil {
		t.Fatal(err)
	}
	page.WaitExpression(fmt.Sprintf("count === %d", events))
}

// TestTabs shows that pages are apart and that tabs of one page are not.
func TestTabs(t *testing.T) {
	site := Serve(t, App{Page: scripted("", "")})
	first := site.Open("/")
	first.Run(`localStorage.setItem("k", "v"); document.cookie = "c=1"`)
	beside, apart := first.OpenTab("/"), site.Open("/")
	read := `localStorage.getItem("k") + document.cookie`
	if got := Eval[string](beside, read); got != "vc=1" {
		t.Errorf("got %q in the tab beside, want vc=1", got)
	}
	if got := Eval[string](apart, read); got != "null" {
		t.Errorf("got %q in the other page, want null", got)
	}
	first.Close()
	if got := Eval[string](beside, read); got != "vc=1" {
		t.Errorf("got %q after the first tab was closed, want vc=1", got)
	}
}

// TestClosingAPageEndsItsStreams shows that Close is what a closed tab is to a
// server.
func TestClosingAPageEndsItsStreams(t *testing.T) {
	site := Serve(t, App{Page: listening()})
	stream := site.Stream("/events")
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	conn.Open()
	page.WaitExpression("source.readyState === EventSource.OPEN")
	page.Close()
	conn.WaitGone(t.Context())
}
