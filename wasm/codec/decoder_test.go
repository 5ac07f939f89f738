package codec

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// TestTaken holds that the compiled decoder itself takes what a stream usually
// has, and leaves to encoding/json what it has to.
func TestTaken(t *testing.T) {
	type event struct {
		embedsExported
		Symbol string    `json:"symbol"`
		Bid    float64   `json:"bid"`
		Big    int64     `json:"big,string"`
		Time   time.Time `json:"time"`
		Maps   maps
		Lists  lists
		Tree   tree
		Any    any
		P      pointers
	}
	tests := []struct {
		name string
		into any
		data string
		want bool
	}{
		{"compact", new(event), `{"a":1,"B":{"a":2,"B":null},"C":"c","symbol":"EURUSD","bid":1.5,"big":"-5","time":"2026-01-02T15:04:05Z"}`, true},
		{"white space", new(event), " {\n\t\"symbol\" : \"EURUSD\" ,\r\n \"bid\" : 1.5 } \n", true},
		{"other order and omitted", new(event), `{"bid":1.5,"symbol":"EURUSD"}`, true},
		{"other case", new(event), `{"SYMBOL":"EURUSD","Bid":1.5}`, true},
		{"unknown fields", new(event), `{"x":1,"symbol":"EURUSD","y":{"z":[true,null,"s",-1e5]}}`, true},
		{"escapes", new(event), `{"symbol":"a\n\u00e9\ud83d\ude00\ud800\/","\u0062id":1}`, true},
		{"not ASCII", new(event), `{"symbol":"größe 日本"}`, true},
		{"time with zone", new(event), `{"time":"2026-01-02T15:04:05.123456789+02:00"}`, true},
		{"numbers for strconv", new(event), `{"bid":1.7976931348623157e308,"Any":12345678901234567890}`, true},
		{"nulls", new(event), `{"symbol":null,"bid":null,"time":null,"Maps":null,"Any":null,"P":null,"big":null}`, true},
		{"maps", new(event), `{"Maps":{"Words":{"a":1},"Floats":{"a":1},"Bools":{"a":true},"Names":{"a":"b"},"Anys":{"a":{}},"Ints":{"-1":"a"},"Times":{"a":null}}}`, true},
		{"lists", new(event), `{"Lists":{"Three":["a"],"Nested":[[1],[2,3,4],[5]],"Bytes":"AQID","Array":[1],"Raw":[{},null]}}`, true},
		{"pointers", new(event), `{"P":{"Int":1,"Twice":"a","Time":"2026-01-02T15:04:05Z","Self":{"Int":2}}}`, true},
		{"recursion", new(event), `{"Tree":{"children":[{"name":"a","Next":{"By":{"b":{}}}}]}}`, true},
		{"top-level null", new(event), `null`, true},
		{"top-level list", new([]int), `[1,2]`, true},
		{"deep", new(any), strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), true},

		{"too deep", new(any), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1), false},
		{"a field twice", new(event), `{"bid":1,"bid":2}`, false},
		{"a field twice in two cases", new(event), `{"bid":1,"Bid":2}`, false},
		{"wrong type", new(event), `{"bid":"1"}`, false},
		{"overflow", new(int8), `128`, false},
		{"invalid UTF-8", new(string), "\"\xff\"", false},
		{"junk", new(int), `1 1`, false},
		{"not zero", &event{Bid: 1}, `{"bid":1}`, false},
		{"Unmarshaler", new(unmarshalers), `{}`, false},
		{"embedded pointer", new(byPointer), `{}`, false},
		{"no pointer", 5, `5`, false},
		{"nil pointer", (*int)(nil), `5`, false},
		{"nothing", nil, `5`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := decodeCompiled([]byte(test.data), test.into, false); got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
			if typ := reflect.TypeOf(test.into); typ != nil && typ.Kind() == reflect.Pointer {
				compareDecoders(t, typ.Elem(), []byte(test.data), []byte(test.data))
			}
		})
	}
}

// TestRestored holds that a value is as it was where the compiled decoder gives
// up half way.
func TestRestored(t *testing.T) {
	var v pointers
	if decodeCompiled([]byte(`{"Int":1,"Map":{"a":1},"List":[1,x]}`), &v, false) {
		t.Fatal("decoded what is no JSON")
	}
	if v != (pointers{}) {
		t.Errorf("got %+v, want a zero value", v)
	}
}

// TestStrictUnknown holds that only StrictJSON minds an unknown field.
func TestStrictUnknown(t *testing.T) {
	for _, data := range []string{`{"X":1,"ID":"a"}`, `{"ID":"a","X":{"Y":1}}`, `{"iD":"a"}`} {
		compareDecoders(t, reflect.TypeFor[base](), []byte(data))
	}
}

