package codec

import (
	"reflect"
	"runtime"
	"unsafe"
)

// Everything unsafe of this package is in this file. The reasons:
//
//   - A field is written through its offset in the struct, and an element of a
//     slice through its address, because a reflect.Value for each costs more
//     than reading its JSON, several times so in wasm. Every write goes through
//     a pointer of the type that is there, so that the collector sees it, and
//     no address is ever made from a number.
//   - The type and the address in an any are read from its two words, which
//     have been these two since Go 1.4, because reflect's way to them costs
//     calls for each message.
//   - Maps from strings to strings, to words and to any are filled by Go's own
//     map statements, whatever the names of their types: types with the same
//     underlying type have the same layout. reflect takes several calls per
//     entry.
//   - Slices are made by Go's own make, of strings or of words, whatever the names
//     of their elements' types, as reflect takes thrice the time.
//   - Eight bytes of the input are loaded at once without a check of bounds:
//     with it, the small event takes a quarter longer in wasm. The input has
//     its padding for that; single bytes are read with their bounds checked.

// pointer is the address of a value whose type the compiled program knows.
type pointer = unsafe.Pointer

// word is what stands for any pointer-free value of eight bytes in a map.
type word = uint64

// parts returns the two words of v: its type, as a key that keeps the type
// alive, and its value, which is the pointer itself if v holds a pointer.
func parts(v any) (typ, value pointer) {
	words := (*[2]pointer)(unsafe.Pointer(&v))
	return words[0], words[1]
}

// scatter returns a number that is likely another one for another address.
func scatter(p pointer) uintptr { return uintptr(p)>>4 ^ uintptr(p)>>10 }

// load returns the eight bytes at a place of a decoder's input, the first one as
// the lowest. The place is in the input, or up to 40 bytes behind one that is:
// see padding.
func load(in []byte, at int) uint64 {
	return *(*uint64)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(in)), at))
}

// canLoad says that load does so: that the machine is little-endian, and takes
// words from any place. On others everything is left to encoding/json:
// encoding/binary would be right there too, but is not inlined where it counts.
const canLoad = runtime.GOARCH == "wasm" || runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64"

// within returns the address of the field or element at an offset. The caller
// has the offset from reflect or from the length of the slice.
func within(p pointer, offset uintptr) pointer { return unsafe.Add(p, offset) }

// as returns p as a pointer to the type that is there.
func as[T any](p pointer) *T { return (*T)(p) }

// addressIn is the reverse of as.
func addressIn[T any](p *T) pointer { return pointer(p) }

// sliceHeader is the layout of every slice.
type sliceHeader struct {
	data     pointer
	len, cap int
}

// nothing is what the elements of empty slices point to, so that they are not
// nil.
var nothing struct{}

func emptySlice() sliceHeader { return sliceHeader{data: pointer(&nothing)} }

// growStrings moves a slice whose elements have the layout of strings to where
// there is room for more.
func growStrings(p *sliceHeader, room int) {
	grown := make([]string, room)
	copy(grown, unsafe.Slice((*string)(p.data), p.len))
	p.data, p.cap = pointer(unsafe.SliceData(grown)), room
}

// growPlain is growStrings for elements of some size without pointers. The memory
// is that of words: the collector looks at neither, and no type that decoder knows
// has to stand at more than their places.
func growPlain(p *sliceHeader, room int, size uintptr) {
	grown := make([]word, (uintptr(room)*size+7)/8)
	data := pointer(unsafe.SliceData(grown))
	copy(unsafe.Slice((*byte)(data), len(grown)*8), unsafe.Slice((*byte)(p.data), uintptr(p.len)*size))
	p.data, p.cap = data, room
}

// newValue allocates a zero value.
func newValue(t reflect.Type) pointer { return reflect.New(t).UnsafePointer() }

// valueAt returns the value at p for reflect.
func valueAt(t reflect.Type, p pointer) reflect.Value { return reflect.NewAt(t, p).Elem() }

// addressOf returns the address of an addressable value.
func addressOf(v reflect.Value) pointer { return v.Addr().UnsafePointer() }

// isClear reports whether the bytes at p, that many, are all zero.
func isClear(p pointer, size uintptr) bool {
	var some uint64
	var at uintptr
	for ; at+32 <= size; at += 32 { // a jump costs more than a load, in wasm above all
		words := (*[4]uint64)(unsafe.Add(p, at))
		some |= words[0] | words[1] | words[2] | words[3]
	}
	for ; at+8 <= size; at += 8 {
		some |= *(*uint64)(unsafe.Add(p, at))
	}
	for ; at < size; at++ {
		some |= uint64(*(*byte)(unsafe.Add(p, at)))
	}
	return some == 0
}
