//go:build js && wasm

package jsbridge

import (
	"fmt"

	"github.com/hack-pad/safejs"
)

// global returns a property of the global object, which exists in a page as in
// a worker.
func global(name string) (safejs.Value, error) {
	value, err := safejs.Global().Get(name)
	if err != nil {
		return value, fromThrown(err)
	}
	if value.IsUndefined() {
		return value, fmt.Errorf("jsbridge: this JavaScript environment has no %s", name)
	}
	return value, nil
}

// construct makes an object of a global class.
func construct(class string, args ...any) (safejs.Value, error) {
	constructor, err := global(class)
	if err != nil {
		return constructor, err
	}
	object, err := constructor.New(args...)
	return object, fromThrown(err)
}

// prototypeOf returns the prototype of a global class.
func prototypeOf(class string) (safejs.Value, error) {
	constructor, err := global(class)
	if err != nil {
		return constructor, err
	}
	prototype, err := constructor.Get("prototype")
	return prototype, fromThrown(err)
}

// boundMethod returns method bound to object: a function of the browser's own
// that needs no script and no Go to run.
func boundMethod(object safejs.Value, method string, args ...any) (safejs.Value, error) {
	f, err := object.Get(method)
	if err != nil {
		return f, fromThrown(err)
	}
	bound, err := f.Call("bind", append([]any{object}, args...)...)
	return bound, fromThrown(err)
}

// method returns a method of a global class as a function whose first argument is the
// object: Function.prototype.call bound to it.
func method(class, name string) (safejs.Value, error) {
	prototype, err := prototypeOf(class)
	if err != nil {
		return prototype, err
	}
	f, err := prototype.Get(name)
	if err != nil {
		return f, fromThrown(err)
	}
	return boundMethod(f, "call")
}

// getter returns a function that reads an accessor property of its first
// argument, made of the browser's own parts: Function.prototype.call bound to
// the accessor. As an argument of Array.prototype.map it reads the property of
// every element without a call into Go.
func getter(class, property string) (safejs.Value, error) {
	prototype, err := prototypeOf(class)
	if err != nil {
		return prototype, err
	}
	object, err := global("Object")
	if err != nil {
		return object, err
	}
	descriptor, err := object.Call("getOwnPropertyDescriptor", prototype, property)
	if err != nil {
		return descriptor, fromThrown(err)
	}
	get, err := descriptor.Get("get")
	if err != nil {
		return get, fromThrown(err)
	}
	return boundMethod(get, "call")
}
