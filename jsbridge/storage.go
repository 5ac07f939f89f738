//go:build js && wasm

package jsbridge

import (
	"fmt"

	"github.com/hack-pad/safejs"
)

// Storage is one of the browser's two key/value stores for an origin. Keys and
// values are text: what is not valid UTF-8 in Go, or UTF-16 in JavaScript,
// becomes U+FFFD on the way.
//
// Its methods wait for the browser, not for other goroutines, so they may be
// called inside a callback. Their errors are *[Error].
type Storage struct {
	value safejs.Value
}

// SessionStorage returns the store that lives as long as the tab, over reloads.
// It returns an *[Error] named "SecurityError" where the browser forbids it,
// and an error that says so where there is none, as in a worker.
func SessionStorage() (*Storage, error) {
	return storageNamed("sessionStorage")
}

// LocalStorage returns the store that all of the origin's tabs share and that
// outlives them. Its errors are those of [SessionStorage].
func LocalStorage() (*Storage, error) {
	return storageNamed("localStorage")
}

// storageNamed returns the store that a property of the global object holds.
func storageNamed(name string) (*Storage, error) {
	reflect, err := global("Reflect")
	if err != nil {
		return nil, err
	}
	// Reading the property throws where storage is forbidden, and an exception
	// from a property that syscall/js reads ends the program. It catches those
	// of calls only.
	value, err := reflect.Call("get", safejs.Global(), name)
	if err != nil {
		return nil, fromThrown(err)
	}
	if value.Type() != safejs.TypeObject { // a browser may be set to give null
		return nil, fmt.Errorf("jsbridge: this JavaScript environment has no %s", name)
	}
	return &Storage{value: value}, nil
}

// Get returns the value of a key; ok is false where it has none.
func (s *Storage) Get(key string) (value string, ok bool, err error) {
	item, err := s.value.Call("getItem", scriptText(key))
	if err != nil {
		return "", false, fromThrown(err)
	}
	if item.IsNull() {
		return "", false, nil
	}
	value, err = item.String()
	return value, err == nil, err
}

// Set gives a key a value. Where that does not fit, the error is named
// "QuotaExceededError" and the key keeps the value it had.
func (s *Storage) Set(key, value string) error {
	_, err := s.value.Call("setItem", scriptText(key), scriptText(value))
	return fromThrown(err)
}

// Remove takes a key and its value out; one that is not there is no error.
func (s *Storage) Remove(key string) error {
	_, err := s.value.Call("removeItem", scriptText(key))
	return fromThrown(err)
}
