//go:build js && wasm

package jsbridge

import (
	"github.com/hack-pad/safejs"
)

// Element is an element of a document.
//
// It remembers the text, the attributes, the classes and the styles that were
// last set through it, and asks the browser for nothing when they are set to
// the same again: a call across costs about a microsecond, a comparison next to
// nothing. Whoever else changes the same things on the same element is
// therefore not noticed.
type Element struct {
	value safejs.Value
	// set is what was last set, by what it was set on.
	set map[setting]string
}

// setting names one thing that can be set on an element.
type setting struct {
	kind settingKind
	name string
}

type settingKind uint8

const (
	settingText settingKind = iota
	settingAttribute
	settingClass
	settingStyle
	settingProperty
)

func newElement(value safejs.Value) *Element {
	return &Element{value: value, set: make(map[setting]string)}
}

// changes notes that a setting is about to get a value, and reports whether it
// had another before.
func (e *Element) changes(kind settingKind, name, value string) bool {
	key := setting{kind, name}
	if last, ok := e.set[key]; ok && last == value {
		return false
	}
	e.set[key] = value
	return true
}

// SetText replaces whatever the element holds by text.
func (e *Element) SetText(text string) {
	if e.changes(settingText, "", text) {
		mustDOM("set text", e.value.Set("textContent", text))
	}
}

// SetAttribute sets an attribute. An attribute named style, or one for a
// handler such as onclick, is subject to the page's Content-Security-Policy:
// use [Element.SetStyle] and [Element.On].
func (e *Element) SetAttribute(name, value string) {
	if e.changes(settingAttribute, name, value) {
		_, err := e.value.Call("setAttribute", name, value)
		mustDOM("set attribute "+name, err)
	}
}

// RemoveAttribute removes an attribute, if it is there.
func (e *Element) RemoveAttribute(name string) {
	delete(e.set, setting{settingAttribute, name})
	_, err := e.value.Call("removeAttribute", name)
	mustDOM("remove attribute "+name, err)
}

// Toggle gives the element a class or takes it away.
func (e *Element) Toggle(class string, on bool) {
	if e.changes(settingClass, class, boolName(on)) {
		list := e.get("classList")
		_, err := list.Call("toggle", class, on)
		mustDOM("toggle class "+class, err)
	}
}

// SetStyle sets a property of the element's own style, custom properties
// included, through the CSS object model, which a policy of style-src 'self'
// allows. A value that CSS does not know leaves the property as it was.
func (e *Element) SetStyle(property, value string) {
	if e.changes(settingStyle, property, value) {
		style := e.get("style")
		_, err := style.Call("setProperty", property, value)
		mustDOM("set style "+property, err)
	}
}

// SetDisabled disables or enables a button or a field.
func (e *Element) SetDisabled(disabled bool) { e.setFlag("disabled", disabled) }

// SetHidden hides the element or shows it.
func (e *Element) SetHidden(hidden bool) { e.setFlag("hidden", hidden) }

func (e *Element) setFlag(property string, on bool) {
	if e.changes(settingProperty, property, boolName(on)) {
		mustDOM("set "+property, e.value.Set(property, on))
	}
}

// Value returns what a field holds, or "" for an element that is none.
func (e *Element) Value() string {
	value, _ := stringProperty(e.value, "value")
	return value
}

// SetValue sets what a field holds.
func (e *Element) SetValue(value string) {
	mustDOM("set value", e.value.Set("value", value))
}

// Focus moves the focus to the element, if it can take it.
func (e *Element) Focus() {
	_, err := e.value.Call("focus")
	mustDOM("focus", err)
}

// Append puts elements after the last child, in order. One that is elsewhere
// in the document moves.
func (e *Element) Append(children ...*Element) { e.insert("append", children) }

// Prepend puts elements before the first child, in order. One that is elsewhere
// in the document moves.
func (e *Element) Prepend(children ...*Element) { e.insert("prepend", children) }

// ReplaceChildren puts elements, in order, in the place of all there was.
func (e *Element) ReplaceChildren(children ...*Element) { e.insert("replaceChildren", children) }

func (e *Element) insert(method string, children []*Element) {
	delete(e.set, setting{settingText, ""}) // it is no longer the text that was set
	nodes := make([]any, len(children))
	for i, child := range children {
		nodes[i] = child.value
	}
	_, err := e.value.Call(method, nodes...)
	mustDOM(method, err)
}

// Remove takes the element out of the document, if it is there. It can be put
// back.
func (e *Element) Remove() {
	_, err := e.value.Call("remove")
	mustDOM("remove", err)
}

// RemoveLastChild removes the last child element, and reports whether there was
// one.
func (e *Element) RemoveLastChild() bool {
	last := e.get("lastElementChild")
	if last.IsNull() {
		return false
	}
	delete(e.set, setting{settingText, ""})
	_, err := last.Call("remove")
	mustDOM("remove last child", err)
	return true
}

func (e *Element) get(property string) safejs.Value {
	value, err := e.value.Get(property)
	mustDOM("get "+property, err)
	return value
}

func boolName(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
