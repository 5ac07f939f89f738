//go:build !js

package suite

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/server/demo"
	"github.com/runnel-go/runnel/server/jetstream"
	"github.com/runnel-go/runnel/static"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// serveDemo serves the demo as "make run" does, only brisker.
func serveDemo(t *testing.T) *e2e.Site {
	t.Helper()
	return serveDemoEvery(t, 200*time.Millisecond)
}

func serveDemoEvery(t *testing.T, interval time.Duration) *e2e.Site {
	t.Helper()
	if err := demo.CheckProgram(static.Files()); err != nil {
		t.Fatal(err)
	}
	app, err := demo.New(t.Context(), &demo.Options{
		Interval: interval,
		Logger:   slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	return e2e.Serve(t, e2e.App{Handler: app})
}

// openDemo opens the page. Its charts stand still between events: without a
// graphics card their motion costs a test more than all else.
func openDemo(t *testing.T, site *e2e.Site) *e2e.Page {
	t.Helper()
	page := site.Open("/")
	page.ReducedMotion(true)
	page.WaitText("#state", "open")
	return page
}

// number reads a count that the page shows.
func number(page *e2e.Page, id string) int {
	return e2e.Eval[int](page, `Number(document.querySelector("`+id+`").dataset.value)`)
}

// waitMore waits until more events have come than the page shows now.
func waitMore(page *e2e.Page) {
	page.WaitExpression(`Number(document.querySelector("#events-total").dataset.value) > ` +
		e2e.Eval[string](page, `document.querySelector("#events-total").dataset.value`))
}

// expectWhole holds that the sequence of events has no hole.
func expectWhole(t *testing.T, page *e2e.Page) {
	t.Helper()
	page.WaitAttribute("#sequence", "data-missing", "0")
	page.WaitAttribute("#sequence", "data-doubled", "0")
	page.WaitTextContains("#sequence", "no hole")
}

func TestDemoShowsTheMachine(t *testing.T) {
	t.Parallel()
	site := serveDemo(t)
	page := openDemo(t, site)
	for _, id := range []string{
		"#cpu-total", "#memory-share", "#load-one", "#network-down", "#network-up", "#disk-read",
		"#disk-write", "#disk-used", "#processes-count", "#heartbeat-seq", "#bytes-total", "#last-event-id",
	} {
		page.WaitExpression(`/[0-9]/.test(document.querySelector("` + id + `").textContent)`)
	}
	page.WaitText("#heartbeat-status", "ok")
	if got := page.Text("#url"); !strings.HasPrefix(got, site.URL("/events")) {
		t.Errorf("got the URL %q, want %q and what identifies the tab", got, site.URL("/events"))
	}
	page.WaitExpression(`document.querySelectorAll("#cpu-cores li").length > 0`)
	page.WaitExpression(`document.querySelectorAll("#processes-body tr").length > 0`)
	for _, chart := range []string{"cpu", "memory", "load", "network", "disk"} {
		page.WaitExpression(`(document.querySelector("#` + chart + `-chart path.line-1")?.getAttribute("d") ?? "").length > 20`)
		page.WaitExpression(`/[0-9]/.test(document.querySelector("#` + chart + `-chart svg[role=img]").getAttribute("aria-label"))`)
	}
	for _, kind := range []string{"heartbeat", "cpu", "memory", "load", "network", "disk", "processes"} {
		page.WaitExpression(`document.querySelector("#log li[data-type=` + kind + `][data-decoded=true]") !== null`)
	}
	// Both the text as it came and the Go value are in the log.
	page.WaitExpression(`/\{"time".*feed\.CPU\{Time:/s.test(document.querySelector("#log li[data-type=cpu]").textContent)`)
	waitMore(page)
	expectWhole(t, page)
}

// control works a control by a click, or by the keyboard alone: with the Tab
// key to it and then a key press.
type control func(t *testing.T, page *e2e.Page, id string)

func byClick(_ *testing.T, page *e2e.Page, id string) { page.Click(e2e.Selector(id)) }

func byKeyboard(t *testing.T, page *e2e.Page, id string) {
	t.Helper()
	page.WaitExpression(`!document.querySelector("` + id + `").disabled`)
	for range 40 {
		if e2e.Eval[bool](page, `document.activeElement === document.querySelector("`+id+`")`) {
			if !e2e.Eval[bool](page, `document.activeElement.matches(":focus-visible")`) {
				t.Errorf("%s has the focus and does not show it", id)
			}
			page.Press("Enter")
			return
		}
		key := "Tab"
		if e2e.Eval[bool](page, `document.activeElement !== document.body &&
			Boolean(document.activeElement.compareDocumentPosition(document.querySelector("`+id+`")) & Node.DOCUMENT_POSITION_PRECEDING)`) {
			key = "Shift+Tab"
		}
		page.Press(key)
	}
	t.Fatalf("the Tab key does not lead to %s", id)
}

// TestDemoControls works each control, and holds that it acts on the asking
// tab's stream only.
func TestDemoControls(t *testing.T) {
	t.Parallel()
	for name, work := range map[string]control{"click": byClick, "keyboard": byKeyboard} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := serveDemo(t)
			page, other := openDemo(t, site), openDemo(t, site)
			page.Allow(e2e.NetworkError, "ERR_INCOMPLETE_CHUNKED_ENCODING") // the cut

			work(t, page, "#cut")
			page.WaitExpression(`document.querySelector("#reconnects").dataset.value === "1"`)
			page.WaitText("#state", "open")
			page.WaitTextContains("#announce", "The stream is open")
			waitMore(page)
			expectWhole(t, page)
			page.WaitTextContains("#sequence", "1 reconnect bridged")

			work(t, page, "#malformed")
			page.WaitExpression(`document.querySelector("#decode-errors").dataset.value === "1"`)
			page.WaitExpression(`document.querySelector("#log li[data-decoded=false]")?.textContent.includes("JSON")`)
			waitMore(page)
			expectWhole(t, page)

			work(t, page, "#close")
			page.WaitText("#state", "closed: by this page")
			stands := number(page, "#events-total")
			waitMore(other)
			expect(t, "events after closing", number(page, "#events-total"), stands)
			work(t, page, "#reopen")
			page.WaitText("#state", "open")
			waitMore(page)

			work(t, page, "#log-pause")
			page.WaitAttribute("#log-pause", "aria-pressed", "true")
			page.WaitTextContains("#log-note", "newer")
			work(t, page, "#log-pause")
			page.WaitAttribute("#log-pause", "aria-pressed", "false")

			waitMore(other)
			expect(t, "the other tab's reconnects", number(other, "#reconnects"), 0)
			expect(t, "the other tab's decode errors", number(other, "#decode-errors"), 0)
			expectWhole(t, other)
		})
	}
}

