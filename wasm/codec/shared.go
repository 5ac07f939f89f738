package codec

import (
	"encoding/binary"
	"math/bits"
)

const (
	// maxShared is the length of the longest string that is shared.
	maxShared = 32
	// maxSharedStrings is how many strings a decoder remembers: the symbols of a
	// market have room, and all of them take 64 KB.
	maxSharedStrings = 2048
)

// sharedStrings remembers strings that may come again, so that the same name in each
// message is one string in memory. It holds at most maxSharedStrings of at most
// maxShared bytes, in pairs: a string that comes to a full pair displaces one of the
// two.
type sharedStrings struct {
	known *[maxSharedStrings]sharedString // nil before the first
	turn  uint64                          // whose it is to be displaced
}

// sharedString is a string, with its first sixteen bytes in words: of a shorter one
// they are all there is to compare.
type sharedString struct {
	head, tail uint64
	text       string
}

// string decodes a text whose quote is at a place. Most are shorter than two words
// and have come before: all of this is for these, without a jump.
func (d *decoder) string(at int, p *string) int {
	in := d.in
	head, tail := load(in, at+1), load(in, at+9)
	count := bits.TrailingZeros64(special(head)) / 8
	more := bits.TrailingZeros64(special(tail)) / 8 & -(count >> 3) // none if the text ends in its head
	next := at + 1 + count + more
	if in[next] != '"' || d.shared.known == nil {
		return d.otherString(at, p)
	}
	head &= lowBytes(count)
	tail &= lowBytes(more)
	place := placeOf(head, tail)
	s := &d.shared.known[place]
	if (s.head^head)|(s.tail^tail)|uint64(len(s.text)^(count+more)) != 0 {
		s = &d.shared.known[place^1]
		if (s.head^head)|(s.tail^tail)|uint64(len(s.text)^(count+more)) != 0 {
			return d.otherString(at, p)
		}
		*p = s.text
		return next + 1
	}
	*p = s.text
	return next + 1
}

func (d *decoder) otherString(at int, p *string) int {
	text, next := d.text(at + 1)
	if next >= 0 {
		*p = d.shared.keep(text)
	}
	return next
}

// lowBytes masks all but the first bytes of a word, of which there are eight.
func lowBytes(count int) uint64 { return ^(^uint64(0) << uint(8*count)) }

// placeOf returns where a string of up to sixteen bytes is, or the other one of the
// pair. Longer ones go where their first and last bytes say.
func placeOf(head, tail uint64) uint64 {
	return ((head^head>>17)*0xbf58476d1ce4e5b9 ^ tail*0xc2b2ae3d27d4eb4f) >> 53 // one of 2048
}

// keep returns text as a string of its own.
func (s *sharedStrings) keep(text []byte) string {
	if len(text) > maxShared {
		return string(text)
	}
	var words [16]byte
	copy(words[:], text)
	head, tail := binary.LittleEndian.Uint64(words[:]), binary.LittleEndian.Uint64(words[8:])
	place := placeOf(head, tail)
	if len(text) > len(words) {
		place = placeOf(head, binary.LittleEndian.Uint64(text[len(text)-8:]))
	}
	if s.known == nil {
		s.known = new([maxSharedStrings]sharedString)
	}
	first, second := &s.known[place], &s.known[place^1]
	switch {
	case first.text == string(text):
		return first.text
	case second.text == string(text):
		return second.text
	case first.text != "" && (second.text == "" || s.turn&1 != 0):
		first = second
	}
	s.turn++
	*first = sharedString{head, tail, string(text)}
	return first.text
}
