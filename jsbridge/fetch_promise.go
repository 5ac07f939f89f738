//go:build js && wasm

package jsbridge

import "github.com/hack-pad/safejs"

// outcome is what a promise has settled with: a value, or the reason as an
// error.
type outcome struct {
	value safejs.Value
	err   error
}

// settle returns a channel that receives the promise's outcome, once. The two
// callbacks release each other when either is called.
func settle(promise safejs.Value) (<-chan outcome, error) {
	settled := make(chan outcome, 1)
	var both *settlers
	both, err := newSettlers(func(o outcome) {
		both.release()
		settled <- o
	})
	if err != nil {
		return nil, err
	}
	if err := both.attach(promise); err != nil {
		both.release()
		return nil, err
	}
	return settled, nil
}

// settlers are the two callbacks that a promise settles by.
type settlers struct {
	fulfilled, rejected *callback
	// arguments are those of then, boxed once for all promises.
	arguments []any
}

// newSettlers makes callbacks that give fn, which must not block, the outcome
// of each promise they are attached to.
func newSettlers(fn func(outcome)) (*settlers, error) {
	fulfilled, err := newCallback(func(args []safejs.Value) { fn(outcome{value: args[0]}) })
	if err != nil {
		return nil, err
	}
	rejected, err := newCallback(func(args []safejs.Value) { fn(outcome{err: errorOf(args[0])}) })
	if err != nil {
		fulfilled.release()
		return nil, err
	}
	return &settlers{fulfilled, rejected, []any{boxed(fulfilled.fn.Value()), boxed(rejected.fn.Value())}}, nil
}

// attach has the promise call one of the callbacks once it is settled.
func (s *settlers) attach(promise safejs.Value) error {
	_, err := promise.Call("then", s.arguments...)
	return fromThrown(err)
}

// boxed returns an argument for safejs that it passes on as it is, where it
// would allocate for a Value in each call.
func boxed(value safejs.Value) any { return safejs.Unsafe(value) }

// release lets both go. No promise may be left that would call them: the
// browser reports that as an error on the console.
func (s *settlers) release() {
	s.fulfilled.release()
	s.rejected.release()
}

// disregard handles a promise whose outcome nobody waits for, so that the
// browser does not report a rejection that nobody handled. Function.prototype
// is a function of the browser's own that does nothing.
func disregard(promise safejs.Value) {
	if nothing, err := prototypeOf("Function"); err == nil {
		_, _ = promise.Call("then", nothing, nothing)
	}
}
