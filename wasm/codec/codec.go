// Package codec turns the data of a server-sent event into a Go value.
//
// [JSON] is what a subscription uses unless it names another [Codec]:
// [StrictJSON], [Text], [Bytes], or one's own. A codec is given the data of one
// message and a pointer to the value to fill.
//
// The package depends on the standard library only and is the same on every
// target.
package codec

// Codec decodes the data of messages. It may be used by several goroutines at
// once.
type Codec interface {
	// Decode fills the value that v, a pointer that is not nil, points to.
	// Data is only lent: it must be neither kept nor changed, so whatever of
	// it stays in the value has to be a copy. An error says that this message
	// cannot be decoded; it says nothing of the next.
	Decode(data []byte, v any) error
}

// Func is a function as a [Codec].
type Func func(data []byte, v any) error

// Decode calls f.
func (f Func) Decode(data []byte, v any) error { return f(data, v) }
