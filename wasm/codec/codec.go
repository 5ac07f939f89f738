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
// In Chromium ("make bench"), an event of 110 bytes and six fields takes a fortieth of
// encoding/json's time and less than half of that of JSON.parse, which makes no
// time.Time and no types; one of 1 KB with lists and maps takes an eighteenth of
// encoding/json's and 1.35 times JSON.parse's. Strings that are new are allocated,
// each map, and each list: once, if it is not longer than the one before it and than
// 64 elements. So the first of these events allocates nothing.
//
// By the browser's profile a number takes some 12 ns with its key, a string or a time
// 25, a list 160 for its memory, and a map 300 for its memory and 90 for each entry, of
// which 50 are Go's own. Fields are fastest in the order in which the type declares
// them, with names of up to twelve bytes, and names in maps in the order of the maps
// before, both without white space.
//
// Whatever is kept is a copy, and there is no codec that aliases the data.
// Strings of up to 32 bytes are shared with earlier ones of the same text: 2,048 of
// them are remembered for each type, which takes 64 KiB once there is a string, 16 names
// of each map in it, and one buffer of at most 64 KiB. Several goroutines may decode the
// same type, but only one of them at a time with that memory. A slice may have another
// capacity than encoding/json's.
//
// # What a jump costs
//
// In wasm a jump costs more than anything else here beside memory and calls. Go's
// compiler (cmd/internal/obj/wasm) has every jump within a function, back and forth,
// go to its head and from there through a table, so that the browser's compiler sees
// one loop around all of it, with all that is in use at once. A branch that is not
// taken costs next to nothing. So what comes most is written to be laid out without
// a jump: what fails or is a call behind a condition, as the compiler places that
// elsewhere; no two ways that join again; words and masks in the place of loops; and
// what is rare done in a function that does all of it. That took a quarter off small
// and large events. How many jumps there are "go build -gcflags=-S" shows.
//
// A call takes as long as to read a number, and those of package sync/atomic are two.
// The compiler can spare more of them: with a profile of a native run ("go build
// -pgo", see "go help build") decoding took 2 to 11 % less time, in a program that grows
// by 2 %.
//
// What was tried and did not pay: exchanging an atomic pointer to the decoder (a flag
// is cheaper); a check of bounds at each word of the input (a quarter more time); a
// table of shared strings that grows (the check of its bounds costs more than its
// memory); fewer calls between a subscription and the decoder. What was left out
// untried: all strings of an event cut from one allocation, because one that is
// kept would keep them all; to read the data where they stand, without the copy, as
// nothing there ends a number or a text for sure; Go's own map statements for maps of
// booleans, because they are rare and the code is not small.
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
