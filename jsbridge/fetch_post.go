//go:build js && wasm

package jsbridge

import (
	"context"
	"io"
)

// Post sends body to a URL, which the browser resolves against the page or
// worker, and returns the response's status and whole body. A status such as
// 404 is no error.
//
// It returns an *[Error] when the request could not be made or answered, as
// [Fetch] does; where the answer broke off, the status comes with it. When ctx
// ends first, the request is aborted and the error is the cause of ctx. The
// method must not be called inside a JavaScript callback, as it waits. Whatever
// happens, nothing of it is left in [Live] once it returns.
func Post(ctx context.Context, url, contentType string, body []byte) (status int, response []byte, err error) {
	if body == nil {
		body = []byte{} // an empty body has a length and a type, none has not
	}
	answer, err := Fetch(ctx, Request{
		URL: url, Method: "POST", Header: [][2]string{{"Content-Type", contentType}}, Body: body,
	})
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	response, err = io.ReadAll(answer.Body)
	return answer.Status, response, err
}