// TestDemoTransports changes the transport, by click and by keyboard, and cuts
// the stream between: no event is missing and none comes twice, and the page
// tells each attempt.
func TestDemoTransports(t *testing.T) {
	t.Parallel()
	page := openDemo(t, serveDemo(t))
	page.Allow(e2e.NetworkError, "ERR_INCOMPLETE_CHUNKED_ENCODING") // the cuts
	goesOn := func(transport string) {
		t.Helper()
		page.WaitTextContains("#attempts li[data-state=open]", "open by "+transport)
		page.WaitAttribute("#attempts li:first-child", "data-state", "open")
		page.WaitText("#state", "open")
		waitMore(page)
		expectWhole(t, page)
	}
	waitMore(page)
	events := number(page, "#events-total")
	page.Click("#transport-fetch")
	goesOn("fetch")
	page.WaitExpression(fmt.Sprintf(`Number(document.querySelector("#events-total").dataset.value) > %d`, events))
	page.Click("#cut")
	page.WaitExpression(`document.querySelector("#reconnects").dataset.value === "1"`)
	goesOn("fetch")
	page.WaitTextContains("#sequence", "1 reconnect bridged")
	const attempt = `#attempts li[data-transport=fetch][data-attempt="1"]:has(.cause)`
	page.WaitExpression(`/^connecting, attempt 1, (in \d+\.\d\ss|at once)$/.test(document.querySelector('` + attempt + ` .what').textContent)`)
	page.WaitExpression(`document.querySelector('` + attempt + ` .cause').textContent.includes("network error")`)

	page.Focus("#transport-fetch")
	page.Press("ArrowLeft")
	page.WaitExpression(`document.querySelector("#transport-native").checked`)
	goesOn("native")
	page.Click("#cut")
	page.WaitExpression(`document.querySelector("#reconnects").dataset.value === "2"`)
	goesOn("native")

	// Also a stream that is closed, and the choice keeps the keyboard.
	page.Click("#close")
	page.WaitText("#state", "closed: by this page")
	page.Focus("#transport-native")
	page.Press("ArrowRight")
	goesOn("fetch")
	expect(t, "focus", e2e.Eval[string](page, `document.activeElement.id`), "transport-fetch")
	page.WaitExpression(`document.querySelectorAll("#attempts li").length === 8`)
}

