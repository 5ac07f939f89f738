package codec

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"time"
)

// node says how a value of one type is decoded.
type node struct {
	kind   kind
	typ    reflect.Type
	elem   *node   // of pointers, slices, arrays and maps
	key    *node   // of maps
	size   uintptr // of an element
	len    int     // of arrays
	bits   uint    // of numbers
	fields []field // of structs, in the order of their declaration
	first  *field  // of fields, or nobodys
	spare  int     // of slices and maps: which of the decoder's spares
	plain  bool    // of slices: whether there are no pointers in an element
}

// kind is a reflect.Kind, or one of the kinds below it does not have.
type kind uint8

// The kinds that most fields have.
const (
	stringKind = kind(reflect.String)
	floatKind  = kind(reflect.Float64)
	intKind    = kind(reflect.Int)
	int64Kind  = kind(reflect.Int64) // the last of the signed ones
	structKind = kind(reflect.Struct)
	sliceKind  = kind(reflect.Slice)
)

const (
	timeKind   kind = 64 + iota // time.Time
	rawKind                     // json.RawMessage
	numberKind                  // json.Number
	bytesKind                   // a slice of bytes: base64, or an array of numbers
	// Maps that Go's own map statements can fill.
	mapTextKind
	mapWordKind
	mapAnyKind
	// Of fields alone.
	quotedKind  // a number or a boolean in quotes
	wideIntKind // a signed integer of 32 bits or more
)

var (
	timeType            = reflect.TypeFor[time.Time]()
	rawType             = reflect.TypeFor[json.RawMessage]()
	numberType          = reflect.TypeFor[json.Number]()
	unmarshalerType     = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// compile returns how values of type t are decoded, or nil if t, or a type
// somewhere in it, is left to encoding/json.
func compile(t reflect.Type) (root *node, spares []spare) {
	c := compiler{nodes: map[reflect.Type]*node{}}
	root = c.node(t)
	if c.unknown || !canLoad {
		return nil, nil
	}
	return root, make([]spare, c.spares)
}

// compiler compiles one type with all that is in it.
type compiler struct {
	nodes   map[reflect.Type]*node // a type may contain itself
	spares  int
	unknown bool
}

func (c *compiler) node(t reflect.Type) *node {
	if n := c.nodes[t]; n != nil {
		return n
	}
	n := &node{typ: t, kind: kind(t.Kind())}
	c.nodes[t] = n
	switch t {
	case timeType:
		n.kind = timeKind
	case rawType:
		n.kind = rawKind
	case numberType:
		n.kind = numberKind
	default:
		c.fill(n)
	}
	return n
}

func (c *compiler) fill(n *node) {
	if unmarshalsItself(n.typ) {
		c.unknown = true // its method may do anything, and would be called again if encoding/json had to decide
		return
	}
	switch n.typ.Kind() {
	case reflect.Bool, reflect.String:
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
		n.bits = uint(n.typ.Bits())
	case reflect.Interface:
		c.unknown = c.unknown || n.typ.NumMethod() > 0
	case reflect.Pointer, reflect.Slice, reflect.Array:
		c.fillList(n)
	case reflect.Map:
		c.fillMap(n)
	case reflect.Struct:
		c.fillStruct(n)
	default:
		c.unknown = true
	}
}

func unmarshalsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(unmarshalerType) || p.Implements(textUnmarshalerType)
}

func (c *compiler) fillList(n *node) {
	n.elem = c.node(n.typ.Elem())
	n.size = n.typ.Elem().Size()
	if n.typ.Kind() == reflect.Array {
		n.len = n.typ.Len()
	}
	if n.typ.Kind() != reflect.Slice {
		return
	}
	n.spare = c.newSpare()
	n.plain = isPlain(n.typ.Elem())
	if n.typ.Elem().Kind() == reflect.Uint8 {
		n.kind = bytesKind
	}
}

// isPlain reports whether values of a type hold no pointers.
func isPlain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return isPlain(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if !isPlain(t.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return t.Kind() <= reflect.Complex128 // the booleans and the numbers come first
}

func (c *compiler) newSpare() int {
	c.spares++
	return c.spares - 1
}

func (c *compiler) fillMap(n *node) {
	n.spare = c.newSpare()
	n.key, n.elem = c.node(n.typ.Key()), c.node(n.typ.Elem())
	switch n.typ.Key().Kind() {
	case reflect.String:
		n.kind = stringMapKind(n.elem)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
	default:
		c.unknown = true
	}
}

// stringMapKind returns the kind of a map from strings to values of n.
func stringMapKind(n *node) kind {
	switch n.kind {
	case kind(reflect.String):
		return mapTextKind
	case kind(reflect.Interface):
		return mapAnyKind
	}
	if n.bits == 64 {
		return mapWordKind
	}
	return kind(reflect.Map)
}

// maxFields is how many fields a struct may have: the number of bits in the
// word that says which were seen.
const maxFields = 64

func (c *compiler) fillStruct(n *node) {
	found, ok := fieldsOf(n.typ)
	if !ok || len(found) > maxFields {
		c.unknown = true
		return
	}
	n.fields = make([]field, len(found))
	for i, f := range found {
		n.fields[i] = newField(f.name, f.offset, c.node(f.typ), f.quoted)
	}
	n.first = nobodys
	for i := range slices.Backward(n.fields) {
		n.fields[i].bit, n.fields[i].next = 1<<i, n.first
		n.first = &n.fields[i]
	}
}
