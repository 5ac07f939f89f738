package codec

import "encoding/binary"

const (
	// maxShared is the length of the longest string that is shared.
	maxShared = 32
	// maxSharedStrings is how many strings a decoder remembers: the symbols of a
	// market have room, and all of them take 16 KB.
	maxSharedStrings = 1024
)

// sharedStrings remembers strings that may come again, so that the same name in each
// message is one string in memory. It holds at most maxSharedStrings of at most
// maxShared bytes, in pairs: a string that comes to a full pair displaces the one of
// the two that was asked for before the other.
type sharedStrings struct {
	known *[maxSharedStrings]string // nil before the first
}

// keep returns text as a string of its own.
func (s *sharedStrings) keep(text []byte) string {
	n := len(text)
	if n == 0 || n > maxShared {
		return string(text)
	}
	var x uint64 // of every byte, up to sixteen
	switch {
	case n >= 8:
		x = binary.LittleEndian.Uint64(text) ^ binary.LittleEndian.Uint64(text[n-8:])>>3
	case n >= 4:
		x = uint64(binary.LittleEndian.Uint32(text)) | uint64(binary.LittleEndian.Uint32(text[n-4:]))<<32
	default:
		x = uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	}
	place := (x ^ uint64(n)) * 0x9e3779b97f4a7c15 >> 54 // one of 1024
	if s.known != nil && s.known[place] == string(text) {
		return s.known[place]
	}
	return s.keepOther(text, place)
}

// keepOther is keep for text that is not the first of its pair.
func (s *sharedStrings) keepOther(text []byte, place uint64) string {
	if s.known == nil {
		s.known = new([maxSharedStrings]string)
	}
	first, second := &s.known[place], &s.known[place^1]
	if *second == string(text) {
		*first, *second = *second, *first
	} else {
		*first, *second = string(text), *first
	}
	return *first
}