// TestDemoHurry holds that an attempt which the server has put off can be made
// at once, and the button for it is enabled just then.
func TestDemoHurry(t *testing.T) {
	t.Parallel()
	app, err := demo.New(t.Context(), &demo.Options{Interval: 200 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { app.Close() })
	var busy atomic.Bool
	site := e2e.Serve(t, e2e.App{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if busy.Load() && r.URL.Path == "/events" {
			w.Header().Set("Retry-After", "600")
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		app.ServeHTTP(w, r)
	}), Allow: []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}, {Kind: e2e.NetworkError, Containing: "ERR_INCOMPLETE_CHUNKED_ENCODING"}}})
	page := openDemo(t, site)
	page.WaitExpression(`document.querySelector("#hurry").disabled`)
	for _, transport := range []string{"fetch", "native"} {
		page.Click(e2e.Selector("#transport-" + transport))
		page.WaitTextContains("#attempts li", "open by "+transport)
		waitMore(page)
		busy.Store(true)
		page.Click("#cut")
		if transport == "fetch" {
			page.WaitTextContains("#attempts li .what", "in 10 min")
			page.WaitTextContains("#attempts li .cause", "status 503")
			page.WaitTextContains("#state-detail", "Next attempt in")
			busy.Store(false)
			byKeyboard(t, page, "#hurry")
		} else {
			// The browser's own EventSource shows neither the status nor Retry-After, so it
			// is tried again with backoff, which is too short to be hurried for certain.
			page.WaitTextContains("#attempts li .cause", "given up")
			busy.Store(false)
		}
		page.WaitText("#state", "open")
		page.WaitExpression(`document.querySelector("#hurry").disabled`)
		if transport == "fetch" {
			expect(t, "focus", e2e.Eval[string](page, `document.activeElement.id`), "transport-fetch")
		}
		waitMore(page)
		expectWhole(t, page)
	}
}

// TestDemoNotices posts a notice from one tab and finds it in both, as text.
func TestDemoNotices(t *testing.T) {
	t.Parallel()
	site := serveDemo(t)
	page, other := openDemo(t, site), openDemo(t, site)
	const text = `<b>Stand up</b> & "go" ☃`
	page.Type("#notice-text", text)
	page.Press("Enter")
	for _, tab := range []*e2e.Page{page, other} {
		tab.WaitTextContains("#notices li", text)
		tab.WaitTextContains("#announce-notice", text)
	}
	page.WaitExpression(`document.querySelector("#notice-text").value === ""`)
	page.Type(e2e.Role("textbox", "Your notice"), "by click")
	page.Click(e2e.Role("button", "Send"))
	other.WaitTextContains("#notices li:first-child", "by click")
	page.WaitExpression(`document.querySelector("#notice-text").value === ""`)
	// What cannot be sent is told beside the field.
	page.Type("#notice-text", "   ")
	page.Click("#notice-send")
	page.WaitTextContains("#notice-problem", "Write something first")
	expect(t, "notices", e2e.Eval[int](page, `document.querySelectorAll("#notices li").length`), 2)
}

