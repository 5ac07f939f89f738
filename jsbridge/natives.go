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
	eventType    any // a getter, as an argument, like the next two
	lastEventID  any
	data         any
	idOf         safejs.Value // lastEventID, to call

	// Methods, whose first argument is the object.
	addListener safejs.Value
	fill        safejs.Value
	mapping     safejs.Value // Array.prototype.map
	slice       safejs.Value
	splice      safejs.Value

	get     safejs.Value // Reflect.get
	set     safejs.Value // Reflect.set
	length  any          // keys
	written any
	once    any // options of addEventListener
}

var shared = sync.OnceValues(func() (n *natives, err error) {
	n = new(natives)
	if n.messageEvent, err = global("MessageEvent"); err != nil {
		return n, err
	}
	for _, property := range []struct {
		class, name string
		get         *any
	}{
		{"Event", "type", &n.eventType},
		{"MessageEvent", "lastEventId", &n.lastEventID},
		{"MessageEvent", "data", &n.data},
	} {
		get, err := getter(property.class, property.name)
		if err != nil {
			return n, err
		}
		*property.get = boxed(get)
	}
	if n.idOf, err = getter("MessageEvent", "lastEventId"); err != nil {
		return n, err
	}
	for _, m := range []struct {
		class, name string
		method      *safejs.Value
	}{
		{"EventTarget", "addEventListener", &n.addListener},
		{"Array", "fill", &n.fill},
		{"Array", "map", &n.mapping},
		{"Array", "slice", &n.slice},
		{"Array", "splice", &n.splice},
	} {
		if *m.method, err = method(m.class, m.name); err != nil {
			return n, err
		}
	}
	reflect, err := global("Reflect")
	if err != nil {
		return n, err
	}
	if n.get, err = reflect.Get("get"); err != nil {
		return n, fromThrown(err)
	}
	if n.set, err = reflect.Get("set"); err != nil {
		return n, fromThrown(err)
	}
	for _, v := range []struct {
		value any
		to    *any
	}{
		{"length", &n.length},
		{"written", &n.written},
		{map[string]any{"once": true}, &n.once},
	} {
		value, err := safejs.ValueOf(v.value)
		if err != nil {
			return n, fromThrown(err)
		}
		*v.to = boxed(value)
	}
	return n, nil
})

// empty takes all elements out of an array.
func (n *natives) empty(array safejs.Value) error {
	_, err := invoke(n.set, boxed(array), n.length, 0)
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
