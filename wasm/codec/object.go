package codec

import (
	"bytes"
	"reflect"
	"time"
	"unicode/utf8"
)

// field is a field of a struct.
type field struct {
	key
	kind   kind // of node; quotedKind for the "string" option
	offset uintptr
	node   *node
	name   []byte
}

func newField(name string, offset uintptr, n *node, quoted bool) field {
	k := n.kind // final, also of a type that is still being compiled: such a one is none that fill finds another kind for
	if quoted {
		k = quotedKind
	}
	return field{newKey(name), k, offset, n, []byte(name)}
}

// key is a key in a form that is compared with the input in place.
type key struct {
	// text is the name as it stands in JSON without white space behind another
	// field: a comma, the name in quotes, a colon. Its first sixteen bytes are
	// also in words, with masks for shorter ones.
	text  string
	words [2]uint64
	masks [2]uint64
}

func newKey(name string) key {
	k := key{text: `,"` + name + `":`}
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

// What the place of a field says when there is none.
const (
	unknownField = -1
	endOfObject  = -2
	noField      = -3 // fail
)

// object decodes an object into the struct at p.
func (d *decoder) object(n *node, at int, p pointer) int {
	in := d.in
	first := uint64('{' ^ ',')
	seen := uint64(0)
	expected := 0
	for {
		i := expected
		if i < len(n.fields) && n.fields[i].differs(in, at, first) == 0 && n.fields[i].matchesRest(in, at) {
			at += len(n.fields[i].text)
		} else if i, at = d.field(n, at, expected, first != 0); i < 0 {
			if i != unknownField {
				return at
			}
			if at = d.skip(at); at < 0 {
				return fail
			}
			first = 0
			continue
		}
		if seen>>i&1 != 0 {
			return fail // a second value is merged into the first one
		}
		seen |= 1 << i
		f := &n.fields[i]
		to, c := within(p, f.offset), in[at]
		// What most fields are goes without the call of value, which costs as
		// much as a comparison of the key.
		switch k := f.kind; {
		case isDigit(c) && k == floatKind:
			// What float does first: a call takes as long as that.
			value, count := digits(load(in, at))
			next, places := at+count, 0
			if in[next] == '.' {
				var fraction uint64
				fraction, places = digits(load(in, next+1))
				value = value*powersOfTen[places&7] + fraction
				next += 1 + places
				if places == 0 || places == 8 {
					count = 8
				}
			}
			if count == 8 || in[next]|0x20 == 'e' || c == '0' && count > 1 {
				*as[float64](to), at = d.float(at)
			} else {
				*as[float64](to), at = float64(value)/floatPowersOfTen[places&7], next
			}
		case isDigit(c) && k-intKind <= int64Kind-intKind:
			// One of up to seven digits fits into all but the smallest.
			value, count := digits(load(in, at))
			if next := at + count; count == 8 || f.node.bits < 32 || c == '0' || !isIntegerEnd(in[next]) {
				at = d.int(f.node, at, to)
			} else if at = next; f.node.bits == 64 {
				*as[uint64](to) = value
			} else {
				*as[uint32](to) = uint32(value)
			}
		case c == '"' && k == stringKind:
			at = d.string(at, as[string](to))
		case c == '"' && k == timeKind:
			at = d.time(at, as[time.Time](to))
		case c == '[' && k == sliceKind && d.depth < maxDepth:
			d.depth++
			at = d.list(f.node, at, as[sliceHeader](to))
			d.depth--
		case k == quotedKind:
			at = d.quoted(f.node, at, to)
		default:
			at = d.value(f.node, at, to)
		}
		if at < 0 {
			return fail
		}
		if in[at] == '}' {
			return at + 1
		}
		expected = i + 1
		first = 0
	}
}

// field finds the field that the key at a place names, and the place of its
// value. At the end of the object, the place is the one behind it.
func (d *decoder) field(n *node, at, expected int, first bool) (int, int) {
	at, more := d.nextKey(at, first)
	if !more {
		if at < 0 {
			return noField, fail
		}
		return endOfObject, at
	}
	if i := n.findInPlace(d.in, at-1, expected); i >= 0 {
		return i, at - 1 + len(n.fields[i].text)
	}
	key, at := d.keyText(at)
	if at < 0 {
		return noField, fail
	}
	i := n.find(key)
	if i < 0 && d.strict {
		return noField, fail
	}
	return i, at
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

// findInPlace returns the field whose key, but for the comma, is at a place, or
// unknownField.
func (n *node) findInPlace(in []byte, at, expected int) int {
	first := uint64(in[at] ^ ',')
	i := expected
	for range n.fields {
		if i >= len(n.fields) {
			i = 0
		}
		if f := &n.fields[i]; f.differs(in, at, first) == 0 && f.matchesRest(in, at) {
			return i
		}
		i++
	}
	return unknownField
}

// find returns the field of that name, or in default of one the first that
// differs in case only, or unknownField.
func (n *node) find(name []byte) int {
	for i := range n.fields {
		if string(n.fields[i].name) == string(name) {
			return i
		}
	}
	for i := range n.fields {
		if f := &n.fields[i]; !f.beginsOtherwise(name) && bytes.EqualFold(f.name, name) {
			return i
		}
	}
	return unknownField
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
