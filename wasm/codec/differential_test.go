package codec

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"testing"
	"time"
)

// typePool is how many generated types there are: reflect keeps each for ever.
const typePool = 4000

func generatedType(seed uint64) reflect.Type {
	g := newGenerator(seed % typePool)
	return g.typ(3)
}

// outcome is what came of one decoding.
type outcome struct {
	value    reflect.Value // the pointer
	err      error
	panicked any
}

func (o *outcome) decode(decode func([]byte, any) error, data []byte) {
	defer func() { o.panicked = recover() }()
	o.err = decode(data, o.value.Interface())
}

// compareTo holds that both decoders make the same of inputs, each decoded onto
// what became of the one before, and reports whether the first one was decoded
// by the compiled decoder.
func compareDecoders(t testing.TB, typ reflect.Type, inputs ...[]byte) {
	t.Helper()
	for _, pair := range [][2]func([]byte, any) error{
		{JSON.Decode, json.Unmarshal},
		{StrictJSON.Decode, unmarshalStrict},
	} {
		got, want := outcome{value: reflect.New(typ)}, outcome{value: reflect.New(typ)}
		for i, data := range inputs {
			given := append([]byte(nil), data...)
			got.decode(pair[0], given)
			want.decode(pair[1], data)
			if string(given) != string(data) {
				t.Fatalf("the input was changed: %q", data)
			}
			clear(given)
			overwriteBuffers(got.value)
			difference := compareErrors(got, want)
			if difference == "" {
				difference = compareValues(got.value, want.value)
			}
			if difference != "" {
				t.Fatalf("%v\ninput %d of %q:\n%s", typ, i, inputs, difference)
			}
		}
	}
}

// overwriteBuffers overwrites what the decoder of a value keeps for the next
// message: a value that shared it would change too.
func overwriteBuffers(v reflect.Value) {
	key, _ := parts(v.Interface())
	p := programFor(key, v.Interface())
	for _, buffer := range [][]byte{p.own.in, p.own.unquote} {
		buffer = buffer[:cap(buffer)]
		for i := range buffer {
			buffer[i] = '#'
		}
	}
}

func compareErrors(got, want outcome) string {
	if fmt.Sprint(got.panicked) != fmt.Sprint(want.panicked) {
		return fmt.Sprintf("got panic %v, want %v", got.panicked, want.panicked)
	}
	if reflect.TypeOf(got.err) != reflect.TypeOf(want.err) || fmt.Sprint(got.err) != fmt.Sprint(want.err) || !reflect.DeepEqual(got.err, want.err) {
		return fmt.Sprintf("got error %#v (%v), want %#v (%v)", got.err, got.err, want.err, want.err)
	}
	return ""
}

// compareValues is reflect.DeepEqual, except that it tells zeros by their signs
// and times by their zones, and says where two values differ.
func compareValues(a, b reflect.Value) string {
	if a.IsValid() != b.IsValid() || a.IsValid() && a.Type() != b.Type() {
		return fmt.Sprintf("got %v, want %v", a, b)
	}
	if !a.IsValid() {
		return ""
	}
	if a.Type() == timeType && a.CanInterface() {
		return compareTimes(a.Interface().(time.Time), b.Interface().(time.Time))
	}
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		if math.Float64bits(a.Float()) != math.Float64bits(b.Float()) {
			return fmt.Sprintf("got %v, want %v", a, b)
		}
	case reflect.Pointer, reflect.Interface:
		return compareValues(a.Elem(), b.Elem())
	case reflect.Slice, reflect.Array:
		if a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return fmt.Sprintf("got %#v, want %#v", a, b)
		}
		for i := range a.Len() {
			if d := compareValues(a.Index(i), b.Index(i)); d != "" {
				return fmt.Sprintf("%d: %s", i, d)
			}
		}
	case reflect.Map:
		if a.IsNil() != b.IsNil() || a.Len() != b.Len() {
			return fmt.Sprintf("got %v, want %v", a, b)
		}
		for _, key := range a.MapKeys() {
			if d := compareValues(a.MapIndex(key), b.MapIndex(key)); d != "" {
				return fmt.Sprintf("%v: %s", key, d)
			}
		}
	case reflect.Struct:
		for i := range a.NumField() {
			if d := compareValues(a.Field(i), b.Field(i)); d != "" {
				return fmt.Sprintf("%s: %s", a.Type().Field(i).Name, d)
			}
		}
	case reflect.Chan, reflect.Func:
		if a.IsNil() != b.IsNil() {
			return "one of two is nil"
		}
	default:
		if !a.Equal(b) {
			return fmt.Sprintf("got %#v, want %#v", a, b)
		}
	}
	return ""
}

func compareTimes(a, b time.Time) string {
	plain := a.Location() == time.UTC || a.Location() == time.Local || b.Location() == time.UTC || b.Location() == time.Local
	if !a.Equal(b) || a.String() != b.String() || plain && a != b {
		return fmt.Sprintf("got %#v, want %#v", a, b)
	}
	return ""
}

// share counts the inputs that the compiled decoder took.
type share struct{ inputs, known, fitting, taken, fittingTaken int }

// runSeed compares the decoders on what a seed generates, and counts the first
// input.
func (s *share) runSeed(t testing.TB, seed uint64) {
	t.Helper()
	typ := generatedType(seed)
	g := newGenerator(seed)
	inputs := [][]byte{g.input(typ)}
	fits := g.wild == 0
	inputs = append(inputs, g.input(typ), g.input(typ))
	compareDecoders(t, typ, inputs...)

	s.inputs++
	v := reflect.New(typ).Interface()
	if key, _ := parts(v); programFor(key, v).root == nil {
		return
	}
	s.known++
	taken := decodeCompiled(inputs[0], v, false)
	if taken {
		s.taken++
	}
	if fits {
		s.fitting++
	}
	if fits && taken {
		s.fittingTaken++
	}
}

// TestDifferential holds that JSON and StrictJSON give what encoding/json
// gives, for generated types and inputs, onto zero values and others. It also
// holds that it is the compiled decoder that was compared.
func TestDifferential(t *testing.T) {
	seeds := 3000
	if testing.Short() || runtime.GOARCH == "wasm" { // where it takes five times as long
		seeds = 1000
	}
	var s share
	for seed := range seeds {
		s.runSeed(t, uint64(seed)+1<<32)
	}
	t.Logf("%d inputs: %d are of types that compile, and the compiled decoder took %d of these; %d fit their types, and it took %d of these",
		s.inputs, s.known, s.taken, s.fitting, s.fittingTaken)
	if s.taken < s.inputs/3 || s.fittingTaken < s.fitting*3/4 {
		t.Errorf("the compiled decoder took %d inputs of %d, and %d of %d that fit", s.taken, s.inputs, s.fittingTaken, s.fitting)
	}
}

// FuzzDecode compares the decoders on types and inputs generated from a seed,
// and on the fuzzer's own input for that type.
func FuzzDecode(f *testing.F) {
	for seed := range uint64(50) {
		g := newGenerator(seed)
		f.Add(seed, g.input(generatedType(seed)))
	}
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		new(share).runSeed(t, seed)
		compareDecoders(t, generatedType(seed), data, newGenerator(seed).input(generatedType(seed)))
	})
}
