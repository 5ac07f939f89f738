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

// aim is a function of what a selector finds that tells its place. It scrolls
// the element into view. An element may be in a shadow tree, which the outer
// ones take for its host.
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
	if (!holds(element, top) && !holds(top, element) && top.closest("label")?.control !== element) {
		return {Trouble: "it is covered by " + top.outerHTML.slice(0, 80)};
	}
	return {X, Y, Trouble: ""};
}`

// takeFocus is a function of what a selector finds that gives it the keyboard.
const takeFocus = `(found) => {` + theOne + `
	element.focus();
	const holder = element.getRootNode().activeElement;
	if (holder === element) return {Trouble: ""};
	return {Trouble: "it does not take the focus, which has " + (holder?.outerHTML.slice(0, 80) ?? "nothing")};
}`

// act waits until a function of what the selector finds has no trouble with it.
func (p *Page) act(what string, selector Selector, function string) place {
	p.site.t.Helper()
	var last place
	_, _, alone := selector.role()
	p.waitForElement(selector, what, func() (bool, string) {
		found, err := ask[place](p, selector, fmt.Sprintf(function, alone))
		if err != nil {
			return false, err.Error()
		}
		last = found
		return found.Trouble == "", found.Trouble
	})
	return last
}

// Click presses the mouse on the middle of the first element that the selector
// finds, once it is there, shown, enabled and not covered. A selector by [Role]
// has to find just one.
func (p *Page) Click(selector Selector) {
	p.site.t.Helper()
	at := p.act("a click on "+string(selector), selector, aim)
	p.do("clicking "+string(selector), chromedp.MouseClickXY(at.X, at.Y))
}

// Focus gives the keyboard to the first element that the selector finds, once it
// is there and takes it. A selector by [Role] has to find just one.
func (p *Page) Focus(selector Selector) {
	p.site.t.Helper()
	p.act("focus on "+string(selector), selector, takeFocus)
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
