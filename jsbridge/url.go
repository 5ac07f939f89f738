//go:build js && wasm

package jsbridge

import "github.com/hack-pad/safejs"

// ResolveURL returns a URL in absolute form, resolved against the page or
// worker. Like the constructor of EventSource it returns an *[Error] named
// "SyntaxError" for one that cannot be parsed.
func ResolveURL(url string) (string, error) {
	base, err := baseURL()
	if err != nil {
		return "", err
	}
	resolved, err := construct("URL", url, base)
	if err != nil {
		return "", &Error{Name: "SyntaxError", Message: "the URL '" + url + "' is invalid"}
	}
	href, _ := stringProperty(resolved, "href")
	return href, nil
}

// Origin returns the origin of the page or worker, such as "https://example.com".
// It is "null" for one that has none to name, as a page in a sandbox.
func Origin() string {
	origin, _ := stringProperty(safejs.Global(), "origin")
	return origin
}

// baseURL is what URLs are resolved against: the document's base, which an
// element of the page may set, or the worker's own address.
func baseURL() (string, error) {
	document, err := safejs.Global().Get("document")
	if err != nil {
		return "", fromThrown(err)
	}
	if document.Type() == safejs.TypeObject {
		if base, ok := stringProperty(document, "baseURI"); ok {
			return base, nil
		}
	}
	location, err := global("location")
	if err != nil {
		return "", err
	}
	base, _ := stringProperty(location, "href")
	return base, nil
}
