//go:build js && wasm

package jsbridge

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/hack-pad/safejs"
)

// ReadableStream is a JavaScript ReadableStream. [FromReadableStream] reads it.
type ReadableStream struct {
	value safejs.Value
}

// ReadableStreamAt returns the ReadableStream that a global property holds,
// named by its path from the global object, such as "app.feed". It returns an
// error that names the path where there is none.
func ReadableStreamAt(path string) (ReadableStream, error) {
	value := safejs.Global()
	for name := range strings.SplitSeq(path, ".") {
		next, err := value.Get(name)
		if err != nil {
			return ReadableStream{}, fmt.Errorf("jsbridge: the global property %s: %w", path, fromThrown(err))
		}
		value = next
	}
	// By what it can do and not by its class, which differs between realms.
	if method, err := value.Get("getReader"); err != nil || method.Type() != safejs.TypeFunction {
		return ReadableStream{}, fmt.Errorf("jsbridge: the global property %s is no ReadableStream", path)
	}
	return ReadableStream{value: value}, nil
}

// FromReadableStream reads a stream of bytes: one whose chunks are Uint8Array,
// which is what the browser's own streams of bytes give. A chunk of another
// kind ends it with an error and cancels the stream; a stream that fails ends
// it with its reason as an *[Error].
//
// The stream is locked from now on, until it has ended or Close has cancelled
// it. It returns an *[Error] named "TypeError" for one that is locked already.
// Everything else is as with the Body of a [Response].
func FromReadableStream(stream ReadableStream) (io.ReadCloser, error) {
	return newBody(context.Background(), stream.value, false, func() {})
}
