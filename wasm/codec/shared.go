package codec

import "encoding/binary"

const (
	// maxShared is the length of the longest string that is shared.
	maxShared = 32
	// maxSharedStrings is how many strings a decoder remembers.
	maxSharedStrings = 256
)

// sharedStrings remembers strings that may come again, so that the same name in each
// message is one string in memory. It holds at most maxSharedStrings of at most
// maxShared bytes: a string that comes to the place of another displaces it.
type sharedStrings [maxSharedStrings]string

// keep returns text as a string of its own.
func (s *sharedStrings) keep(text []byte) string {
	n := len(text)
	if n == 0 || n > maxShared {
		return string(text)
	}
	var x uint64
	if n < 8 {
		x = uint64(text[0]) | uint64(text[n/2])<<8 | uint64(text[n-1])<<16
	} else {
		x = binary.LittleEndian.Uint64(text) ^ binary.LittleEndian.Uint64(text[n-8:])>>3
	}
	known := &s[(x^uint64(n))*0x9e3779b97f4a7c15>>56] // one of 256
	if *known != string(text) {
		*known = string(text)
	}
	return *known
}
