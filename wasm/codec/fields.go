package codec

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// structField is a field that JSON can name.
type structField struct {
	name   string
	tagged bool // the name is from the tag
	depth  int  // of embedding
	typ    reflect.Type
	offset uintptr
	quoted bool // the tag says "string"
}

// fieldsOf returns the fields of a struct that JSON can name, those of embedded
// structs among them, by encoding/json's rules, in the order of their
// declaration. It reports false for structs it does not understand.
func fieldsOf(t reflect.Type) ([]structField, bool) {
	all, ok := appendFields(nil, t, 0, 0)
	if !ok {
		return nil, false
	}
	var named []structField
	for _, f := range all {
		if dominates(f, all) {
			named = append(named, f)
		}
	}
	return named, true
}

// dominates reports whether f is the field that its name stands for: none of
// that name is embedded less deeply, nor as deeply with a tag where f has none,
// and no other is its equal.
func dominates(f structField, all []structField) bool {
	equals := 0
	for _, g := range all {
		switch {
		case g.name != f.name || g.depth > f.depth:
		case g.depth < f.depth:
			return false
		case g.tagged == f.tagged:
			equals++
		case g.tagged:
			return false
		}
	}
	return equals == 1
}

func appendFields(all []structField, t reflect.Type, offset uintptr, depth int) ([]structField, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		if f.Anonymous && (!f.IsExported() || f.Type.Kind() == reflect.Pointer) && !isPlainEmbedding(f.Type, tag) {
			return nil, false
		}
		name, options, _ := strings.Cut(tag, ",")
		if !isValidName(name) {
			return nil, false // a name that encoding/json does not take, or not in each version
		}
		if f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct {
			var ok bool
			all, ok = appendFields(all, f.Type, offset+f.Offset, depth+1)
			if !ok {
				return nil, false
			}
			continue
		}
		named := structField{name, name != "", depth, f.Type, offset + f.Offset, false}
		if name == "" {
			named.name = f.Name
		}
		named.quoted = slices.Contains(strings.Split(options, ","), "string") && canBeQuoted(f.Type)
		all = append(all, named)
	}
	return all, true
}

// isPlainEmbedding reports whether an embedded field is a struct, by value and
// without a tag. Of others that are unexported, encoding/json cannot set all.
func isPlainEmbedding(t reflect.Type, tag string) bool {
	return t.Kind() == reflect.Struct && tag == ""
}

func canBeQuoted(t reflect.Type) bool {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Bool, reflect.String,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64:
		return true
	}
	return false
}

// isValidName reports whether encoding/json takes a name from a tag. There may
// be none.
func isValidName(name string) bool {
	for _, c := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", c) && !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			return false
		}
	}
	return true
}
