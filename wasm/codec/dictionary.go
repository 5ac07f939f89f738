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
		return dictionaryOf(d, n, at, as[map[string]string](p))
	case mapWordKind:
		return dictionaryOf(d, n, at, as[map[string]word](p))
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
// the layout of T.
func dictionaryOf[T any](d *decoder, n *node, at int, p *map[string]T) int {
	m := make(map[string]T)
	*p = m
	value, zero := new(T), *new(T)
	for first := true; ; first = false {
		next, more := d.nextKey(at, first)
		if !more {
			return next
		}
		name, next := d.keyText(next)
		if next < 0 {
			return fail
		}
		key := d.shared.keep(name)
		*value = zero
		if at = d.value(n.elem, next, addressIn(value)); at < 0 {
			return fail
		}
		m[key] = *value
	}
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
