//go:build js && wasm

package eventsource

import (
	"errors"
	"fmt"
	"strings"

	"github.com/runnel-go/runnel/jsbridge"
)

// resolve returns a URL in absolute form, or an error for one that no event stream
// can come from. A browser takes more schemes than http and https: "blob" and "data",
// which are answered without a server, and that of a program which shows its page by
// a custom scheme.
func resolve(url string) (string, error) {
	resolved, err := jsbridge.ResolveURL(url)
	if err != nil {
		return "", err
	}
	page, err := jsbridge.ResolveURL("")
	if err != nil {
		page = "" // then only the schemes of the web are known
	}
	own, _, _ := strings.Cut(page, ":")
	if own == "file" || own == "about" {
		own = "https"
	}
	return resolved, checkScheme(resolved, "blob", "data", own)
}

// check returns an error for a request that the browser can never send. It asks the
// browser itself, which else leaves some headers out in silence.
func (d fetchDialer) check(r Request) error {
	if _, err := resolve(r.URL); err != nil {
		return asRequest(err)
	}
	if _, has := r.Header["Cookie"]; has {
		return fmt.Errorf("%w: the browser lets no program send the header \"Cookie\"; "+
			"it sends the cookies that it has, to another origin if WithCredentials is set", errRequest)
	}
	return asRequest(jsbridge.CheckRequest(jsbridge.Request{
		URL:         r.URL,
		Method:      r.Method,
		Header:      fetchHeader(r.Header, ""),
		Credentials: d.credentials,
	}))
}

// asRequest marks the error of a request that fails each time.
func asRequest(err error) error {
	if err == nil || errors.Is(err, errRequest) {
		return err
	}
	return fmt.Errorf("%w: %w", errRequest, err)
}

// carries reports whether fetch sends a last event ID as a header: each that a stream
// can give.
func (d fetchDialer) carries(string) bool { return true }
