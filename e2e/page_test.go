//go:build !js

package e2e

import (
	"bytes"
	"image/png"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/chromedp/chromedp"
)

func TestDefaultPageRunsTheProgram(t *testing.T) {
	for _, place := range []struct{ name, query string }{
		{"page", "a=1&b=%20"},
		{"worker", "worker&a=1"},
	} {
		t.Run(place.name, func(t *testing.T) {
			page := Serve(t, App{Program: "./testdata/hello"}).Open("/?" + place.query)
			page.WaitText("#program", "exited with code 0")
			page.WaitConsole(`hello ["` + place.query + `"]`)
			if code := page.WaitExit(); code != 0 {
				t.Errorf("got exit code %d, want 0", code)
			}
		})
	}
}

func TestAppWorkerIsTheDefault(t *testing.T) {
	page := Serve(t, App{Program: "./testdata/hello", Worker: true}).Open("/?wait")
	page.WaitText("#program", "running")
	page.WaitConsole(`hello ["wait"]`)
}

func TestPolicyOfTheDefaultPage(t *testing.T) {
	page := Serve(t, App{Program: "./testdata/hello"}).Open("/")
	page.Allow(PolicyViolation, "unsafe-eval")
	page.WaitText("#program", "exited with code 0")
	page.WaitExpression(`(() => {
		try { return eval.call(null, "1") !== 1 } catch (error) { return error instanceof EvalError }
	})()`)
}

func TestReports(t *testing.T) {
	page := Serve(t, App{Page: scripted("", `
		globalThis.reports = [];
		const report = (name, value) => reports.push(JSON.stringify({name, value}));
		report("count", 1);
		report("point", {X: 1.5, Y: [1, 2]});
		report("count", 2);
		setTimeout(() => report("late", "π"));`)}).Open("/")
	if got := WaitReport[string](page, "late"); got != "π" {
		t.Errorf("got %q, want π", got)
	}
	for want := 1; want <= 2; want++ {
		if got := WaitReport[int](page, "count"); got != want {
			t.Errorf("got count %d, want %d", got, want)
		}
	}
	got := WaitReport[struct {
		X float64
		Y []int
	}](page, "point")
	if got.X != 1.5 || !slices.Equal(got.Y, []int{1, 2}) {
		t.Errorf("got %+v, want {1.5 [1 2]}", got)
	}
}

func TestInput(t *testing.T) {
	page := Serve(t, App{Page: scripted(`
		<button id="off" disabled>off</button>
		<div style="height: 3000px"></div>
		<button id="far">far</button> <input id="text" value="a"> <label><input type="checkbox" id="box">box</label>
		<p id="log"></p>`, `
		const log = document.querySelector("#log");
		const note = (text) => { log.textContent += text + " "; };
		for (const id of ["far", "off"]) {
			document.querySelector("#" + id).addEventListener("click", (event) => note(id + (event.isTrusted ? "" : "!")));
		}
		document.addEventListener("keydown", (event) =>
			note((event.shiftKey ? "shift-" : "") + (event.ctrlKey ? "control-" : "") + event.key));`)}).Open("/")
	page.Click("#far")
	page.WaitText("#log", "far")
	page.Press("Enter")
	page.WaitText("#log", "far Enter far")
	page.Press("Space")
	page.WaitText("#log", "far Enter far far")
	page.Run(`log.textContent = ""`)
	page.Type("#text", "bé")
	page.WaitExpression(`document.querySelector("#text").value === "abé"`)
	page.Press("Control+a")
	page.Press("Backspace")
	page.WaitExpression(`document.querySelector("#text").value === ""`)
	page.Press("Tab")
	page.WaitExpression(`document.activeElement.id === "box"`)
	page.Press("Shift+Tab")
	page.WaitTextContains("#log", "shift-Tab")
	page.Click("#box")
	page.WaitExpression(`document.querySelector("#box").checked`)
	page.Run(`setTimeout(() => { document.querySelector("#off").disabled = false; }, 30)`)
	page.Click("#off") // waits until it is enabled
	page.WaitTextContains("#log", " off")
	if log := page.Text("#log"); strings.Contains(log, "!") {
		t.Errorf("got %q, want trusted clicks alone", log)
	}
}

