//go:build js && wasm

package jsbridge

import (
	"cmp"
	"fmt"

	"github.com/hack-pad/safejs"
)

// build makes the JavaScript Request, which is where the browser checks it.
func (r *Request) build(controller safejs.Value) (safejs.Value, error) {
	options, err := r.options(controller)
	if err != nil {
		return safejs.Value{}, err
	}
	request, err := construct("Request", r.URL, options)
	if err != nil {
		return request, err
	}
	return request, r.checkHeader(request)
}

// CheckRequest returns the error that [Fetch] returns for a request that the browser
// can never send, and nil for any other. It sends nothing and does not wait.
func CheckRequest(r Request) error {
	controller, err := construct("AbortController")
	if err != nil {
		return err
	}
	_, err = r.build(controller)
	return err
}

func (r *Request) options(controller safejs.Value) (map[string]any, error) {
	signal, err := controller.Get("signal")
	if err != nil {
		return nil, fromThrown(err)
	}
	options := map[string]any{
		"method":      cmp.Or(r.Method, "GET"),
		"credentials": cmp.Or(r.Credentials, "same-origin"),
		"mode":        cmp.Or(r.Mode, "cors"),
		"redirect":    cmp.Or(r.Redirect, "follow"),
		"cache":       cmp.Or(r.Cache, "default"),
		"headers":     headerList(r.Header),
		"signal":      signal,
	}
	if r.Body != nil {
		if options["body"], err = uint8Array(r.Body); err != nil {
			return nil, err
		}
	}
	return options, nil
}

// checkHeader returns an error for a header that the browser has left out,
// which it does with those of the Fetch standard's list (2.2.2, "forbidden
// request-header").
func (r *Request) checkHeader(request safejs.Value) error {
	if len(r.Header) == 0 {
		return nil
	}
	headers, err := request.Get("headers")
	if err != nil {
		return fromThrown(err)
	}
	for _, field := range r.Header {
		value, err := headers.Call("has", field[0])
		if err != nil {
			return fromThrown(err)
		}
		if has, err := value.Bool(); err == nil && !has {
			return &Error{Name: "TypeError", Message: fmt.Sprintf("the browser lets no program send the header %q", field[0])}
		}
	}
	return nil
}

// uint8Array returns a copy of content in JavaScript's memory.
func uint8Array(content []byte) (safejs.Value, error) {
	array, err := construct("Uint8Array", len(content))
	if err != nil {
		return array, err
	}
	_, err = safejs.CopyBytesToJS(array, content)
	return array, fromThrown(err)
}
