//go:build js && wasm

package jsbridge

import (
	"bytes"
	"sync"

	"github.com/hack-pad/safejs"
)

// separator parts the fields of a batch. The stream's parser ends lines at CR
// (HTML standard, 9.2.6), so no type, ID or data of an event can hold one.
const separator = '\r'

// sharedParts are the browser's own functions that batches are made with, the
// same for every EventSource and never let go.
type sharedParts struct {
	messageEvent safejs.Value
	typeOf       safejs.Value
	lastEventID  safejs.Value
	data         safejs.Value
	encoder      safejs.Value
}

var shared = sync.OnceValues(func() (parts sharedParts, err error) {
	if parts.messageEvent, err = global("MessageEvent"); err != nil {
		return parts, err
	}
	if parts.typeOf, err = getter("Event", "type"); err != nil {
		return parts, err
	}
	if parts.lastEventID, err = getter("MessageEvent", "lastEventId"); err != nil {
		return parts, err
	}
	if parts.data, err = getter("MessageEvent", "data"); err != nil {
		return parts, err
	}
	parts.encoder, err = construct("TextEncoder")
	return parts, err
})

// encodeFields returns the types, last event IDs and data of an array of
// events, 3*count fields in all, with one copy from JavaScript to Go.
func encodeFields(events safejs.Value, count int) ([]byte, error) {
	text, err := joinFields(events)
	if err != nil {
		return nil, fromThrown(err)
	}
	fields, err := scratch.encode(text)
	if err != nil {
		return nil, fromThrown(err)
	}
	if bytes.Count(fields, []byte{separator}) != 3*count-1 {
		return nil, errFields // made by a script in the page, by no stream
	}
	return fields, nil
}

func joinFields(events safejs.Value) (safejs.Value, error) {
	parts, err := shared()
	if err != nil {
		return events, err
	}
	types, err := events.Call("map", parts.typeOf)
	if err != nil {
		return types, err
	}
	ids, err := events.Call("map", parts.lastEventID)
	if err != nil {
		return ids, err
	}
	data, err := events.Call("map", parts.data)
	if err != nil {
		return data, err
	}
	all, err := types.Call("concat", ids, data)
	if err != nil {
		return all, err
	}
	return all.Call("join", string(separator))
}

// encodeBuffer is the JavaScript memory that text is encoded into on its way to
// Go, kept from batch to batch.
type encodeBuffer struct {
	mu    sync.Mutex
	array safejs.Value
	size  int
}

const (
	minEncodeBuffer  = 512 << 10
	keepEncodeBuffer = 4 << 20 // a larger one served one large message
)

var scratch encodeBuffer

// encode returns a JavaScript string as UTF-8.
func (b *encodeBuffer) encode(text safejs.Value) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for size := max(b.size, minEncodeBuffer); ; size *= 4 {
		written, err := b.encodeInto(text, size)
		if err != nil {
			return nil, err
		}
		// The encoder stops where the next character, of four bytes at the
		// most, does not fit: with more room than that left, all is written.
		if written+4 > size {
			continue
		}
		encoded := make([]byte, written)
		_, err = safejs.CopyBytesToGo(encoded, b.array)
		if b.size > keepEncodeBuffer {
			b.array, b.size = safejs.Value{}, 0
		}
		return encoded, err
	}
}

func (b *encodeBuffer) encodeInto(text safejs.Value, size int) (written int, err error) {
	parts, err := shared()
	if err != nil {
		return 0, err
	}
	if b.size < size {
		array, err := construct("Uint8Array", size)
		if err != nil {
			return 0, err // the present array stays
		}
		b.array, b.size = array, size
	}
	result, err := parts.encoder.Call("encodeInto", text, b.array)
	if err != nil {
		return 0, err
	}
	value, err := result.Get("written")
	if err != nil {
		return 0, err
	}
	return value.Int()
}
