//go:build js && wasm

package jsbridge

import (
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/hack-pad/safejs"
)

// callback is a Go function that JavaScript can call, counted in [Live] until
// it is released.
type callback struct {
	fn      safejs.Func
	release func()
}

// newCallback makes a callback of fn, which must not block. Whoever calls it
// releases the result.
func newCallback(fn func(args []safejs.Value)) (*callback, error) {
	f, err := safejs.FuncOf(func(_ safejs.Value, args []safejs.Value) any {
		defer raiseOutside()
		fn(args)
		return nil
	})
	if err != nil {
		return nil, fromThrown(err)
	}
	countCallback(1)
	return &callback{fn: f, release: sync.OnceFunc(func() {
		f.Release()
		countCallback(-1)
	})}, nil
}

// raiseOutside keeps a panic from crossing JavaScript's frames and raises it
// again in a goroutine of its own: nothing is swallowed, and the program ends
// with the message and stack of where it happened.
func raiseOutside() {
	value := recover()
	if value == nil {
		return
	}
	stack := debug.Stack()
	go func() {
		panic(fmt.Sprintf("%v [in a JavaScript callback]\n\n%s", value, stack))
	}()
}

// listen registers fn, which must not block, for events of a type on target.
// The returned function removes the listener and then releases the callback;
// it may be called more than once, and from inside fn.
func listen(target safejs.Value, eventType string, options map[string]any, fn func(event safejs.Value)) (remove func(), err error) {
	cb, err := newCallback(func(args []safejs.Value) {
		if len(args) > 0 {
			fn(args[0])
		}
	})
	if err != nil {
		return nil, err
	}
	removeListener, err := addListener(target, eventType, cb.fn.Value(), options)
	if err != nil {
		cb.release()
		return nil, err
	}
	return func() {
		removeListener()
		cb.release() // after removal: until then the browser may call it
	}, nil
}

// addListener registers a JavaScript function as a listener, counted in [Live]
// until the returned function removes it.
func addListener(target safejs.Value, eventType string, fn safejs.Value, options map[string]any) (remove func(), err error) {
	if _, err := target.Call("addEventListener", eventType, fn, options); err != nil {
		return nil, fromThrown(err)
	}
	countListener(1)
	return sync.OnceFunc(func() {
		_, _ = target.Call("removeEventListener", eventType, fn)
		countListener(-1)
	}), nil
}