// TestClickFollows holds that a click on an element which is laid out elsewhere
// between the look for its place and the click is done to it all the same, and to
// nothing else.
func TestClickFollows(t *testing.T) {
	page := Serve(t, App{Page: scripted(`<button id="moving">moving</button><button id="other">other</button><p id="log"></p>`, `
		const log = document.querySelector("#log"), moving = document.querySelector("#moving");
		for (const type of ["pointerdown", "mousedown", "pointerup", "mouseup", "click"]) {
			addEventListener(type, (event) => { log.textContent += type + " on " + event.target.id + " "; });
		}
		moving.getBoundingClientRect = () => { // as the first look has it, it is where the other one will be
			const box = Element.prototype.getBoundingClientRect.call(moving);
			delete moving.getBoundingClientRect;
			queueMicrotask(() => { moving.style.marginLeft = "300px"; moving.before(document.querySelector("#other")); });
			return box;
		};`)}).Open("/")
	page.Click("#moving")
	page.WaitText("#log", "pointerdown on moving mousedown on moving pointerup on moving mouseup on moving click on moving")
}

// TestClickLeads holds that a click may lead to another document.
func TestClickLeads(t *testing.T) {
	page := Serve(t, App{Page: fstest.MapFS{
		"index.html": {Data: []byte(`<!doctype html><html lang="en"><title>a</title><link rel="icon" href="data:,"><a href="b.html">on</a>`)},
		"b.html":     {Data: []byte(`<!doctype html><html lang="en"><title>b</title><link rel="icon" href="data:,"><p>here</p>`)},
	}}).Open("/")
	page.Click("a")
	page.WaitText("p", "here")
}

func TestParseKey(t *testing.T) {
	for _, key := range []string{"Enter", "a", "é", "+", "Shift+Tab", "Control+Shift++"} {
		if _, _, err := parseKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{"", "Entr", "Hyper+a", "ab"} {
		if text, held, err := parseKey(key); err == nil {
			t.Errorf("%q: got %q, %v, want an error", key, text, held)
		}
	}
}

func TestWaits(t *testing.T) {
	page := Serve(t, App{Page: scripted(`<ul></ul><p id="p" title="old"> several
		 words </p>`, `
		let n = 0;
		const timer = setInterval(() => {
			document.querySelector("ul").append(document.createElement("li"));
			if (++n === 3) { document.querySelector("#p").title = "new"; console.info("three", {n}); clearInterval(timer); }
		}, 5);`)}).Open("/")
	page.WaitCount("li", 3)
	page.WaitAttribute("#p", "title", "new")
	page.WaitText("#p", "several words")
	page.WaitConsole("three Object {n: 3}")
	page.WaitExpression("Promise.resolve(n === 3)")
	if got := Eval[map[string]int](page, "Promise.resolve({a: n})"); got["a"] != 3 {
		t.Errorf("got %v, want a: 3", got)
	}
}

func TestEmulation(t *testing.T) {
	page := Serve(t, App{Page: scripted("", "")}).Open("/")
	matches := func(query string) bool { return Eval[bool](page, "matchMedia("+js(query)+").matches") }
	page.ColorScheme("dark")
	page.ReducedMotion(true)
	page.Viewport(360, 500)
	for _, query := range []string{"(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)", "(width: 360px)"} {
		if !matches(query) {
			t.Errorf("%s does not match", query)
		}
	}
	page.ColorScheme("light")
	page.ReducedMotion(false)
	for _, query := range []string{"(prefers-color-scheme: light)", "(prefers-reduced-motion: no-preference)"} {
		if !matches(query) {
			t.Errorf("%s does not match", query)
		}
	}
	content, err := page.screenshot(DefaultTimeout)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.DecodeConfig(bytes.NewReader(content))
	if err != nil || picture.Width != 360 || picture.Height != 500 {
		t.Errorf("got a picture of %dx%d, %v, want 360x500", picture.Width, picture.Height, err)
	}
}

func TestNavigation(t *testing.T) {
	site := Serve(t, App{Page: scripted(`<p id="search"></p>`, `document.querySelector("#search").textContent = location.search`)})
	page := site.Open("/?one")
	page.WaitText("#search", "?one")
	page.Run("globalThis.marked = true")
	page.Reload()
	if Eval[bool](page, `"marked" in globalThis`) {
		t.Error("the page was not loaded again")
	}
	page.Navigate(site.Host(3) + "/?two")
	page.WaitText("#search", "?two")
	title, err := chromedp.Run(page.Context(), chromedp.Title())
	if err != nil || title != "t" {
		t.Errorf("got title %q, %v through Context, want t", title, err)
	}
}
