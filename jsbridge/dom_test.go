//go:build js && wasm

package jsbridge

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hack-pad/safejs"
)

// testDocument returns the page's document and an element in it that goes with
// the test. Tests also run in a worker, which has none: there it checks that
// the error says so, and reports false.
func testDocument(t *testing.T) (*Document, *Element, bool) {
	t.Helper()
	doc, err := PageDocument()
	if _, globalErr := global("document"); globalErr != nil {
		if err == nil || !strings.Contains(err.Error(), "no document") {
			t.Errorf("got %v without a document, want an error that says so", err)
		}
		return nil, nil, false
	}
	if err != nil {
		t.Fatal(err)
	}
	host := doc.CreateElement("div")
	host.SetAttribute("id", "host")
	body, err := doc.value.Get("body")
	if err != nil {
		t.Fatal(err)
	}
	newElement(body).Append(host)
	t.Cleanup(host.Remove)
	return doc, host, true
}

// read returns a property of the element's as text, whatever its type.
func read(t *testing.T, e *Element, property string) string {
	t.Helper()
	value, err := e.value.Get(property)
	if err != nil {
		t.Fatal(err)
	}
	text, err := value.String()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestByID(t *testing.T) {
	doc, _, ok := testDocument(t)
	if !ok {
		return
	}
	if host, err := doc.ByID("host"); err != nil || read(t, host, "tagName") != "DIV" {
		t.Errorf("got %v, %v, want the element", host, err)
	}
	if _, err := doc.ByID("nowhere"); err == nil || !strings.Contains(err.Error(), `"nowhere"`) {
		t.Errorf("got %v, want an error that names the id", err)
	}
}

func TestElementSetters(t *testing.T) {
	doc, host, ok := testDocument(t)
	if !ok {
		return
	}
	tests := []struct {
		name string
		tag  string
		set  func(*Element)
		want string
	}{
		{"text", "p", func(e *Element) { e.SetText("a <b> 🌊") }, "<p>a &lt;b&gt; 🌊</p>"},
		{"text twice", "p", func(e *Element) { e.SetText("a"); e.SetText("b") }, "<p>b</p>"},
		{"text over children", "p", func(e *Element) {
			e.SetText("a")
			e.Append(doc.CreateElement("i"))
			e.SetText("a")
		}, "<p>a</p>"},
		{"attribute", "p", func(e *Element) { e.SetAttribute("data-x", `"1"`) }, `<p data-x="&quot;1&quot;"></p>`},
		{"attribute removed and set again", "p", func(e *Element) {
			e.SetAttribute("title", "a")
			e.RemoveAttribute("title")
			e.RemoveAttribute("title")
			e.SetAttribute("title", "a")
		}, `<p title="a"></p>`},
		{"class", "p", func(e *Element) { e.Toggle("a", true); e.Toggle("b", true); e.Toggle("a", false) }, `<p class="b"></p>`},
		{"style", "p", func(e *Element) { e.SetStyle("--level", "0.5") }, `<p style="--level: 0.5;"></p>`},
		{"style unknown", "p", func(e *Element) { e.SetStyle("color", "nonsense") }, `<p></p>`},
		{"disabled", "button", func(e *Element) { e.SetDisabled(true) }, `<button disabled=""></button>`},
		{"enabled again", "button", func(e *Element) { e.SetDisabled(true); e.SetDisabled(false) }, `<button></button>`},
		{"hidden", "p", func(e *Element) { e.SetHidden(true) }, `<p hidden=""></p>`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			element := doc.CreateElement(test.tag)
			host.Append(element)
			test.set(element)
			if got := read(t, element, "outerHTML"); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestElementSkipsEqual changes things behind the element's back: what is set
// to the same again then stays changed, for the browser was not asked.
func TestElementSkipsEqual(t *testing.T) {
	doc, _, ok := testDocument(t)
	if !ok {
		return
	}
	e := doc.CreateElement("p")
	set := func() { e.SetText("a"); e.SetAttribute("title", "a"); e.Toggle("c", true); e.SetHidden(true) }
	set()
	if err := errors.Join(e.value.Set("textContent", "b"), e.value.Set("title", "b"), e.value.Set("className", ""),
		e.value.Set("hidden", false)); err != nil {
		t.Fatal(err)
	}
	set()
	if got, want := read(t, e, "outerHTML"), `<p title="b" class="">b</p>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestElementChildren(t *testing.T) {
	doc, _, ok := testDocument(t)
	if !ok {
		return
	}
	list := doc.CreateElement("ol")
	item := func(text string) *Element {
		e := doc.CreateElement("li")
		e.SetText(text)
		return e
	}
	want := func(text string) {
		t.Helper()
		if got := read(t, list, "textContent"); got != text {
			t.Errorf("got %q, want %q", got, text)
		}
	}
	c := item("c")
	list.Append(c, item("d"))
	list.Prepend(item("a"), item("b"))
	want("abcd")
	c.Remove()
	c.Remove()
	want("abd")
	if !list.RemoveLastChild() {
		t.Error("got false, want that a child was removed")
	}
	want("ab")
	list.ReplaceChildren(c)
	want("c")
	list.ReplaceChildren()
	want("")
	if list.RemoveLastChild() {
		t.Error("got true, want that there was no child")
	}
}

func TestElementValue(t *testing.T) {
	doc, host, ok := testDocument(t)
	if !ok {
		return
	}
	field := doc.CreateElement("input")
	host.Append(field)
	field.SetValue("typed")
	if got := field.Value(); got != "typed" {
		t.Errorf("got %q, want %q", got, "typed")
	}
	if got := host.Value(); got != "" {
		t.Errorf("got %q of a div, want nothing", got)
	}
	field.Focus()
	active, err := doc.value.Get("activeElement")
	if err != nil || !active.Equal(field.value) {
		t.Errorf("got another active element (%v), want the field", err)
	}
}

func TestSVGElement(t *testing.T) {
	doc, _, ok := testDocument(t)
	if !ok {
		return
	}
	if got := read(t, doc.CreateSVGElement("path"), "namespaceURI"); got != svgNamespace {
		t.Errorf("got namespace %q, want %q", got, svgNamespace)
	}
}

func TestElementAnimate(t *testing.T) {
	doc, host, ok := testDocument(t)
	if !ok {
		return
	}
	e := doc.CreateElement("p")
	host.Append(e)
	opacity := func() string {
		t.Helper()
		style, err := safejs.Global().Call("getComputedStyle", e.value)
		if err != nil {
			t.Fatal(err)
		}
		value, _ := stringProperty(style, "opacity")
		return value
	}
	before := Live()
	stop := e.Animate("opacity", "0.5", "0.5", time.Hour)
	if got := opacity(); got != "0.5" {
		t.Errorf("got opacity %s while animated, want 0.5", got)
	}
	stop()
	stop()
	if got := opacity(); got != "1" {
		t.Errorf("got opacity %s after it was stopped, want 1", got)
	}
	over := e.Animate("opacity", "1", "0.25", 0)
	if got := opacity(); got != "0.25" {
		t.Errorf("got opacity %s at the end, want 0.25", got)
	}
	over()
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestDOMRefusal(t *testing.T) {
	doc, host, ok := testDocument(t)
	if !ok {
		return
	}
	tests := []struct {
		name string
		do   func()
	}{
		{"element", func() { doc.CreateElement("no tag") }},
		{"attribute", func() { host.SetAttribute("no attribute", "") }},
		{"class", func() { host.Toggle("two classes", true) }},
		{"animation", func() { host.Animate("opacity", "0", "1", -time.Second) }},
		{"child of itself", func() { host.Append(host) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				err, _ := recover().(error)
				if _, ok := errors.AsType[*Error](err); !ok {
					t.Errorf("got panic %v, want an error that wraps an *Error", err)
				}
			}()
			test.do()
		})
	}
}

// fire dispatches an event and reports whether its default was left alone.
func fire(t *testing.T, e *Element, eventType string) bool {
	t.Helper()
	event, err := construct("Event", eventType, map[string]any{"bubbles": true, "cancelable": true})
	if err != nil {
		t.Fatal(err)
	}
	result, err := e.value.Call("dispatchEvent", event)
	if err != nil {
		t.Fatal(err)
	}
	untouched, err := result.Bool()
	if err != nil {
		t.Fatal(err)
	}
	return untouched
}

func TestOn(t *testing.T) {
	doc, host, ok := testDocument(t)
	if !ok {
		return
	}
	before := Live()
	inner := doc.CreateElement("b")
	inner.SetAttribute("id", "inner")
	host.Append(inner)
	events := make(chan DOMEvent)
	remove, err := host.On("ping", OnOptions{}, func(e DOMEvent) { events <- e })
	if err != nil {
		t.Fatal(err)
	}
	// The handler blocks at the first one: dispatching does not.
	for _, element := range []*Element{host, inner, host} {
		if !fire(t, element, "ping") {
			t.Error("got the default prevented, want it left alone")
		}
	}
	var targets []string
	for range 3 {
		event := <-events
		if event.Type != "ping" {
			t.Errorf("got type %q, want ping", event.Type)
		}
		targets = append(targets, event.TargetID)
	}
	if want := []string{"host", "inner", "host"}; !slices.Equal(targets, want) {
		t.Errorf("got targets %q, want %q", targets, want)
	}
	remove()
	remove()
	fire(t, host, "ping")
	select {
	case event := <-events:
		t.Errorf("got %+v after removal, want nothing", event)
	case <-time.After(20 * time.Millisecond):
	}
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestOnPreventDefault(t *testing.T) {
	_, host, ok := testDocument(t)
	if !ok {
		return
	}
	remove, err := host.On("ping", OnOptions{PreventDefault: true}, func(DOMEvent) {})
	if err != nil {
		t.Fatal(err)
	}
	defer remove()
	if fire(t, host, "ping") {
		t.Error("got the default left alone, want it prevented")
	}
}

func TestOnRemoveInside(t *testing.T) {
	_, host, ok := testDocument(t)
	if !ok {
		return
	}
	before := Live()
	calls := make(chan struct{}, 10)
	var remove func()
	remove, err := host.On("ping", OnOptions{Capture: true}, func(DOMEvent) {
		remove()
		calls <- struct{}{}
	})
	if err != nil {
		t.Fatal(err)
	}
	fire(t, host, "ping")
	fire(t, host, "ping") // waits when the first one removes the listener
	<-calls
	time.Sleep(20 * time.Millisecond)
	if len(calls) != 0 {
		t.Errorf("got %d calls after removal, want none", len(calls))
	}
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestWatchMedia(t *testing.T) {
	if _, _, ok := testDocument(t); !ok {
		if _, _, err := WatchMedia("all", func(bool) {}); err == nil {
			t.Error("got no error without media, want one")
		}
		return
	}
	before := Live()
	for query, want := range map[string]bool{"all": true, "not all": false, "(nonsense": false} {
		got, stop, err := WatchMedia(query, func(bool) {})
		if err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", query, got, err, want)
		}
		stop()
		stop()
	}
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestMediaMatches(t *testing.T) {
	if _, _, ok := testDocument(t); !ok {
		return
	}
	list, err := safejs.Global().Call("matchMedia", "all")
	if err != nil {
		t.Fatal(err)
	}
	event, err := construct("MediaQueryListEvent", "change", map[string]any{"matches": true})
	if err != nil {
		t.Fatal(err)
	}
	if got := mediaMatches(event); !got {
		t.Error("got false of an event that matches, want true")
	}
	if got := mediaMatches(list); !got {
		t.Error("got false of a list that matches, want true")
	}
}
