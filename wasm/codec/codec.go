// Package codec turns the data of a server-sent event into a Go value.
//
// [JSON] is what a subscription uses unless it names another [Codec]:
// [StrictJSON], [Text], [Bytes], or one's own. A codec is given the data of one
// message and a pointer to the value to fill.
//
// The package depends on the standard library only and is the same on every
// target.
//
// # The compiled decoder
//
// JSON and StrictJSON give what encoding/json gives, value and error, for every
// type and input. They compile a decoder for each Go type when they first see it
// and keep it as long as the program runs. What such a decoder does not know goes
// whole to encoding/json, from the state it found:
//
//   - of types: those with an Unmarshaler or TextUnmarshaler of their own in
//     them, embedded pointers, interfaces with methods, structs with more than
//     64 fields or with strange names in their tags. time.Time, json.Number and
//     json.RawMessage are known.
//   - of inputs: every error, a field that comes twice in one object, strings
//     within strings by the "string" option, invalid UTF-8, more than 500 levels.
//   - of targets: any value that is not zero, because decoding merges into it.
//   - of machines: all but wasm, amd64 and arm64.
//
// In wasm, an event of 110 bytes and six fields takes a fourteenth of
// encoding/json's time and 1.3 times that of JSON.parse, which makes no
// time.Time and no types; one of 740 bytes with lists and maps 1.5 times
// JSON.parse's. Strings that are new are allocated, each map, and each list:
// once, if it is not longer than the one before it and than 64 elements. So the
// first of these events allocates nothing. A field costs 25 to 35 ns, a time 60, a
// field that the type does not have 175. White space between fields takes half as
// much time again.
//
// Whatever is kept is a copy, and there is no codec that aliases the data.
// Strings of up to 32 bytes are shared with earlier ones of the same text: 256 of
// them are remembered for each type, and one buffer of at most 64 KiB. Several
// goroutines may decode the same type, but only one of them at a time with that
// memory. A slice may have another capacity than encoding/json's.
//
// What was tried and did not pay: tests for the two usual kinds before the switch;
// exchanging an atomic pointer to the decoder (a flag is cheaper); a check of
// bounds at each word of the input (a quarter more time). What was left out
// untried: all strings of an event cut from one allocation, because one that is
// kept would keep them all; Go's own map statements for maps of booleans, because
// they are rare and the code is not small.
package codec

// Codec decodes the data of messages. It may be used by several goroutines at
// once.
type Codec interface {
	// Decode fills the value that v, a pointer that is not nil, points to.
	// Both are only lent: v must not be kept, and data neither kept nor
	// changed, so whatever of it stays in the value has to be a copy. An error
	// says that this message cannot be decoded; it says nothing of the next.
	Decode(data []byte, v any) error
}

// Func is a function as a [Codec].
type Func func(data []byte, v any) error

// Decode calls f.
func (f Func) Decode(data []byte, v any) error { return f(data, v) }

// Keeps reports whether a codec may keep a part of the data that it is given. None
// may; but only of those of this package it is known that they do not, so that the
// data's memory can be used again at once.
func Keeps(c Codec) bool {
	switch c.(type) {
	case jsonCodec, strictCodec, textCodec, bytesCodec:
		return false
	}
	return true
}