// TestDemoServerRestarts holds that the page of a server that is started again
// goes on with the new one.
func TestDemoServerRestarts(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[demo.App]
	start := func() {
		app, err := demo.New(t.Context(), &demo.Options{Interval: 100 * time.Millisecond, Logger: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { app.Close() })
		current.Store(app)
	}
	start()
	site := e2e.Serve(t, e2e.App{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current.Load().ServeHTTP(w, r)
	})})
	page := openDemo(t, site)
	waitMore(page)
	log, _, _ := strings.Cut(page.Text("#last-event-id"), "-")
	before := current.Load()
	start()
	before.Close()
	page.WaitExpression(`document.querySelector("#reconnects").dataset.value === "1"`)
	page.WaitText("#state", "open")
	page.WaitExpression(`document.querySelector("#last-event-id").textContent.split("-")[0] !== "` + log + `"`)
	waitMore(page)
	expectWhole(t, page)
}

// TestDemoFits holds that nothing is wider than the window.
func TestDemoFits(t *testing.T) {
	t.Parallel()
	site := serveDemo(t)
	page := openDemo(t, site)
	waitMore(page)
	for _, width := range []int{320, 360, 768, 1024, 1920} {
		for _, scheme := range []string{"light", "dark"} {
			page.ColorScheme(scheme)
			page.Viewport(width, 800)
			waitMore(page)
			if got := e2e.Eval[int](page, `document.documentElement.scrollWidth`); got > width {
				t.Errorf("%d px wide, %s: the page is %d px wide", width, scheme, got)
			}
		}
	}
}

// TestDemoSchemes holds that light and dark follow the system.
func TestDemoSchemes(t *testing.T) {
	t.Parallel()
	page := openDemo(t, serveDemo(t))
	background := func(scheme string) string {
		page.ColorScheme(scheme)
		return e2e.Eval[string](page, `getComputedStyle(document.body).backgroundColor`)
	}
	light, dark := background("light"), background("dark")
	if light == dark {
		t.Errorf("light and dark have the same background %s", light)
	}
}

// TestDemoForReaders holds what a screen reader and a keyboard need.
func TestDemoForReaders(t *testing.T) {
	t.Parallel()
	page := openDemo(t, serveDemo(t))
	waitMore(page)
	for _, landmark := range []string{"banner", "main", "contentinfo"} {
		page.WaitCount(e2e.Role(landmark, ""), 1)
	}
	page.WaitTextContains(e2e.Role("region", "Stream"), "open")
	page.WaitAttribute(e2e.Role("button", "Pause"), "aria-pressed", "false")
	page.WaitCount(e2e.Role("radio", "Native"), 1)
	page.WaitExpression(`document.querySelector("#log li") !== null`)
	page.Focus(e2e.Role("region", "Event log"))
	for what, finder := range map[string]string{
		"a section without a name":       `[...document.querySelectorAll("section")].filter(s => !document.getElementById(s.getAttribute("aria-labelledby"))?.textContent)`,
		"a button without a name":        `[...document.querySelectorAll("button")].filter(b => !b.textContent.trim() && !b.getAttribute("aria-label"))`,
		"a field without a label":        `[...document.querySelectorAll("input")].filter(i => i.labels.length === 0)`,
		"a picture without a text":       `[...document.querySelectorAll("svg")].filter(s => s.getAttribute("role") === "img" ? !s.getAttribute("aria-label") : !s.closest("[aria-hidden=true]") && !s.closest("[role=img]"))`,
		"a skipped level of heading":     `[...document.querySelectorAll("h1,h2,h3,h4")].filter((h, i, all) => i > 0 && h.tagName[1] - all[i-1].tagName[1] > 1)`,
		"a button below 44 px":           `[...document.querySelectorAll("button")].filter(b => b.getBoundingClientRect().height < 44)`,
		"an id that is there twice":      `[...document.querySelectorAll("[id]")].filter(e => document.querySelectorAll("#" + CSS.escape(e.id)).length > 1)`,
		"a live region around a number":  `[...document.querySelectorAll("[role=status],[role=alert],[aria-live]")].filter(r => r.querySelector("#events-total,#cpu-total,#log"))`,
		"an element that takes tab away": `[...document.querySelectorAll("[tabindex]")].filter(e => e.tabIndex > 0)`,
	} {
		if found := e2e.Eval[[]string](page, finder+`.map(e => e.outerHTML.slice(0, 120))`); len(found) > 0 {
			t.Errorf("%s: %q", what, found)
		}
	}
	// The live regions speak of changes of state and notices, not of events.
	e2e.Eval[any](page, `(() => {
		globalThis.spoken = 0;
		new MutationObserver(() => spoken++).observe(document.querySelector("#announce"), {childList: true, characterData: true, subtree: true});
		return null;
	})()`)
	for range 5 {
		waitMore(page)
	}
	expect(t, "announcements while nothing changed", e2e.Eval[int](page, `spoken`), 0)
}

