//go:build js && wasm

package jsbridge

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"

	"github.com/hack-pad/safejs"
)

// What an event of 110 bytes costs on its way from the queue to Go, in Chromium, as
// the difference between bursts with one step more each, the median of five: reading
// its data 0.45 µs and its ID 0.23 µs, for each is made a string of JavaScript's then;
// joining them 0.08 µs, encoding 0.09 µs; counting the separators 0.02 µs. One of 1 KB
// takes 0.9 µs to encode. A slice costs some 60 µs beside that, of whatever size it is,
// which is 45 to 50 objects on Go's side and none for each event.
//
// What was tried and did not pay:
//   - JSON.stringify with a list of the properties takes twice the time of map
//     and join, and what it quotes has to be taken apart again;
//   - Array.from, flatMap and Iterator.prototype.map with the getters take as long
//     as map does, as does a loop in JavaScript;
//   - joining IDs and data apart saves nothing over concat.

// separator parts the fields of a batch. The stream's parser ends lines at CR
// (HTML standard, 9.2.6), so no type, ID or data of an event can hold one.
const separator = '\r'

// sharedParts are the browser's own functions that batches are made with, the
// same for every EventSource and never let go.
type sharedParts struct {
	messageEvent safejs.Value
	getters      [3]any // of type, lastEventId and data
	encoder      safejs.Value
}

var shared = sync.OnceValues(func() (parts sharedParts, err error) {
	if parts.messageEvent, err = global("MessageEvent"); err != nil {
		return parts, err
	}
	for i, property := range [...][2]string{{"Event", "type"}, {"MessageEvent", "lastEventId"}, {"MessageEvent", "data"}} {
		get, err := getter(property[0], property[1])
		if err != nil {
			return parts, err
		}
		parts.getters[i] = boxed(get)
	}
	parts.encoder, err = construct("TextEncoder")
	return parts, err
})

// encodeFields returns the types, where they are asked for, and the last event
// IDs and data of an array of events, count of each, with one copy from
// JavaScript to Go: into buffer, where that is large enough.
func encodeFields(events safejs.Value, count int, withTypes bool, buffer []byte) ([]byte, error) {
	getters, err := fieldGetters(withTypes)
	if err != nil {
		return nil, err
	}
	text, err := joinFields(events, getters)
	if err != nil {
		return nil, fromThrown(err)
	}
	fields, err := scratch.encode(text, buffer)
	if err != nil {
		return nil, fromThrown(err)
	}
	if countSeparators(fields) != len(getters)*count-1 {
		return nil, errFields // made by a script in the page, by no stream
	}
	return fields, nil
}

// fieldGetters returns arguments for Array.prototype.map.
func fieldGetters(withTypes bool) ([]any, error) {
	parts, err := shared()
	if err != nil || withTypes {
		return parts.getters[:], err
	}
	return parts.getters[1:], nil
}

// joinFields empties the array of events and those it makes: Go's references to them
// go with its next garbage collection only, which may be a hundred thousand events
// away, and the browser would have to keep and move all of them until then.
func joinFields(events safejs.Value, getters []any) (text safejs.Value, err error) {
	used := []safejs.Value{events}
	defer func() {
		for _, array := range used {
			if failure := array.Set("length", 0); err == nil {
				err = failure
			}
		}
	}()
	first, err := events.Call("map", getters[0])
	if err != nil {
		return first, err
	}
	used = append(used, first)
	var rest [2]any
	for i, get := range getters[1:] {
		values, err := events.Call("map", get)
		if err != nil {
			return values, err
		}
		used = append(used, values)
		rest[i] = boxed(values)
	}
	all, err := first.Call("concat", rest[:len(getters)-1]...)
	if err != nil {
		return all, err
	}
	used = append(used, all)
	return all.Call("join", string(separator))
}

// countSeparators is bytes.Count, which looks at one byte after the other on
// wasm; this one looks at eight.
func countSeparators(text []byte) (count int) {
	const ones, low7 = 0x0101010101010101, 0x7f7f7f7f7f7f7f7f
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text) ^ separator*ones
		// The high bit of each byte that is zero, and of no other.
		count += bits.OnesCount64(^((x&low7 + low7) | x | low7))
	}
	for _, c := range text {
		if c == separator {
			count++
		}
	}
	return count
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

// encode returns a JavaScript string as UTF-8, in into where that is large enough.
func (b *encodeBuffer) encode(text safejs.Value, into []byte) ([]byte, error) {
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
		encoded := slices.Grow(into[:0], written)[:written]
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
