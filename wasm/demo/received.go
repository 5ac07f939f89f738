package main

import (
	"fmt"

	"github.com/runnel-go/runnel/wasm/codec"
)

// received is a decoded value together with the text that it was decoded from,
// which the event log shows beside it.
type received[T any] struct {
	value T
	raw   string
}

func (r *received[T]) decode(data []byte) error {
	r.raw = string(data)
	return codec.JSON.Decode(data, &r.value)
}

// withRaw decodes JSON into a received value and keeps the text.
var withRaw = codec.Func(func(data []byte, v any) error {
	r, ok := v.(interface{ decode([]byte) error })
	if !ok {
		return fmt.Errorf("cannot decode into a %T", v)
	}
	return r.decode(data)
})
