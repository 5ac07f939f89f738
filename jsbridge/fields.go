//go:build js && wasm

package jsbridge

import (
	"sync"

	"github.com/hack-pad/safejs"
)

// What an event of 110 bytes costs on its way from the queue to Go, in Chromium, as
// the difference between bursts with one step more each, the median of five: reading
// its data 0.45 µs and its ID 0.23 to 0.33 µs, for each is made a string of
// JavaScript's then; joining them 0.08 µs, encoding 0.09 µs. One of 1 KB takes 0.9 µs to
// encode. A slice costs some 30 µs beside that, of whatever size it is, which is 14
// objects on Go's side and none for each event: half the time and a third of the objects
// that it cost with each call by its name (BenchmarkTake; see natives). That Go has no
// reference to the joined text takes 3 % off an event's way.
//
// What was tried and did not pay:
//   - JSON.stringify with a list of the properties takes twice the time of map
//     and join, and what it quotes has to be taken apart again;
//   - Array.from, flatMap and Iterator.prototype.map with the getters take as long
//     as map does, as does a loop in JavaScript; a listener in JavaScript that adds
//     each text to the last takes longer;
//   - base64 in the place of TextEncoder, which in Chromium looks at one character
//     after the other: btoa and Uint8Array.prototype.setFromBase64 take a quarter of
//     its time for 64 KB alone, and for 256 KB as long, but in a stream what they
//     allocate takes back what they spare, and more of it for events of 1 KB;
//   - a small module of WebAssembly with the string builtins of JavaScript, given each
//     text by forEach: intoCharCodeArray and a loop over that array take 3.4 µs for an
//     event of 1.1 KB where joining and encoding take 4.7, which would be 4 % of its
//     way, and as long for one of 110 bytes; charCodeAt takes 17 µs.

// separator parts the fields of a batch. The stream's parser ends lines at CR
// (HTML standard, 9.2.6), so no type, ID or data of an event can hold one, unless a
// script in the page has made the event.
const separator = '\r'

// choice says which fields there are beside the data.
type choice struct{ types, ids bool }

// encodeFields returns the types and the last event IDs, where they are chosen, and
// the data of an array of events, with one copy from JavaScript to Go: into buffer,
// where that is large enough.
func encodeFields(events safejs.Value, fields choice, buffer []byte) ([]byte, error) {
	parts, err := shared()
	if err != nil {
		return nil, err
	}
	getters := make([]any, 0, 3) // arguments for Array.prototype.map
	if fields.types {
		getters = append(getters, parts.getters[eventTypeOf])
	}
	if fields.ids {
		getters = append(getters, parts.getters[lastEventIDOf])
	}
	getters = append(getters, parts.getters[dataOf])
	encoded, err := scratch.encode(parts, events, getters, buffer)
	return encoded, fromThrown(err)
}

// lastEventID returns that of the last of an array of events.
func lastEventID(events safejs.Value, count int) (string, error) {
	parts, err := shared()
	if err != nil {
		return "", err
	}
	last, err := events.Index(count - 1)
	if err != nil {
		return "", fromThrown(err)
	}
	id, err := invoke(parts.get, boxed(last), parts.keys[lastEventIDKey])
	if err != nil {
		return "", err
	}
	text, err := id.String() // which it always is
	return text, fromThrown(err)
}

// crossing is what fields pass through on their way to Go, kept from batch to batch.
type crossing struct {
	mu    sync.Mutex
	ready bool
	// text is an array of fields that JavaScript takes for the text of them all: its
	// toString is Array.prototype.join bound to it. So Go has no reference to that
	// text, which would go with its next garbage collection only.
	text  safejs.Value
	add   safejs.Value // adds the elements of an array to text
	array safejs.Value // what text is encoded into
	size  int

	encodeInto safejs.Value // TextEncoder's, as are its arguments
	arguments  []any        // text and array
}

const (
	minEncodeBuffer  = 512 << 10
	keepEncodeBuffer = 4 << 20 // a larger one served one large message
)

var scratch crossing

func (c *crossing) open() (err error) {
	var push safejs.Value
	if c.text, push, err = newQueue(); err != nil {
		return err
	}
	join, err := boundMethod(c.text, "join", string(separator))
	if err != nil {
		return err
	}
	if err := c.text.Set("toString", join); err != nil {
		return fromThrown(err)
	}
	if c.add, err = boundMethod(push, "apply", nil); err != nil {
		return err
	}
	encoder, err := construct("TextEncoder")
	if err != nil {
		return err
	}
	c.encodeInto, err = boundMethod(encoder, "encodeInto")
	c.arguments = []any{boxed(c.text), nil}
	c.ready = err == nil
	return err
}

// encode returns the fields of events that getters read, in into where that is large
// enough. It empties the array of events and those it makes, since Go's references to
// them go with its next garbage collection only, which may be a hundred thousand
// events away, and the browser would have to keep and move all of them until then.
func (c *crossing) encode(parts *natives, events safejs.Value, getters []any, into []byte) (encoded []byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready {
		if err := c.open(); err != nil {
			return nil, err
		}
	}
	used := []safejs.Value{events, c.text}
	defer func() {
		for _, array := range used {
			if failure := parts.empty(array); err == nil {
				err = failure
			}
		}
	}()
	for _, get := range getters {
		values, err := invoke(parts.methods[arrayMap], boxed(events), get)
		if err != nil {
			return nil, err
		}
		used = append(used, values)
		if _, err := invoke(c.add, boxed(values)); err != nil {
			return nil, err
		}
	}
	return c.encodeText(parts, into)
}

// encodeText returns text as UTF-8.
func (c *crossing) encodeText(parts *natives, into []byte) ([]byte, error) {
	for size := max(c.size, minEncodeBuffer); ; size *= 4 {
		written, err := c.write(parts, size)
		if err != nil {
			return nil, err
		}
		// The encoder stops where the next character, of four bytes at the
		// most, does not fit: with more room than that left, all is written.
		if written+4 > size {
			continue
		}
		if cap(into) < written {
			into = make([]byte, 0, written+written/8) // the next ones may be a bit longer
		}
		encoded := into[:written]
		_, err = safejs.CopyBytesToGo(encoded, c.array)
		if c.size > keepEncodeBuffer {
			c.array, c.size, c.arguments[1] = safejs.Value{}, 0, nil
		}
		return encoded, err
	}
}

// write encodes text into an array of size bytes at the least, as much of it as has
// room there, and returns how many bytes that took.
func (c *crossing) write(parts *natives, size int) (written int, err error) {
	if c.size < size {
		array, err := construct("Uint8Array", size)
		if err != nil {
			return 0, err // the present array stays
		}
		c.array, c.size, c.arguments[1] = array, size, boxed(array)
	}
	result, err := invoke(c.encodeInto, c.arguments...)
	if err != nil {
		return 0, err
	}
	value, err := invoke(parts.get, boxed(result), parts.keys[writtenKey])
	if err != nil {
		return 0, err
	}
	return value.Int()
}
