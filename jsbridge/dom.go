//go:build js && wasm

package jsbridge

import (
	"fmt"

	"github.com/hack-pad/safejs"
)

// Document is the document of the page that the program runs in.
//
// The DOM layer is what a page drawn by Go needs, and no more. Looking
// something up returns an error, for a page may lack it. Changing an element
// that is there returns none: the browser refuses only what no correct program
// asks for, such as an attribute name with a space in it, and then the method
// panics with an error that wraps the browser's [*Error].
//
// An Element and its Document may be used by one goroutine at a time.
type Document struct {
	value safejs.Value
}

// svgNamespace is the namespace of SVG elements (SVG 2, 1.4).
const svgNamespace = "http://www.w3.org/2000/svg"

// PageDocument returns the page's document. It returns an error where there is
// none, as in a worker.
func PageDocument() (*Document, error) {
	value, err := global("document")
	if err != nil {
		return nil, err
	}
	return &Document{value: value}, nil
}

// ByID returns the first element with that id, or an error that names the id
// when there is none. Each call makes an Element of its own: keep it, since
// what it has set is remembered there.
func (d *Document) ByID(id string) (*Element, error) {
	value, err := d.value.Call("getElementById", id)
	if err != nil {
		return nil, fromThrown(err)
	}
	if value.IsNull() {
		return nil, fmt.Errorf("jsbridge: the page has no element with the id %q", id)
	}
	return newElement(value), nil
}

// CreateElement makes an HTML element that is nowhere in the document yet.
func (d *Document) CreateElement(tag string) *Element {
	value, err := d.value.Call("createElement", tag)
	mustDOM("create element "+tag, err)
	return newElement(value)
}

// CreateSVGElement makes an SVG element that is nowhere in the document yet.
func (d *Document) CreateSVGElement(tag string) *Element {
	value, err := d.value.Call("createElementNS", svgNamespace, tag)
	mustDOM("create SVG element "+tag, err)
	return newElement(value)
}

// mustDOM panics when the browser refused what the program asked for.
func mustDOM(asked string, err error) {
	if err != nil {
		panic(fmt.Errorf("jsbridge: %s: %w", asked, fromThrown(err)))
	}
}