func TestTimes(t *testing.T) {
	check := func(text string) {
		t.Helper()
		var got, want time.Time
		gotErr, wantErr := JSON.Decode([]byte(text), &got), json.Unmarshal([]byte(text), &want)
		if d := compareTimes(got, want); d != "" || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("%s: %s, errors %v and %v", text, d, gotErr, wantErr)
		}
	}
	for _, year := range []int{0, 1, 3, 4, 99, 100, 399, 400, 1600, 1700, 1899, 1900, 1904, 1970, 1999, 2000, 2001, 2023, 2024, 2100, 2400, 9996, 9999} {
		for month := range 14 {
			for day := range 33 {
				check(fmt.Sprintf(`"%04d-%02d-%02dT23:59:58Z"`, year, month, day))
			}
		}
	}
	for _, clock := range []string{"00:00:00", "23:59:59", "24:00:00", "00:60:00", "00:00:60", "1:00:00", "0a:00:00", "00-00:00", "00:00:0"} {
		check(`"2026-01-02T` + clock + `Z"`)
		check(`"2026-01-02T` + clock + `.5Z"`)
	}
	// Every byte may be any other.
	const plain = `"2026-01-02T15:04:05.123456Z"`
	for i := range plain {
		for c := range 128 {
			check(plain[:i] + string(rune(c)) + plain[i+1:])
		}
		check(plain[:i] + `"`)
	}
	for n := range 14 {
		check(`"2026-01-02T15:04:05.` + "12345678901234"[:n] + `Z"`)
	}
}

func TestNumbers(t *testing.T) {
	check := func(text string) {
		t.Helper()
		compareOnto[float64](t, text)
		compareOnto[float32](t, text)
		compareOnto[int64](t, text)
		compareOnto[uint64](t, text)
		compareOnto[int8](t, text)
	}
	const digits = "9182736455463728190123456789"
	for n := range len(digits) {
		for point := range n + 1 {
			check(digits[:n])
			check("0" + digits[:n])
			check("00" + digits[:point] + "." + digits[point:n])
			check("-" + digits[:n] + "e" + strconv.Itoa(point))
			check(digits[:point] + "." + digits[point:n])
			check("0." + strings.Repeat("0", point) + digits[:n] + "E+5")
		}
	}
	for _, near := range []float64{1 << 24, 1 << 31, 1 << 53, 1 << 63, 1 << 64, 1e22, 1e23, math.MaxFloat32, math.MaxFloat64, math.SmallestNonzeroFloat32, math.SmallestNonzeroFloat64} {
		for _, f := range []float64{near, math.Nextafter(near, 0), near + 1, near * 1.5} {
			check(strconv.FormatFloat(f, 'g', -1, 64))
			check(strconv.FormatFloat(f, 'f', -1, 64))
			check(strconv.FormatFloat(-f, 'f', 0, 64))
		}
	}
	for exponent := -400; exponent <= 400; exponent++ {
		check("1e" + strconv.Itoa(exponent))
		check("9007199254740993e" + strconv.Itoa(exponent))
	}
}

