package codec

import (
	"bytes"
	"math/bits"
	"reflect"
	"time"
	"unicode/utf8"
)

// field is a field of a struct.
type field struct {
	key
	kind   kind // of node, or what fields alone have
	offset uintptr
	node   *node
	bit    uint64 // of the word that says which fields have come
	next   *field // is expected behind this one; behind the last one, nobodys
	name   []byte
}

func newField(name string, offset uintptr, n *node, quoted bool) field {
	k := n.kind // final, also of a type that is still being compiled: such a one is none that fill finds another kind for
	switch {
	case quoted:
		k = quotedKind
	case k >= intKind && k <= int64Kind && n.bits >= 32:
		k = wideIntKind
	}
	return field{key: newKey(name), kind: k, offset: offset, node: n, name: []byte(name)}
}

// nobodys is a field that no key names.
var nobodys = &field{key: key{rest: 1}}

// key is a key in a form that is compared with the input in place.
type key struct {
	// text is the name as it stands in JSON without white space behind another
	// field: a comma, the name in quotes, a colon. Its first sixteen bytes are
	// also in words, with masks for shorter ones.
	text  string
	words [2]uint64
	masks [2]uint64
	rest  uint64 // not zero if there are more
}

func newKey(name string) key {
	k := key{text: `,"` + name + `":`}
	if len(k.text) > 16 {
		k.rest = 1
	}
	for i := range min(len(k.text), 16) {
		k.words[i/8] |= uint64(k.text[i]) << (i % 8 * 8)
		k.masks[i/8] |= 0xff << (i % 8 * 8)
	}
	return k
}

// differs returns zero if the input at a place begins with the key, or with its
// first sixteen bytes. First is what the byte there differs by from the comma.
func (k *key) differs(in []byte, at int, first uint64) uint64 {
	return (load(in, at)^first^k.words[0])&k.masks[0] | (load(in, at+8)^k.words[1])&k.masks[1]
}

func (k *key) matchesRest(in []byte, at int) bool {
	return len(k.text) <= 16 || len(in)-at >= len(k.text) && string(in[at+16:at+len(k.text)]) == k.text[16:]
}

// What the kind of a field and the first byte of its value are, for the values that
// most fields have.
const (
	aString = uint(stringKind)<<8 | '"'
	aTime   = uint(timeKind)<<8 | '"'
	aSlice  = uint(sliceKind)<<8 | '['
	aStruct = uint(structKind)<<8 | '{'
	aFloat  = uint(floatKind)<<8 | '0' // up to 9
	anInt   = uint(wideIntKind)<<8 | '0'
)

// object decodes an object into the struct at p. What comes most follows without a
// jump: see the package's comment.
func (d *decoder) object(n *node, at int, p pointer) int {
	in := d.in
	first := uint64('{' ^ ',')
	seen := uint64(0)
	f := n.first
	for {
		if f.differs(in, at, first)|f.rest != 0 {
			if f, at, first, seen = d.otherField(n, at, f, first, seen, p); f == nil || at < 0 {
				return at
			}
			continue
		}
		next := at + len(f.text)
		if seen&f.bit != 0 {
			return fail // a second value is merged into the first one
		}
		seen |= f.bit
		first = 0
		to, is := within(p, f.offset), uint(f.kind)<<8|uint(in[next])
		if is == aString {
			at = d.string(next, as[string](to))
		} else if is == aTime {
			at = d.time(next, as[time.Time](to))
		} else if is == aSlice {
			at = d.deepList(f.node, next, as[sliceHeader](to))
		} else if is-aFloat < 10 {
			// The usual number has up to seven digits on each side of the point.
			value, count := digits(load(in, next))
			at = next + count
			fraction, places := digits(load(in, at+1))
			if in[at] != '.' || isUnusual(in[next], count) || uint(places-1) > 6 {
				at = d.fieldValue(f, next, to)
			} else if at += 1 + places; in[at]|0x20 == 'e' {
				at = d.fieldValue(f, next, to)
			} else {
				value = value*powersOfTen[places&7] + fraction
				*as[float64](to) = float64(value) / floatPowersOfTen[places&7]
				if in[at] == '}' {
					return at + 1
				}
				f = f.next
				continue
			}
		} else if is-anInt < 10 {
			// One of up to seven digits fits.
			value, count := digits(load(in, next))
			at = next + count
			if isUnusual(in[next], count) || in[at] == '.' || in[at]|0x20 == 'e' {
				at = d.fieldValue(f, next, to)
			} else {
				if f.node.bits == 64 {
					*as[uint64](to) = value
				} else {
					*as[uint32](to) = uint32(value)
				}
				if in[at] == '}' {
					return at + 1
				}
				f = f.next
				continue
			}
		} else {
			at = d.fieldValue(f, next, to)
		}
		if uint(at) >= uint(len(in)) {
			return fail
		}
		if in[at] == '}' {
			return at + 1
		}
		f = f.next
	}
}