// TestDemoReducedMotion holds that the charts stand still between events where
// less motion is asked for, and move where it is not.
func TestDemoReducedMotion(t *testing.T) {
	t.Parallel()
	// Twelve frames are over before the second event after them, however slow they are.
	page := openDemo(t, serveDemoEvery(t, timescale.Bound(2*time.Second)))
	waitMore(page)
	page.ReducedMotion(false)
	page.WaitExpression(placesInFrames + ` > 6`)
	page.ReducedMotion(true)
	page.WaitExpression(`document.getAnimations().length === 0`)
	page.WaitExpression(placesInFrames + ` <= 3`)
	page.ReducedMotion(false)
	page.WaitExpression(placesInFrames + ` > 6`)
}

// placesInFrames is in how many places a chart is during twelve frames.
const placesInFrames = `await (async () => {
	const place = () => document.querySelector("#cpu-chart svg.moving").getBoundingClientRect().x
		+ " " + getComputedStyle(document.querySelector("#cpu-chart svg.moving")).transform
		+ " " + document.querySelector("#cpu-chart svg.moving").getAttribute("viewBox");
	const frame = () => new Promise(requestAnimationFrame);
	const seen = new Set();
	for (let i = 0; i < 12; i++) { await frame(); seen.add(place()); }
	return seen.size;
})()`

// TestDemoCannotLoad holds that a page whose program does not come says so, and
// why.
func TestDemoCannotLoad(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"missing":    {http.NotFound, "404"},
		"wrong type": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "text") }, "text/plain"},
		"no program": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/wasm")
			io.WriteString(w, "not a program")
		}, "magic word"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := http.NewServeMux()
			broken.HandleFunc("/demo.wasm", test.answer)
			site := e2e.Serve(t, e2e.App{Page: without{static.Files(), "demo.wasm"}, Handler: broken,
				Allow: []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "demo.wasm"}, {Kind: e2e.ConsoleError}}})
			page := site.Open("/")
			page.WaitTextContains("#failure", "cannot be loaded")
			page.WaitTextContains("#failure", test.says)
			page.WaitExpression(`!document.querySelector("#failure").hidden`)
		})
	}
}

