//go:build !js

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// place is where a click on an element goes, or why it cannot be clicked.
type place struct {
	X, Y    float64
	Trouble string
}

// theOne begins a function that acts on what a selector finds: it ends it with
// what is wrong where that is not one element, or for CSS at least one.
const theOne = `
	const alone = %t;
	if (found.length === 0) return {Trouble: "no such element"};
	if (alone && found.length > 1) {
		const list = found.slice(0, 5).map((element) => element.outerHTML.slice(0, 80));
		return {Trouble: "it means " + found.length + " elements: " + list.join(", ") + (found.length > 5 ? ", …" : "")};
	}
	const element = found[0];`

// aim is a function of what a selector finds that tells its place, and watches
// that what the mouse does next is done to that: the page may be laid out anew
// in between. What falls on something else is kept from the page and noted, for
// missed. It scrolls the element into view. An element may be in a shadow tree,
// which the outer ones take for its host.
const aim = `(found) => {` + theOne + `
	if (element.disabled) return {Trouble: "it is disabled"};
	element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
	const box = element.getBoundingClientRect();
	if (box.width === 0 || box.height === 0) return {Trouble: "it is not shown"};
	const X = box.x + box.width / 2, Y = box.y + box.height / 2;
	let top = document.elementFromPoint(X, Y);
	for (let inner; (inner = top?.shadowRoot?.elementFromPoint(X, Y)) && inner !== top; ) top = inner;
	if (!top) return {Trouble: "it is outside of the viewport"};
	const holds = (outer, node) => {
		for (; node; node = node.parentNode ?? node.host) if (node === outer) return true;
		return false;
	};
	const hits = (node) => holds(element, node) || node.closest?.("label")?.control === element;
	if (!hits(top) && !holds(top, element)) return {Trouble: "it is covered by " + top.outerHTML.slice(0, 80)};
	const direct = hits(top);
	const watch = window[Symbol.for("e2e.click")] = {missed: "", end() {}};
	const look = (event) => {
		const [on] = event.composedPath();
		if (!watch.missed && (hits(on) || !direct && holds(on, element) || !element.isConnected)) return;
		watch.missed ||= "it has moved, and in its place is " + (on.outerHTML ?? on.nodeName).slice(0, 80);
		event.preventDefault();
		event.stopImmediatePropagation();
	};
	const types = ["pointerdown", "mousedown", "pointerup", "mouseup", "click"];
	for (const type of types) addEventListener(type, look, true);
	watch.end = () => { for (const type of types) removeEventListener(type, look, true) };
	return {X, Y, Trouble: ""};
}`

// missed is an expression for why what the mouse has done since aim was not done
// to its element, "" where it was. It is "" too in a document that a click has led to.
const missed = `(() => {
	const watch = window[Symbol.for("e2e.click")];
	delete window[Symbol.for("e2e.click")];
	watch?.end();
	return watch?.missed ?? "";
})()`

// takeFocus is a function of what a selector finds that gives it the keyboard.
const takeFocus = `(found) => {` + theOne + `
	element.focus();
	const holder = element.getRootNode().activeElement;
	if (holder === element) return {Trouble: ""};
	return {Trouble: "it does not take the focus, which has " + (holder?.outerHTML.slice(0, 80) ?? "nothing")};
}`

// act waits until a function of what the selector finds has no trouble with it,
// nor what then is done at its place.
func (p *Page) act(what string, selector Selector, function string, then func(place) (trouble string)) {
	p.site.t.Helper()
	_, _, alone := selector.role()
	p.waitForElement(selector, what, func() (bool, string) {
		found, err := ask[place](p, selector, fmt.Sprintf(function, alone))
		if err != nil {
			return false, err.Error()
		}
		if found.Trouble == "" {
			found.Trouble = then(found)
		}
		return found.Trouble == "", found.Trouble
	})
}

// Click presses the mouse on the middle of the first element that the selector
// finds, once it is there, shown, enabled and not covered. A selector by [Role]
// has to find just one.
//
// Where the element has moved away in the meantime, what stands there now does not
// see the click, and the element is clicked where it has gone.
func (p *Page) Click(selector Selector) {
	p.site.t.Helper()
	what := "a click on " + string(selector)
	p.act(what, selector, aim, func(at place) (trouble string) {
		p.do("clicking "+string(selector), chromedp.MouseClickXY(at.X, at.Y))
		trouble, err := eval[string](p, missed)
		if err != nil {
			return "" // the click has ended the document
		}
		return trouble
	})
}

// Focus gives the keyboard to the first element that the selector finds, once it
// is there and takes it. A selector by [Role] has to find just one.
func (p *Page) Focus(selector Selector) {
	p.site.t.Helper()
	p.act("focus on "+string(selector), selector, takeFocus, func(place) string { return "" })
}

// Type types text into the first element that the selector finds, key by key,
// after what it holds. A selector by [Role] has to find just one.
func (p *Page) Type(selector Selector, text string) {
	p.site.t.Helper()
	p.Focus(selector)
	// Some types of input do not let scripts move the caret.
	p.Run(`(() => {
		let element = document.activeElement;
		while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
		try { element.setSelectionRange(element.value.length, element.value.length) } catch {}
	})()`)
	p.do("typing into "+string(selector), chromedp.KeyEvent(text))
}

// keys are the names that [Page.Press] knows, those of KeyboardEvent.key.
var keys = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Space": " ", "Escape": kb.Escape,
	"Backspace": kb.Backspace, "Delete": kb.Delete, "Insert": kb.Insert,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown,
	"ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
}

var modifiers = map[string]chromedp.Modifier{
	"Shift": chromedp.ModifierShift, "Control": chromedp.ModifierCtrl,
	"Alt": chromedp.ModifierAlt, "Meta": chromedp.ModifierMeta,
}

// Press presses and releases a key: one character, or a name such as "Enter",
// "Tab", "Space" or "ArrowDown", after modifiers as in "Shift+Tab".
func (p *Page) Press(key string) {
	p.site.t.Helper()
	text, held, err := parseKey(key)
	if err != nil {
		p.fatalf("%v", err)
	}
	p.do("pressing "+key, chromedp.KeyEvent(text, chromedp.KeyModifiers(held...)))
}

// PressIn is [Page.Press] in the element that the selector finds, which gets the
// keyboard as by [Page.Focus].
func (p *Page) PressIn(selector Selector, key string) {
	p.site.t.Helper()
	p.Focus(selector)
	p.Press(key)
}

func parseKey(key string) (text string, held []chromedp.Modifier, err error) {
	parts := strings.Split(key, "+")
	if strings.HasSuffix(key, "+") { // the plus key itself
		parts = append(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "+")
	}
	name := parts[len(parts)-1]
	for _, part := range parts[:len(parts)-1] {
		modifier, ok := modifiers[part]
		if !ok {
			return "", nil, fmt.Errorf("key %q: unknown modifier %q", key, part)
		}
		held = append(held, modifier)
	}
	if text, ok := keys[name]; ok {
		return text, held, nil
	}
	if utf8.RuneCountInString(name) != 1 {
		return "", nil, fmt.Errorf("key %q: unknown name %q", key, name)
	}
	return name, held, nil
}
