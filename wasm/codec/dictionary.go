package codec

import (
	"reflect"
	"strconv"
)

// dictionary decodes an object into the map at p. A key that comes twice is
// not a case of its own: encoding/json too makes a new value for each.
func (d *decoder) dictionary(n *node, at int, p pointer) int {
	if d.in[at] != '{' {
		return fail
	}
	switch n.kind {
	case mapTextKind:
		return dictionaryOf(d, n, at, as[map[string]string](p), &d.textValue)
	case mapWordKind:
		return dictionaryOf(d, n, at, as[map[string]word](p), &d.wordValue)
	case mapAnyKind:
		object, next := d.anyObject(at)
		*as[map[string]any](p) = object
		return next
	case kind(reflect.Map):
		return d.reflectedMap(n, at, valueAt(n.typ, p))
	}
	return fail
}

// dictionaryOf decodes an object into a map from strings to T, or to what has
// the layout of T. Value is where each of them is decoded.
func dictionaryOf[T any](d *decoder, n *node, at int, p *map[string]T, value *T) int {
	m := make(map[string]T)
	*p = m
	var zero T
	names := &d.spares[n.spare].names
	in, kind := d.in, uint(n.elem.kind)<<8
	first := uint64('{' ^ ',')
	for i := 0; ; i++ {
		known := names.at(i)
		name, next := known.name, at+len(known.text)
		if known.differs(in, at, first)|known.rest != 0 { // as in object
			quote, more := d.nextKey(at, first != 0)
			if !more {
				return quote
			}
			if name, next = d.name(quote, names, i); next < 0 {
				return fail
			}
		}
		switch is := kind | uint(in[next]); { // the usual ones without the call of value
		case is == aString:
			at = d.string(next, as[string](addressIn(value)))
		case isDigit(byte(is)) && n.elem.kind-intKind <= int64Kind-intKind:
			at = d.int(n.elem, next, addressIn(value))
		default:
			at = d.value(n.elem, next, addressIn(value))
		}
		if at < 0 {
			return fail
		}
		m[name] = *value
		*value = zero // for the next one, and lets go of it
		first = 0
	}
}

// maxNames is how many names a decoder remembers of the maps at one place in a type.
const maxNames = 16

// knownNames are the names in maps at one place in a type, as the first ones had them:
// those of most streams have the same in the same order, and they need neither be
// read nor looked for then.
type knownNames []knownName

type knownName struct {
	key
	name string
}

// nobodysName is one that no map has.
var nobodysName = &knownName{key: nobodys.key}

// at returns the i-th name, or nobodysName.
func (s knownNames) at(i int) *knownName {
	if i < len(s) {
		return &s[i]
	}
	return nobodysName
}

// name returns the i-th name of a map, whose quote is at a place, and the place of its
// value. It is remembered if there are few yet and none is for that place, and it
// stands there as it is, with nothing escaped.
func (d *decoder) name(at int, known *knownNames, i int) (string, int) {
	text, next := d.keyText(at)
	if next < 0 {
		return "", fail
	}
	kept := d.shared.keep(text)
	if i == len(*known) && i < maxNames && len(text) <= maxShared && d.in[at+1+len(text)] == '"' && string(d.in[at+1:at+1+len(text)]) == kept {
		*known = append(*known, knownName{newKey(kept), kept})
	}
	return kept, next
}

// reflectedMap decodes an object into a map of any other type.
func (d *decoder) reflectedMap(n *node, at int, m reflect.Value) int {
	m.Set(reflect.MakeMap(n.typ))
	key := reflect.New(n.key.typ).Elem()
	value := reflect.New(n.elem.typ).Elem()
	for first := true; ; first = false {
		next, more := d.nextKey(at, first)
		if !more {
			return next
		}
		name, next := d.keyText(next)
		if next < 0 || !d.setKey(key, name) {
			return fail
		}
		value.SetZero()
		if at = d.value(n.elem, next, addressOf(value)); at < 0 {
			return fail
		}
		m.SetMapIndex(key, value)
	}
}

// setKey sets the key of a map to what its name says, if it can.
func (d *decoder) setKey(key reflect.Value, name []byte) bool {
	switch {
	case key.Kind() == reflect.String:
		key.SetString(d.shared.keep(name))
	case key.CanInt():
		i, err := strconv.ParseInt(string(name), 10, 64)
		if err != nil || key.OverflowInt(i) {
			return false
		}
		key.SetInt(i)
	default:
		i, err := strconv.ParseUint(string(name), 10, 64)
		if err != nil || key.OverflowUint(i) {
			return false
		}
		key.SetUint(i)
	}
	return true
}