// TestDemoPanics holds that a page whose program has panicked says what happened.
func TestDemoPanics(t *testing.T) {
	t.Parallel()
	elsewhere := http.NewServeMux()
	elsewhere.Handle("/demo.wasm", http.RedirectHandler("/main.wasm", http.StatusFound))
	site := e2e.Serve(t, e2e.App{Program: "./testdata/panics", Page: without{static.Files(), "demo.wasm"}, Handler: elsewhere,
		Allow: []e2e.Allowance{{Kind: e2e.GoPanic, Containing: "out of cheese"}}})
	page := site.Open("/")
	page.WaitTextContains("#failure", "panic: out of cheese")
	page.WaitExpression(`!document.querySelector("#failure").hidden`)
	page.WaitExpression(`[...document.querySelectorAll(".controls button")].every(b => b.disabled)`)
}

// TestDemoFormAlone holds that the form works by itself.
func TestDemoFormAlone(t *testing.T) {
	t.Parallel()
	site := serveDemo(t)
	page := openDemo(t, site)
	response, err := http.PostForm(site.URL("/notices"), map[string][]string{"text": {"from a bare form"}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK || !strings.HasSuffix(response.Request.URL.Path, "/") {
		t.Errorf("got %s at %s, want to be back at the page", response.Status, response.Request.URL)
	}
	page.WaitTextContains("#notices li", "from a bare form")
}

// TestDemoShowsWhoServesAndWhatIsMissing holds that the page shows the server that
// serves it and not another on the same log, the log, the lag, and a gap, and that
// its sequence counts as missing what the gap names.
func TestDemoShowsWhoServesAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Page: static.Files()})
	page := site.Open("/")
	page.ReducedMotion(true)
	conn := site.Stream(feed.StreamPath).Accept(t.Context())
	now := time.Now()
	send := func(id string, node string, streams int) {
		e2e.Send(conn, feed.HeartbeatEvent, id, feed.Heartbeat{
			Seq: 1, Time: now, Status: feed.StatusOK, Uptime: time.Minute, Host: "host", OS: "linux/amd64", Clients: streams, Node: node,
		})
	}
	e2e.Send(conn, feed.ServedEvent, "", feed.Served{Node: "one", Log: "cluster", NATS: "nats-2"})
	send("log-7", "one", 3)
	send("log-8", "two", 5)
	page.WaitText("#served", "on a cluster, by nats-2")
	page.WaitTextContains("#heartbeat-detail", "one: 3 streams open")
	page.WaitTextContains("#lag", "ms")
	page.WaitText("#gap", "none")
	expectWhole(t, page)
	e2e.Send(conn, eventstream.GapEvent, "log-20", eventstream.Gap{From: "log-9", To: "log-20", Missed: 12, Reason: eventstream.GapDropped})
	send("log-21", "one", 4)
	page.WaitText("#gap", "12 events, no longer in the log")
	page.WaitTextContains("#sequence", "incomplete: 3 events, 12 in a gap that the server told of")
	page.WaitAttribute("#sequence", "data-missing", "0")
}

// TestDemoOnOneLog holds that a page goes on at its place with another server on
// the same log.
func TestDemoOnOneLog(t *testing.T) {
	t.Parallel()
	store, err := jetstream.Open(t.Context(), &jetstream.Options{Memory: true, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	log, err := store.Log(t.Context(), "demo", nil)
	if err != nil {
		t.Fatal(err)
	}
	var current atomic.Pointer[demo.App]
	start := func(node string) *demo.App {
		app, err := demo.New(t.Context(), &demo.Options{
			Interval: 250 * time.Millisecond, Log: log, Kept: "disk", Node: node, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { app.Close() })
		return app
	}
	one, two := start("one"), start("two")
	current.Store(one)
	site := e2e.Serve(t, e2e.App{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		current.Load().ServeHTTP(w, r)
	})})
	page := openDemo(t, site)
	page.WaitText("#served", "on disk")
	page.WaitTextContains("#heartbeat-detail", "one: ")
	current.Store(two)
	one.Close()
	page.WaitTextContains("#heartbeat-detail", "two: ")
	page.WaitExpression(`document.querySelector("#reconnects").dataset.value === "1"`)
	waitMore(page)
	expectWhole(t, page)
	page.WaitText("#gap", "none")
}
