//go:build js && wasm

package jsbridge

import (
	"errors"
	"syscall/js"

	"github.com/hack-pad/safejs"
)

// fromThrown turns an error of safejs into an *[Error] where JavaScript threw
// something, and leaves every other error as it is.
func fromThrown(err error) error {
	var thrown js.Error
	if !errors.As(err, &thrown) {
		return err
	}
	return errorOf(safejs.Safe(thrown.Value))
}

// errorOf reads a thrown value or a promise's reason. Anything can be thrown,
// so the name and message are looked at before they are believed.
func errorOf(value safejs.Value) *Error {
	e := &Error{Name: "Error"}
	if t := value.Type(); t != safejs.TypeObject && t != safejs.TypeFunction {
		e.Message, _ = value.String()
		return e
	}
	if name, ok := stringProperty(value, "name"); ok {
		e.Name = name
	}
	e.Message, _ = stringProperty(value, "message")
	return e
}

// stringProperty reads a property that may be missing or of another type, for
// which safejs would give "<undefined>".
func stringProperty(object safejs.Value, name string) (string, bool) {
	value, err := object.Get(name)
	if err != nil || value.Type() != safejs.TypeString {
		return "", false
	}
	s, err := value.String()
	return s, err == nil
}
