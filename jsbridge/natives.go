//go:build js && wasm

package jsbridge

import (
	"sync"
	"syscall/js"

	"github.com/hack-pad/safejs"
)

// natives are the browser's own functions that each slice of events passes through,
// the same for every EventSource and never let go.
//
// They are functions and keys that JavaScript has already. A call or a property by a
// name of Go's is one that JavaScript has to decode first, with a TextDecoder, and that
// takes longer than most of these calls: in Chromium's profile of a burst of small
// events by fetch, with ten names for each 64 KB, it was 3 % of the time.
type natives struct {
	messageEvent safejs.Value
	getters      [len(getters)]any // arguments of Array.prototype.map
	methods      [len(methods)]safejs.Value
	get, set     safejs.Value   // Reflect's
	keys         [len(keys)]any // arguments of these
	once         any            // options of addEventListener
}

// The getters of natives, whose argument is an event.
const (
	eventTypeOf = iota
	lastEventIDOf
	dataOf
)

var getters = [...][2]string{
	eventTypeOf:   {"Event", "type"},
	lastEventIDOf: {"MessageEvent", "lastEventId"},
	dataOf:        {"MessageEvent", "data"},
}

// The methods of natives, whose first argument is the object.
const (
	addEventListener = iota
	arrayFill
	arrayMap
	arraySlice
	arraySplice
)

var methods = [...][2]string{
	addEventListener: {"EventTarget", "addEventListener"},
	arrayFill:        {"Array", "fill"},
	arrayMap:         {"Array", "map"},
	arraySlice:       {"Array", "slice"},
	arraySplice:      {"Array", "splice"},
}

// The keys of natives.
const (
	lastEventIDKey = iota
	lengthKey
	writtenKey
)

var keys = [...]string{lastEventIDKey: "lastEventId", lengthKey: "length", writtenKey: "written"}

var shared = sync.OnceValues(func() (n *natives, err error) {
	n = new(natives)
	if n.messageEvent, err = global("MessageEvent"); err != nil {
		return n, err
	}
	for i, of := range getters {
		get, err := getter(of[0], of[1])
		if err != nil {
			return n, err
		}
		n.getters[i] = boxed(get)
	}
	for i, of := range methods {
		if n.methods[i], err = method(of[0], of[1]); err != nil {
			return n, err
		}
	}
	for i, key := range keys {
		value, err := safejs.ValueOf(key)
		if err != nil {
			return n, err
		}
		n.keys[i] = boxed(value)
	}
	once, err := safejs.ValueOf(map[string]any{"once": true})
	if err != nil {
		return n, err
	}
	n.once = boxed(once)
	reflect, err := global("Reflect")
	if err != nil {
		return n, err
	}
	if n.get, err = reflect.Get("get"); err == nil {
		n.set, err = reflect.Get("set")
	}
	return n, fromThrown(err)
})

// empty takes all elements out of an array.
func (n *natives) empty(array safejs.Value) error {
	_, err := invoke(n.set, boxed(array), n.keys[lengthKey], 0)
	return err
}

// invoke is [safejs.Value.Invoke] for what is called for each slice of events or turn
// of the event loop: where that allocates four objects and more, most calls of this
// one allocate what they return. Arguments that are values of JavaScript are boxed.
func invoke(fn safejs.Value, args ...any) (result safejs.Value, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = errorOf(safejs.Safe(thrown.Value))
		case error:
			err = thrown // of package js: fn is no function
		default:
			panic(thrown)
		}
	}()
	return safejs.Safe(safejs.Unsafe(fn).Invoke(args...)), nil
}
