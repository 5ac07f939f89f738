//go:build js && wasm

package jsbridge

import (
	"context"
	"fmt"

	"github.com/hack-pad/safejs"
)

// Post sends body to a URL, which the browser resolves against the page or
// worker, and returns the response's status and whole body. A status such as
// 404 is no error.
//
// It returns an *[Error] when the request could not be made or answered:
// fetch says "TypeError" for a URL that cannot be parsed as for a network that
// is down. When ctx ends first, the request is aborted and the error is the
// cause of ctx. It waits, so it must not be called inside a JavaScript callback.
// Whatever happens, nothing of it is left in [Live] once it returns.
func Post(ctx context.Context, url, contentType string, body []byte) (status int, response []byte, err error) {
	if ctx.Err() != nil {
		return 0, nil, context.Cause(ctx)
	}
	request, err := newFetch()
	if err != nil {
		return 0, nil, err
	}
	return request.post(ctx, url, contentType, body)
}

// fetchRequest is one call of fetch, with what aborts it.
type fetchRequest struct {
	controller safejs.Value
}

func newFetch() (*fetchRequest, error) {
	controller, err := construct("AbortController")
	if err != nil {
		return nil, err
	}
	return &fetchRequest{controller: controller}, nil
}

func (r *fetchRequest) post(ctx context.Context, url, contentType string, body []byte) (int, []byte, error) {
	response, err := r.send(ctx, url, contentType, body)
	if err != nil {
		return 0, nil, err
	}
	status, err := intProperty(response, "status")
	if err != nil {
		return 0, nil, err
	}
	promise, err := response.Call("arrayBuffer")
	if err != nil {
		return status, nil, fromThrown(err)
	}
	buffer, err := r.await(ctx, promise)
	if err != nil {
		return status, nil, err
	}
	content, err := copyBuffer(buffer)
	return status, content, err
}

// send returns once the response's headers are there.
func (r *fetchRequest) send(ctx context.Context, url, contentType string, body []byte) (safejs.Value, error) {
	array, err := construct("Uint8Array", len(body))
	if err != nil {
		return array, err
	}
	if _, err := safejs.CopyBytesToJS(array, body); err != nil {
		return array, fromThrown(err)
	}
	signal, err := r.controller.Get("signal")
	if err != nil {
		return signal, fromThrown(err)
	}
	if _, err := global("fetch"); err != nil {
		return signal, err
	}
	promise, err := safejs.Global().Call("fetch", url, map[string]any{
		"method":  "POST",
		"headers": map[string]any{"Content-Type": contentType},
		"body":    array,
		"signal":  signal,
	})
	if err != nil {
		return promise, fromThrown(err)
	}
	return r.await(ctx, promise)
}

// await returns what the promise settles with. When ctx ends first it aborts
// the request and still waits: only a settled promise calls nothing any more.
// An aborted fetch settles at once.
func (r *fetchRequest) await(ctx context.Context, promise safejs.Value) (safejs.Value, error) {
	settled, err := settle(promise)
	if err != nil {
		return safejs.Value{}, err
	}
	select {
	case outcome := <-settled:
		return outcome.value, outcome.err
	case <-ctx.Done():
		_, _ = r.controller.Call("abort")
		<-settled
		return safejs.Value{}, context.Cause(ctx)
	}
}

// outcome is what a promise has settled with: a value, or the reason as an
// error.
type outcome struct {
	value safejs.Value
	err   error
}

// settle returns a channel that receives the promise's outcome, once. The two
// callbacks release each other when either is called.
func settle(promise safejs.Value) (<-chan outcome, error) {
	settled := make(chan outcome, 1)
	var fulfilled, rejected *callback
	finish := func(o outcome) {
		fulfilled.release()
		rejected.release()
		settled <- o
	}
	fulfilled, err := newCallback(func(args []safejs.Value) { finish(outcome{value: args[0]}) })
	if err != nil {
		return nil, err
	}
	rejected, err = newCallback(func(args []safejs.Value) { finish(outcome{err: errorOf(args[0])}) })
	if err != nil {
		fulfilled.release()
		return nil, err
	}
	if _, err := promise.Call("then", fulfilled.fn, rejected.fn); err != nil {
		fulfilled.release()
		rejected.release()
		return nil, fromThrown(err)
	}
	return settled, nil
}

// copyBuffer returns what an ArrayBuffer holds.
func copyBuffer(buffer safejs.Value) ([]byte, error) {
	array, err := construct("Uint8Array", buffer)
	if err != nil {
		return nil, err
	}
	length, err := array.Length()
	if err != nil {
		return nil, fromThrown(err)
	}
	content := make([]byte, length)
	_, err = safejs.CopyBytesToGo(content, array)
	return content, fromThrown(err)
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
