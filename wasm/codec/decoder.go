package codec

import (
	"bytes"
	"encoding/base64"
	"reflect"
	"time"
)

// decoder decodes one message at a time. Its methods take the place in the
// input at which a value begins and return the place behind it, or fail.
type decoder struct {
	// in is a copy of the input, a zero, and padding. No byte of JSON is zero,
	// so everything that reads it stops there without looking for the end,
	// and words can be loaded from any place.
	in      []byte
	unquote []byte // room for text with escapes
	depth   int
	strict  bool
	shared  sharedStrings
	spares  []spare // by node.spare

	// Where the values of maps are decoded. Neither has another map in it.
	textValue string
	wordValue word
}

const (
	// fail is the place that says that encoding/json has to decide, whether
	// it will find an error or not.
	fail = -1

	// padding is enough for what a time that is none takes for one.
	padding = 48

	// maxDepth keeps the stack small. encoding/json goes to 10000.
	maxDepth = 500

	// maxKept is the largest buffer that waits for the next message.
	maxKept = 64 << 10
)

func (d *decoder) decode(n *node, data []byte, target pointer, strict bool) bool {
	d.fill(data)
	d.depth, d.strict = 0, strict
	at := fail
	if n.kind == structKind && d.in[0] == '{' {
		d.depth++
		at = d.object(n, 0, target)
	} else {
		at = d.value(n, 0, target)
	}
	ok := at == len(data) || at >= 0 && d.space(at) == len(data)
	if max(cap(d.in), cap(d.unquote)) > maxKept {
		d.in, d.unquote = nil, nil
	}
	return ok
}

func (d *decoder) fill(data []byte) {
	size := len(data) + padding
	if cap(d.in) < size {
		d.in = make([]byte, size+size/4)
	}
	d.in = d.in[:size]
	copy(d.in, data)
	d.in[len(data)] = 0 // behind it there may be something of another message
}

// space returns the place of the next byte that is not white space.
func (d *decoder) space(at int) int {
	for {
		switch d.in[at] {
		case ' ', '\n', '\t', '\r':
			at++
		default:
			return at
		}
	}
}

// value decodes the value at a place, white space before it or not, to p.
func (d *decoder) value(n *node, at int, p pointer) int {
	c := d.in[at]
	if c <= ' ' {
		at = d.space(at)
		c = d.in[at]
	}
	if c == 'n' && n.kind != rawKind {
		return d.null(at) // what is there is zero: nothing is nil already, and the others stay
	}
	switch n.kind {
	case kind(reflect.String):
		if c != '"' {
			return fail
		}
		return d.string(at, as[string](p))
	case kind(reflect.Float64):
		f, next := d.float(at)
		*as[float64](p) = f
		return next
	case kind(reflect.Float32):
		f, next := d.float32(at)
		*as[float32](p) = f
		return next
	case kind(reflect.Int), kind(reflect.Int8), kind(reflect.Int16), kind(reflect.Int32), kind(reflect.Int64):
		return d.int(n, at, p)
	case kind(reflect.Uint), kind(reflect.Uint8), kind(reflect.Uint16), kind(reflect.Uint32), kind(reflect.Uint64), kind(reflect.Uintptr):
		return d.uint(n, at, p)
	case kind(reflect.Bool):
		value, next := d.bool(at)
		*as[bool](p) = value
		return next
	case timeKind:
		return d.time(at, as[time.Time](p))
	case rawKind:
		next := d.skip(at)
		if next >= 0 {
			*as[[]byte](p) = bytes.Clone(d.in[at:next])
		}
		return next
	case numberKind:
		return d.numberText(at, as[string](p))
	case bytesKind:
		if c == '"' {
			return d.base64(at, as[[]byte](p))
		}
	case kind(reflect.Interface):
		value, next := d.any(at)
		*as[any](p) = value
		return next
	case kind(reflect.Struct): // one of the others, but the one that comes most
		if d.depth++; d.depth > maxDepth {
			return fail
		}
		at = d.object(n, at, p)
		d.depth--
		return at
	}
	return d.composite(n, at, p)
}

// composite decodes values that have others in them.
func (d *decoder) composite(n *node, at int, p pointer) int {
	if d.depth++; d.depth > maxDepth {
		return fail
	}
	next := fail
	switch n.kind {
	case kind(reflect.Slice), bytesKind:
		next = d.list(n, at, as[sliceHeader](p))
	case kind(reflect.Array):
		next = d.array(n, at, p)
	case kind(reflect.Pointer):
		to := newValue(n.elem.typ)
		*as[pointer](p) = to
		next = d.value(n.elem, at, to)
	default:
		next = d.dictionary(n, at, p)
	}
	d.depth--
	return next
}

func (d *decoder) null(at int) int {
	if uint32(load(d.in, at)) != 'n'|'u'<<8|'l'<<16|'l'<<24 {
		return fail
	}
	return at + len("null")
}

func (d *decoder) bool(at int) (bool, int) {
	x := load(d.in, at)
	if uint32(x) == 't'|'r'<<8|'u'<<16|'e'<<24 {
		return true, at + len("true")
	}
	if x<<24 == 'f'<<24|'a'<<32|'l'<<40|'s'<<48|'e'<<56 {
		return false, at + len("false")
	}
	return false, fail
}

func (d *decoder) base64(at int, p *[]byte) int {
	text, next := d.text(at + 1)
	if next < 0 {
		return fail
	}
	decoded := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(decoded, text)
	if err != nil {
		return fail
	}
	*p = decoded[:n]
	return next
}