// fieldValue decodes the value of a field in default of anything faster.
func (d *decoder) fieldValue(f *field, at int, p pointer) int {
	switch {
	case f.kind == quotedKind:
		return d.quoted(f.node, at, p)
	case d.in[at] == '{' && d.depth < maxDepth && (f.kind == structKind || f.kind-mapTextKind <= mapAnyKind-mapTextKind):
		d.depth++
		if f.kind == structKind {
			at = d.object(f.node, at, p)
		} else {
			at = d.dictionary(f.node, at, p)
		}
		d.depth--
		return at
	}
	return d.value(f.node, at, p)
}

// isUnusual reports whether a number that begins with the digit c, and so many
// digits, has more than seven, or zeros in front.
func isUnusual(c byte, count int) bool {
	return uint(count&8)|(uint(c)-'1')&uint(1-count)>>63 != 0
}

// otherField goes on with an object where the key of the field that is expected does
// not follow. Where it is that of another one, and stands as keys usually do, it
// returns that field for the value to be decoded. Otherwise it decodes the value or
// skips it, and returns the field that is expected behind it. At the end of the
// object it returns none, and the place behind it or fail.
func (d *decoder) otherField(n *node, at int, expected *field, first, seen uint64, p pointer) (f *field, next int, nextFirst, nowSeen uint64) {
	quote, more := d.nextKey(at, first != 0)
	if !more {
		return nil, quote, 0, 0
	}
	if f, next = n.findInPlace(d.in, quote-1, expected), quote-1; f == nil {
		var name []byte
		if name, next = d.keyText(quote); next < 0 {
			return nil, fail, 0, 0
		}
		if f = n.find(name); f == nil {
			if d.strict {
				return nil, fail, 0, 0
			}
			next = d.skip(next)
			return expected, next, 0, seen
		}
	} else if f.rest == 0 {
		return f, next, uint64(d.in[next] ^ ','), seen
	} else {
		next += len(f.text)
	}
	if seen&f.bit != 0 {
		return nil, fail, 0, 0
	}
	next = d.fieldValue(f, next, within(p, f.offset))
	return f.next, next, 0, seen | f.bit
}

// nextKey returns the place of the quote of the next key in an object and true,
// or the place behind the object, or fail. At first, the place is that of the
// brace.
func (d *decoder) nextKey(at int, first bool) (int, bool) {
	in := d.in
	separator := byte('{')
	if !first {
		separator = ','
		if at = d.space(at); in[at] == '}' {
			return at + 1, false
		}
	}
	if in[at] != separator {
		return fail, false
	}
	if at++; in[at] != '"' {
		if at = d.space(at); in[at] == '}' && first {
			return at + 1, false
		}
		if in[at] != '"' {
			return fail, false
		}
	}
	return at, true
}

// keyText returns the key whose quote is at a place, valid until the next text
// is read, and the place of its value.
func (d *decoder) keyText(at int) ([]byte, int) {
	key, at := d.text(at + 1)
	if at < 0 {
		return nil, fail
	}
	if d.in[at] != ':' {
		if at = d.space(at); d.in[at] != ':' {
			return nil, fail
		}
	}
	return key, at + 1
}

// findInPlace returns the field whose key, but for the comma, is at a place, or nil.
func (n *node) findInPlace(in []byte, at int, expected *field) *field {
	first := uint64(in[at] ^ ',')
	i := bits.TrailingZeros64(expected.bit)
	for range n.fields {
		if i >= len(n.fields) {
			i = 0
		}
		if f := &n.fields[i]; f.differs(in, at, first) == 0 && f.matchesRest(in, at) {
			return f
		}
		i++
	}
	return nil
}

// find returns the field of that name, or in default of one the first that
// differs in case only, or nil.
func (n *node) find(name []byte) *field {
	for i := range n.fields {
		if f := &n.fields[i]; string(f.name) == string(name) {
			return f
		}
	}
	for i := range n.fields {
		if f := &n.fields[i]; !f.beginsOtherwise(name) && bytes.EqualFold(f.name, name) {
			return f
		}
	}
	return nil
}

// beginsOtherwise reports whether the first bytes alone show that the names
// differ in more than case. Beyond ASCII they do not.
func (f *field) beginsOtherwise(name []byte) bool {
	if len(name) == 0 {
		return true
	}
	a, b := f.name[0]|0x20, name[0]|0x20
	return a != b && a < utf8.RuneSelf && b < utf8.RuneSelf
}

// quoted decodes a number or a boolean in quotes.
func (d *decoder) quoted(n *node, at int, p pointer) int {
	at = d.space(at)
	if d.in[at] == 'n' {
		return d.null(at)
	}
	if d.in[at] != '"' || !canStandQuoted(n, d.in[at+1]) {
		return fail
	}
	if at = d.value(n, at+1, p); at < 0 || d.in[at] != '"' {
		return fail
	}
	return at + 1
}

// canStandQuoted reports whether a value of n can begin with c within quotes.
// Strings, and whatever else encoding/json takes there, are left to it.
func canStandQuoted(n *node, c byte) bool {
	if n.kind == kind(reflect.Bool) {
		return c == 't' || c == 'f'
	}
	return n.bits > 0 && (c == '-' || isDigit(c))
}