// TestTexts holds that strings of each length come out as encoding/json has them,
// whatever is at each place of them, and when they come again.
func TestTexts(t *testing.T) {
	const plain = "abcdefghijklmnopqrstuvwxyz0123456789abcd"
	for n := range len(plain) {
		for i := range n + 1 {
			for _, odd := range []string{"", `\"`, `"`, `\`, `\n`, "\n", "\x00", "\x1f", "\x7f", "é", "\xff", `\u00e9`, `\ud800`, "€"} {
				text := `"` + plain[:i] + odd + plain[i:n] + `"`
				compareAs[string](t, text)
				compareAs[[]string](t, "["+text+", "+text+"]")
				compareAs[struct{ A, B string }](t, `{"A":`+text+`,"B":`+text+`}`)
				compareAs[map[string]string](t, "{"+text+":"+text+"}")
			}
		}
	}
}

// TestNumbersByByte holds that no byte of a number may be another where encoding/json
// does not take it.
func TestNumbersByByte(t *testing.T) {
	for _, plain := range []string{"7", "42", "1234567", "12345678", "1.5", "1234567.1234567", "-0.25", "1e5", "0.5", "10"} {
		for i := range plain {
			for c := range 128 {
				text := plain[:i] + string(rune(c)) + plain[i+1:]
				compareOnto[float64](t, text)
				compareOnto[float32](t, text)
				compareOnto[int64](t, text)
				compareOnto[int32](t, text)
				compareOnto[uint16](t, text)
			}
		}
	}
}

// compareOnto compares what codec.JSON and encoding/json make of a text: alone, as a
// field, as an element and in a map, each of which has ways of its own.
func compareOnto[T float64 | float32 | int64 | int32 | uint64 | uint16 | int8](t *testing.T, text string) {
	t.Helper()
	compareAs[T](t, text)
	compareAs[struct {
		V T
		W int
	}](t, `{"V":`+text+`}`)
	compareAs[struct {
		V T
		W int
	}](t, `{"V":`+text+`,"W":1}`)
	compareAs[[]T](t, "["+text+"]")
	compareAs[map[string]T](t, `{"k":`+text+`}`)
}

func compareAs[T any](t *testing.T, text string) {
	t.Helper()
	var got, want T
	gotErr, wantErr := JSON.Decode([]byte(text), &got), json.Unmarshal([]byte(text), &want)
	// Formatted, as that tells zeros of either sign apart.
	if fmt.Sprint(got) != fmt.Sprint(want) || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
		t.Fatalf("%s into %T: got %v, %v, want %v, %v", text, got, got, gotErr, want, wantErr)
	}
}

// TestTooDeep holds that each way into a value counts towards maxDepth.
func TestTooDeep(t *testing.T) {
	type node struct {
		O *node
		L []node
		M map[string]node
		N struct{ L []node }
	}
	for _, way := range [][2]string{
		{`{"O":`, "}"}, {`{"L":[`, "]}"}, {`{ "L" : [ `, " ] }"}, {`{"M":{"a":`, "}}"}, {`{"unknown":[`, "]}"},
	} {
		for _, count := range []int{maxDepth/2 - 1, maxDepth / 2} { // of two levels, and one within
			text := strings.Repeat(way[0], count) + "{}" + strings.Repeat(way[1], count)
			if got, want := decodeCompiled([]byte(text), new(node), false), 2*count+1 <= maxDepth; got != want {
				t.Errorf("%d times %s: taken %t, want %t", count, way[0], got, want)
			}
		}
	}
}

// TestCutOff holds that nothing is read on in what an earlier message has left in the
// buffer.
func TestCutOff(t *testing.T) {
	type event struct {
		T time.Time
		A string
		B float64
		C int
		L []string
	}
	const whole = `{"T":"2024-02-29T15:04:05.123456789Z","A":"a text of two words","B":1234567.1234567,"C":1234567,"L":["a",null]}`
	for i := range whole {
		if !decodeCompiled([]byte(whole), new(event), false) {
			t.Fatal("not taken")
		}
		for _, end := range []string{"", "}", "\x00", `"`, " "} {
			compareAs[event](t, whole[:i]+end)
		}
	}
}

// TestSharedStrings holds that strings are shared, and how many at most.
func TestSharedStrings(t *testing.T) {
	var s sharedStrings
	for n := 1; n <= maxShared; n++ {
		text := []byte(strings.Repeat("s", n))
		a, b := s.keep(text), s.keep(text)
		if a != string(text) || unsafe.StringData(a) != unsafe.StringData(b) {
			t.Errorf("%d bytes are not shared", n)
		}
		clear(text)
		if strings.Contains(a, "\x00") {
			t.Errorf("%d bytes alias the input", n)
		}
	}
	for i := range 100000 {
		s.keep([]byte(strconv.Itoa(i)))
		s.keep([]byte(strings.Repeat("long", 10) + strconv.Itoa(i)))
	}
	for _, kept := range s.known[:] {
		if len(kept.text) > maxShared {
			t.Errorf("a string of %d bytes is kept", len(kept.text))
		}
	}
}

// TestSharedStringsFit holds that of several hundred names, which differ in one
// place as symbols do, most are known when they come again.
func TestSharedStringsFit(t *testing.T) {
	for _, form := range []string{"%d", "RNL%03d", "S%dX", "symbol %03d", "%03d and more than 16 bytes"} {
		var s sharedStrings
		misses := 0
		for round := range 20 {
			for i := range 500 {
				text := fmt.Appendf(nil, form, i)
				known := s.known != nil && slices.ContainsFunc(s.known[:], func(s sharedString) bool { return s.text == string(text) })
				s.keep(text)
				if !known && round >= 10 {
					misses++
				}
			}
		}
		if misses > 10*500/10 {
			t.Errorf("%q: %d of %d names were not known any more", form, misses, 10*500)
		}
	}
}

// TestBuffersAreBounded holds that one large message does not stay in memory.
func TestBuffersAreBounded(t *testing.T) {
	text := strings.Repeat("long", maxKept)
	data := []byte(`"` + text + `\n"`)
	var v string
	if err := JSON.Decode(data, &v); err != nil || v != text+"\n" {
		t.Fatal(err)
	}
	key, _ := parts(&v)
	own := &programFor(key, &v).own
	if cap(own.in) > maxKept || cap(own.unquote) > maxKept {
		t.Errorf("%d and %d bytes are kept", cap(own.in), cap(own.unquote))
	}
}

func TestConcurrent(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 300 {
				name := strconv.Itoa(i*j%50) + " of some length"
				var v struct {
					Name string
					List []map[string]string
				}
				if err := JSON.Decode([]byte(`{"Name":"`+name+`","List":[{"a":"`+name+`"},{}]}`), &v); err != nil {
					t.Error(err)
				}
				if v.Name != name || len(v.List) != 2 || v.List[0]["a"] != name {
					t.Errorf("got %v, want %s", v, name)
				}
			}
		})
	}
	group.Wait()
}
