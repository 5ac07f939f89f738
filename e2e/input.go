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

// target is where a click on an element goes, or why it cannot be clicked.
type target struct {
	X, Y    float64
	Trouble string
}

// targetOf is an expression for the target of the first element that a CSS
// selector finds. It scrolls the element into view.
const targetOf = `(() => {
	const element = document.querySelector(%s);
	if (!element) return {Trouble: "no such element"};
	if (element.disabled) return {Trouble: "it is disabled"};
	element.scrollIntoView({block: "center", inline: "center", behavior: "instant"});
	const box = element.getBoundingClientRect();
	if (box.width === 0 || box.height === 0) return {Trouble: "it is not shown"};
	const X = box.x + box.width / 2, Y = box.y + box.height / 2;
	const top = document.elementFromPoint(X, Y);
	if (!top) return {Trouble: "it is outside of the viewport"};
	if (!element.contains(top) && !top.contains(element) && top.closest("label")?.control !== element) {
		return {Trouble: "it is covered by " + top.outerHTML.slice(0, 80)};
	}
	return {X, Y, Trouble: ""};
})()`

// Click presses the mouse on the middle of the first element that the CSS
// selector finds, once it is there, shown, enabled and not covered.
func (p *Page) Click(selector string) {
	p.site.t.Helper()
	var at target
	p.waitFor("a click on "+selector, func() (bool, string) {
		found, err := eval[target](p, fmt.Sprintf(targetOf, js(selector)))
		if err != nil {
			return false, err.Error()
		}
		at = found
		return at.Trouble == "", at.Trouble
	})
	p.do("clicking "+selector, chromedp.MouseClickXY(at.X, at.Y))
}

// Focus gives the keyboard to the first element that the CSS selector finds,
// once it is there and takes it.
func (p *Page) Focus(selector string) {
	p.site.t.Helper()
	waitForJS(p, "focus on "+selector, fmt.Sprintf(`(() => {
		const element = document.querySelector(%s);
		element?.focus();
		return element !== null && element === document.activeElement;
	})()`, js(selector)), func(focused bool) bool { return focused })
}

// Type types text into the first element that the CSS selector finds, key by
// key, after what it holds.
func (p *Page) Type(selector, text string) {
	p.site.t.Helper()
	p.Focus(selector)
	// Some types of input do not let scripts move the caret.
	p.Run(`(() => {
		const element = document.activeElement;
		try { element.setSelectionRange(element.value.length, element.value.length) } catch {}
	})()`)
	p.do("typing into "+selector, chromedp.KeyEvent(text))
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
