//go:build js && wasm

package main

import (
	"errors"

	"github.com/runnel-go/runnel/jsbridge"
)

// finder looks up the elements that the page is made of and gathers what is
// missing, so that a page which does not fit says so all at once.
type finder struct {
	doc     *jsbridge.Document
	missing []error
}

// id returns the element with an id. In the place of one that is missing it
// returns one that is nowhere to be seen.
func (f *finder) id(id string) *jsbridge.Element {
	element, err := f.doc.ByID(id)
	if err != nil {
		f.missing = append(f.missing, err)
		return f.doc.CreateElement("span")
	}
	return element
}

// figure returns the element with an id as a place for a quantity.
func (f *finder) figure(id string) *figure { return newFigure(f.doc, f.id(id)) }

func (f *finder) err() error { return errors.Join(f.missing...) }

// newElement makes an HTML element with a class and a text, each of which may
// be "".
func newElement(doc *jsbridge.Document, tag, class, text string) *jsbridge.Element {
	element := doc.CreateElement(tag)
	if class != "" {
		element.SetAttribute("class", class)
	}
	if text != "" {
		element.SetText(text)
	}
	return element
}

// figure shows a quantity, its unit smaller than its number.
type figure struct {
	number, unit *jsbridge.Element
}

func newFigure(doc *jsbridge.Document, host *jsbridge.Element) *figure {
	f := &figure{
		number: newElement(doc, "span", "number", "–"),
		unit:   newElement(doc, "span", "unit", ""),
	}
	host.ReplaceChildren(f.number, f.unit)
	return f
}

func (f *figure) show(q quantity) {
	f.number.SetText(q.number)
	if q.unit != "" {
		f.unit.SetText(noBreak + q.unit)
	}
}
