//go:build js && wasm

package jsbridge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/hack-pad/safejs"
)

// Request says what [Fetch] is to fetch. Only URL has no default.
//
// Credentials, Cache, Mode and Redirect are the Fetch standard's modes (2.2.5); one
// that the standard does not know is a TypeError.
type Request struct {
	// URL is resolved against the page or worker.
	URL string
	// Method is the HTTP method; "" is GET.
	Method string
	// Header is names and values, in order. They are byte strings: a value
	// that is not ASCII is sent as the bytes it has in Go, which is UTF-8 for
	// text.
	Header [][2]string
	// Body is sent as it is; nil is no body, which is all that a GET can have.
	// It is copied before Fetch returns.
	Body []byte
	// Credentials is "omit", "same-origin" or "include"; "" is "same-origin".
	Credentials string
	// Cache is the cache mode, such as "no-store"; "" is the browser's default.
	Cache string
	// Mode is "cors" or "same-origin"; "" is "cors". By "same-origin" another
	// origin is an error before anything is sent to it, also where a redirect
	// leads to one.
	Mode string
	// Redirect is "follow", "error" or "manual"; "" is "follow". By "manual" a
	// redirect is a Response of Type "opaqueredirect" that tells nothing more.
	Redirect string
}

// Response is what a server has answered, once the headers are there.
type Response struct {
	// Status is the HTTP status; 0 where the Type is opaque.
	Status int
	// URL is where the response came from, after redirects and without a
	// fragment.
	URL string
	// Redirected says that the response came by way of a redirect.
	Redirected bool
	// Type is "basic" for the same origin and "cors" for another one; the
	// Fetch standard (2.2.6) has the others.
	Type string
	// Headers are the headers that the browser shows, sorted by name, names in
	// lower case, values of one name joined by ", ". Like those of a Request
	// they are byte strings: a value has the bytes that were sent. Another
	// origin's are shown as far as its Access-Control-Expose-Headers allows.
	Headers [][2]string
	// Body is the response's body, never nil. Whoever called Fetch closes it,
	// unless it has been read to an error, io.EOF included, or the context has
	// ended.
	//
	// Read waits, so it must not be called inside a JavaScript callback; Close
	// does not wait. Read is for one goroutine at a time, which a second one
	// is told by an error; Close may be called from any, more than once, and
	// in the middle of a Read. Read returns:
	//   - what there is of one chunk, as soon as it is there. What a chunk
	//     holds beyond p is kept for the next Read, in Go;
	//   - io.EOF at the end;
	//   - an *[Error] named "TypeError" where the connection broke;
	//   - the cause of the context, once that has ended;
	//   - [ErrBodyClosed] after, and in the middle of, Close.
	// Whichever of these came first stays.
	//
	// Once Read has returned an error, nothing of the body is left in [Live];
	// after Close or the end of the context in the middle of a Read, nothing is
	// once that Read has returned, which it does at once.
	Body io.ReadCloser
}

// Header returns the value of a header, whatever the case of its name, and ""
// where there is none.
func (r *Response) Header(name string) string {
	for _, field := range r.Headers {
		if strings.EqualFold(field[0], name) {
			return field[1]
		}
	}
	return ""
}

// Fetch sends a request and returns when the response's headers are there. A
// status such as 404 is no error.
//
// The context governs the request and the response's body. When it ends, what
// waits returns the cause of ctx at once, and the browser closes the connection.
// Chromium does that at once, too, except in the moment after something has
// arrived, when it may give the server five seconds to end by itself.
//
// Fetch returns an *[Error] for what cannot be sent or answered. The browser
// says "TypeError" for a URL that cannot be parsed, for a header that HTTP has
// no room for, for a network that is down, and for an origin that does not
// allow this one: on purpose it does not tell the last two apart. A header that
// the browser keeps to itself, such as Host or Cookie, is a TypeError too,
// where the browser alone would leave it out in silence.
//
// It waits, so it must not be called inside a JavaScript callback. After an
// error nothing of it is left in [Live].
func Fetch(ctx context.Context, r Request) (*Response, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	controller, err := construct("AbortController")
	if err != nil {
		return nil, err
	}
	response, err := r.send(ctx, controller)
	if err != nil {
		_, _ = controller.Call("abort") // does nothing where nothing is under way
		return nil, err
	}
	return response, nil
}

// send returns once the headers are there. After an error the caller aborts.
func (r *Request) send(ctx context.Context, controller safejs.Value) (*Response, error) {
	request, err := r.build(controller)
	if err != nil {
		return nil, err
	}
	if _, err := global("fetch"); err != nil {
		return nil, err
	}
	promise, err := safejs.Global().Call("fetch", request)
	if err != nil {
		return nil, fromThrown(err)
	}
	settled, err := settle(promise)
	if err != nil {
		return nil, err
	}
	value, err := awaitResponse(ctx, settled, controller)
	if err != nil {
		return nil, err
	}
	return newResponse(ctx, value, controller)
}

// awaitResponse returns what a fetch settles with. When ctx ends first it
// aborts the request and still waits: only a settled promise calls nothing any
// more. An aborted fetch settles at once.
func awaitResponse(ctx context.Context, settled <-chan outcome, controller safejs.Value) (safejs.Value, error) {
	var response outcome
	select {
	case response = <-settled:
	case <-ctx.Done():
		_, _ = controller.Call("abort")
		response = <-settled
	}
	if ctx.Err() != nil { // which may have come together with the response
		return safejs.Value{}, context.Cause(ctx)
	}
	return response.value, response.err
}

func newResponse(ctx context.Context, value, controller safejs.Value) (*Response, error) {
	response := new(Response)
	var err error
	if response.Status, err = intProperty(value, "status"); err != nil {
		return nil, err
	}
	response.URL, _ = stringProperty(value, "url")
	response.Type, _ = stringProperty(value, "type")
	if redirected, err := value.Get("redirected"); err == nil {
		response.Redirected, _ = redirected.Bool()
	}
	if response.Headers, err = readHeaders(value); err != nil {
		return nil, err
	}
	response.Body, err = bodyOf(ctx, value, response.Type != madeByScript, controller)
	return response, err
}

// madeByScript is the type of a response that none of the browser's fetch is: a script
// has put it in its place (Fetch standard, 2.2.6).
const madeByScript = "default"

// bodyOf returns a response's body. It is null where the status or the method
// allows none. Owned is as for newBody.
func bodyOf(ctx context.Context, response safejs.Value, owned bool, controller safejs.Value) (io.ReadCloser, error) {
	stream, err := response.Get("body")
	if err != nil {
		return nil, fromThrown(err)
	}
	if stream.IsNull() || stream.IsUndefined() {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	return newBody(ctx, stream, owned, func() { _, _ = controller.Call("abort") })
}

func intProperty(object safejs.Value, name string) (int, error) {
	value, err := object.Get(name)
	if err != nil {
		return 0, fromThrown(err)
	}
	n, err := value.Int()
	if err != nil {
		return 0, fmt.Errorf("jsbridge: property %s: %w", name, fromThrown(err))
	}
	return n, nil
}
