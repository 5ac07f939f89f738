package codec

import "reflect"

// list decodes an array into the slice at p.
func (d *decoder) list(n *node, at int, p *sliceHeader) int {
	in := d.in
	if in[at] != '[' {
		return fail
	}
	if at = d.space(at + 1); in[at] == ']' {
		*p = emptySlice()
		return at + 1
	}
	kind := uint(n.elem.kind) << 8
	for {
		if p.len == p.cap {
			d.grow(n, p)
		}
		elem := within(p.data, uintptr(p.len)*n.size)
		p.len++
		switch kind | uint(in[at]) { // as in object
		case aStruct:
			if d.depth >= maxDepth {
				return fail
			}
			d.depth++
			at = d.object(n.elem, at, elem)
			d.depth--
		case aString:
			at = d.string(at, as[string](elem))
		default:
			at = d.value(n.elem, at, elem)
		}
		if uint(at) >= uint(len(in)) {
			return fail
		}
		if in[at] == ',' {
			at++
			continue
		}
		more := false
		if at, more = d.nextElement(at); !more {
			d.spares[n.spare].room = min(p.len, maxRoom)
			return at
		}
	}
}

// deepList is list for a slice in a struct, which counts towards maxDepth.
func (d *decoder) deepList(n *node, at int, p *sliceHeader) int {
	if d.depth >= maxDepth {
		return fail
	}
	d.depth++
	at = d.list(n, at, p)
	d.depth--
	return at
}

// nextElement returns the place of the next element of an array and true, or
// the place behind the array, or fail.
func (d *decoder) nextElement(at int) (int, bool) {
	c := d.in[at]
	if c <= ' ' {
		at = d.space(at)
		c = d.in[at]
	}
	switch c {
	case ',':
		return at + 1, true
	case ']':
		return at + 1, false
	}
	return fail, false
}

// array decodes an array into the Go array at p: elements that are too many
// are dropped, those that are missing stay zero.
func (d *decoder) array(n *node, at int, p pointer) int {
	if d.in[at] != '[' {
		return fail
	}
	if at = d.space(at + 1); d.in[at] == ']' {
		return at + 1
	}
	for i := 0; ; i++ {
		if i < n.len {
			at = d.value(n.elem, at, within(p, uintptr(i)*n.size))
		} else {
			at = d.skip(at)
		}
		if at < 0 {
			return fail
		}
		more := false
		if at, more = d.nextElement(at); !more {
			return at
		}
	}
}

// maxRoom is the most elements that a slice gets room for before the first.
const maxRoom = 64

// spare is what a decoder keeps for a type of slices or maps.
type spare struct {
	names knownNames // of maps
	room  int        // that the last slice took, as the next one may take the same

	// A slice that lends itself to growing those of the input: reflect grows what
	// it has a Value of, and making a Value for each is slow.
	value  reflect.Value // is settable
	header *sliceHeader  // of value
}

// grow makes room for more elements in a slice that is full. Like append, it
// leaves the room zero. What Go's own make can do takes a third of the time that
// reflect does.
func (d *decoder) grow(n *node, p *sliceHeader) {
	s := &d.spares[n.spare]
	room := 2 * p.len
	if room == 0 {
		room = max(s.room, 4)
	}
	switch {
	case n.elem.kind == stringKind:
		growStrings(p, room)
	case n.plain:
		growPlain(p, room, n.size)
	default:
		s.growByReflect(n, p, room)
	}
}

func (s *spare) growByReflect(n *node, p *sliceHeader, room int) {
	if s.header == nil {
		s.value = reflect.New(n.typ).Elem()
		s.header = as[sliceHeader](addressOf(s.value))
	}
	*s.header = *p
	s.value.Grow(room - p.len)
	*p = *s.header
	*s.header = sliceHeader{}
}
