package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Types that reflect cannot make.
type (
	textName   string
	wordName   int64
	floatName  float64
	boolName   bool
	byteName   byte
	anyName    any
	pointName  *int
	textsName  []textName
	bytesName  []byteName
	wordsName  map[textName]wordName
	floatsName map[string]floatName
	boolsName  map[textName]boolName
	namesName  map[textName]textName
	anysName   map[textName]anyName

	base     struct{ ID, Name string }
	other    struct{ ID, Note string }
	embeds   struct{ base }
	Exported struct {
		A int `json:"a"`
		B *Exported
	}
	embedsExported struct {
		Exported
		C string
	}
	conflicts struct {
		base
		other
		Last int
	}
	tagWins struct {
		base
		Alias string `json:"ID"`
	}
	tagged struct {
		Title string `json:"Name"`
	}
	tagWinsDeeper struct {
		base
		tagged
	}
	shared      struct{ Shared int }
	left        struct{ shared }
	right       struct{ shared }
	annihilates struct {
		left
		right
	}
	shallowWins struct {
		left
		shared
	}
	byPointer    struct{ *Exported }
	byUnexported struct{ *base }
	embedsName   struct{ textName }
	EmbedsText   string
	embedsText   struct{ EmbedsText }
	embedsTagged struct {
		Exported `json:"exported"`
	}
	embedsHidden struct {
		base `json:"base"`
	}
	embedsTime  struct{ time.Time }
	embedsTimes struct {
		time.Time
		valueUnmarshaler
		After int
	}

	tree struct {
		Name     string `json:"name"`
		Children []tree `json:"children,omitempty"`
		Next     *tree
		By       map[string]tree
		Any      any
	}
	loop []loop

	quotes struct {
		B  bool        `json:"b,string"`
		I  int         `json:"i,string"`
		I8 int8        `json:",string"`
		U  uint64      `json:"u,omitempty,string"`
		F  float64     `json:"f,string"`
		G  float32     `json:"g,string"`
		S  string      `json:"s,string"`
		P  *int        `json:"p,string"`
		N  json.Number `json:"n,string"`
		T  time.Time   `json:"t,string"`
		L  []int       `json:"l,string"`
	}
	cases struct {
		Name  int `json:"name"`
		NAME  int
		NaMe  int
		Kind  string `json:"kind"`
		Sharp string `json:"ſtraße"`
	}
	names struct {
		hidden   int
		Skipped  chan int `json:"-"`
		Dash     int      `json:"-,"`
		Space    int      `json:"a b"`
		Umlaut   int      `json:"größe"`
		Less     string   `json:"a<b&c"`
		Quote    int      `json:"a\"b"`
		Long     int      `json:"a_name_that_is_longer_than_sixteen_bytes"`
		Longer   int      `json:"a_name_that_is_longer_than_sixteen_byteS"`
		Fourteen int      `json:"abcdefghijkl"`
		Empty    struct{} `json:",omitempty"`
	}
	unknowns struct {
		A error
		B int
	}
	functions struct {
		F func()
		B int
	}
	lists struct {
		Zero   [0]int
		Three  [3]string
		Nested [2][2]int8
		Bytes  []byte
		Array  [4]byte
		Named  bytesName
		Texts  textsName
		Times  []time.Time
		Raw    []json.RawMessage
	}
	pointers struct {
		Int   *int
		Twice **string
		Time  *time.Time
		Raw   *json.RawMessage
		Any   *any
		List  *[]int
		Map   *map[string]int
		Self  *pointers
		Name  pointName
	}
	maps struct {
		Words  wordsName
		Floats floatsName
		Bools  boolsName
		Names  namesName
		Anys   anysName
		Ints   map[int]string
		Small  map[int8]bool
		Uints  map[uint16]float32
		Number map[json.Number]json.Number
		Lists  map[string][]int
		Times  map[string]time.Time
		Raw    map[string]json.RawMessage
		Points map[string]*int
	}
	textKeys struct{ M map[textUnmarshaler]int }

	valueUnmarshaler   struct{ Text string }
	textUnmarshaler    struct{ Text string }
	failingUnmarshaler struct{}
	unmarshalers       struct {
		A valueUnmarshaler
		B *valueUnmarshaler
		C textUnmarshaler
		D []textUnmarshaler
		E map[string]*textUnmarshaler
		F *failingUnmarshaler
		G int
	}
)

func (u *valueUnmarshaler) UnmarshalJSON(data []byte) error {
	u.Text += string(data)
	return nil
}

func (u *textUnmarshaler) UnmarshalText(text []byte) error {
	u.Text += string(text)
	return nil
}

func (u failingUnmarshaler) UnmarshalJSON(data []byte) error { return errors.New("never") }

var writtenTypes = []reflect.Type{
	reflect.TypeFor[embeds](), reflect.TypeFor[embedsExported](), reflect.TypeFor[conflicts](),
	reflect.TypeFor[tagWins](), reflect.TypeFor[tagWinsDeeper](), reflect.TypeFor[annihilates](),
	reflect.TypeFor[shallowWins](), reflect.TypeFor[byPointer](), reflect.TypeFor[byUnexported](),
	reflect.TypeFor[embedsName](), reflect.TypeFor[embedsText](), reflect.TypeFor[embedsTagged](),
	reflect.TypeFor[embedsHidden](), reflect.TypeFor[embedsTime](), reflect.TypeFor[embedsTimes](),
	reflect.TypeFor[tree](), reflect.TypeFor[loop](), reflect.TypeFor[quotes](), reflect.TypeFor[cases](),
	reflect.TypeFor[names](), reflect.TypeFor[unknowns](), reflect.TypeFor[functions](),
	reflect.TypeFor[lists](), reflect.TypeFor[pointers](), reflect.TypeFor[maps](), reflect.TypeFor[textKeys](),
	reflect.TypeFor[valueUnmarshaler](), reflect.TypeFor[textUnmarshaler](), reflect.TypeFor[unmarshalers](),
	reflect.TypeFor[map[bool]int](), reflect.TypeFor[map[textUnmarshaler]string](), reflect.TypeFor[error](),
}

var simpleTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[float64](), reflect.TypeFor[float32](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[any](), reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[[]byte](),
	reflect.TypeFor[textName](), reflect.TypeFor[wordName](), reflect.TypeFor[floatName](), reflect.TypeFor[boolName](), reflect.TypeFor[anyName](), reflect.TypeFor[byteName](),
}

// Every kind of key, the last two by their methods and by none.
var keyTypes = []reflect.Type{
	reflect.TypeFor[string](), reflect.TypeFor[textName](), reflect.TypeFor[json.Number](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](), reflect.TypeFor[uintptr](),
	reflect.TypeFor[textUnmarshaler](), reflect.TypeFor[bool](),
}

var keys = []string{"a", "id", "Name", "größe", "a longer key, of thirty-three b.", "K", "s", "price"}

// generator makes types and inputs from a seed.
type generator struct {
	*rand.Rand
	wild   int // one in so many things is not as it should be; 0 for none
	spaces int
	out    []byte
	depth  int
}

func newGenerator(seed uint64) *generator {
	return &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
}

func (g *generator) odd() bool { return g.wild > 0 && g.IntN(g.wild) == 0 }

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) typ(depth int) reflect.Type {
	if depth == 0 {
		return pick(g, simpleTypes...)
	}
	switch g.IntN(12) {
	case 0:
		return pick(g, writtenTypes...)
	case 1, 2:
		return reflect.SliceOf(g.typ(depth - 1))
	case 3:
		return reflect.ArrayOf(g.IntN(4), g.typ(depth-1))
	case 4:
		return reflect.PointerTo(g.typ(depth - 1))
	case 5, 6:
		return reflect.MapOf(pick(g, keyTypes...), g.typ(depth-1))
	case 7, 8, 9, 10:
		return g.structType(depth)
	}
	return pick(g, simpleTypes...)
}

func (g *generator) structType(depth int) reflect.Type {
	count := g.IntN(8)
	if g.IntN(40) == 0 {
		count = 62 + g.IntN(5)
		depth = 1
	}
	fields := make([]reflect.StructField, count)
	for i := range fields {
		fields[i] = reflect.StructField{Name: fmt.Sprintf("%c%d", 'A'+i%26, i/26), Type: g.typ(depth - 1)}
		tag := ""
		if g.IntN(2) == 0 {
			tag = pick(g, keys...)
			if count > len(keys) {
				tag += strconv.Itoa(i)
			}
		}
		tag += pick(g, "", "", "", ",string", ",omitempty", ",omitzero,string")
		if tag != "" {
			fields[i].Tag = reflect.StructTag(`json:` + strconv.Quote(tag))
		}
	}
	return reflect.StructOf(fields)
}

// input returns JSON for values of type t, or something close to it.
func (g *generator) input(t reflect.Type) []byte {
	g.wild = pick(g, 0, 0, 0, 100, 30, 8, 3)
	g.spaces = pick(g, 0, 0, 0, 1, 4)
	g.out, g.depth = nil, 0
	g.value(t)
	g.space()
	for g.wild > 0 && g.IntN(3) == 0 {
		g.damage()
	}
	return g.out
}

// damage changes bytes without regard to what they are.
func (g *generator) damage() {
	at := g.IntN(len(g.out) + 1)
	const bytes = "{}[]\",:.-+eE0123456789tfnul \\\x00\x1f\x7f\x80\xff/x"
	switch g.IntN(5) {
	case 0:
		g.out = g.out[:at]
	case 1:
		g.out = append(g.out, pick(g, "x", "}", "]", ",", "null", "{}", "\x00", " 1", "\"")...)
	case 2:
		if at < len(g.out) {
			g.out[at] = bytes[g.IntN(len(bytes))]
		}
	case 3:
		g.out = append(g.out[:at:at], append([]byte{bytes[g.IntN(len(bytes))]}, g.out[at:]...)...)
	case 4:
		end := min(len(g.out), at+g.IntN(4))
		g.out = append(g.out[:at], g.out[end:]...)
	}
}

func (g *generator) put(s string) { g.out = append(g.out, s...) }

func (g *generator) space() {
	if g.spaces > 0 && g.IntN(g.spaces) == 0 {
		g.put(pick(g, " ", " ", "\n", "\t", "\r\n", "   "))
	}
}

func (g *generator) value(t reflect.Type) {
	g.depth++
	defer func() { g.depth-- }()
	g.space()
	defer g.space()
	switch {
	case g.odd() && g.IntN(2) == 0, g.IntN(20) == 0:
		g.put("null")
	case g.odd():
		g.anything()
	default:
		g.fitting(t)
	}
}

func (g *generator) fitting(t reflect.Type) {
	switch t {
	case timeType:
		g.time()
		return
	case numberType:
		g.number(reflect.TypeFor[float64]())
		return
	case rawType:
		g.anything()
		return
	}
	switch t.Kind() {
	case reflect.Bool:
		g.put(pick(g, "true", "false"))
	case reflect.String:
		g.text()
	case reflect.Interface:
		g.anything()
	case reflect.Pointer:
		g.value(t.Elem())
	case reflect.Array:
		n := t.Len()
		if g.IntN(3) == 0 {
			n += g.IntN(4) - 2
		}
		g.list(t.Elem(), max(0, n))
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 && g.IntN(3) > 0 {
			g.put(pick(g, `""`, `"AQID"`, `"AQIDBA=="`, `"AQ\u0049D"`, `"AQ\nID"`, `"AQI"`, `"A*ID"`))
			return
		}
		g.list(t.Elem(), g.IntN(7))
	case reflect.Map:
		g.dictionary(t)
	case reflect.Struct:
		g.object(t)
	case reflect.Chan, reflect.Func:
		g.put(pick(g, "null", "1"))
	default:
		g.number(t)
	}
}

// anything writes some JSON value.
func (g *generator) anything() {
	depth := 0
	if g.odd() && g.IntN(20) == 0 {
		depth = pick(g, 20, maxDepth-1, maxDepth, maxDepth+1, 9990, 10000, 10001)
	}
	before, after := "[", "]"
	if g.IntN(2) == 0 {
		before, after = `{"a":`, "}"
	}
	g.put(strings.Repeat(before, depth))
	kinds := 6
	if g.depth > 8 {
		kinds = 4
	}
	switch g.IntN(kinds) {
	case 0:
		g.put(pick(g, "true", "false"))
	case 1, 2:
		g.text()
	case 3:
		g.number(reflect.TypeFor[float64]())
	case 4:
		g.list(reflect.TypeFor[any](), g.IntN(4))
	case 5:
		g.dictionary(reflect.TypeFor[map[string]any]())
	}
	g.put(strings.Repeat(after, depth))
}

func (g *generator) list(elem reflect.Type, n int) {
	if g.depth > 8 {
		n = 0
	}
	g.put("[")
	g.space()
	for i := range n {
		if i > 0 {
			g.put(",")
		}
		g.value(elem)
	}
	g.put("]")
}

func (g *generator) dictionary(t reflect.Type) {
	g.put("{")
	g.space()
	n := g.IntN(5)
	if g.depth > 8 {
		n = 0
	}
	for i := range n {
		if i > 0 {
			g.put(",")
			g.space()
		}
		switch {
		case g.odd():
			g.text()
		case t.Key().Kind() >= reflect.Int && t.Key().Kind() <= reflect.Uintptr:
			g.put(`"`)
			g.number(t.Key())
			g.put(`"`)
		default:
			g.put(strconv.Quote(pick(g, keys...)))
		}
		g.space()
		g.put(":")
		g.value(t.Elem())
	}
	g.put("}")
}

func (g *generator) object(t reflect.Type) {
	fields, _ := appendFields(nil, t, 0, 0)
	if g.IntN(4) == 0 {
		g.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	}
	g.put("{")
	g.space()
	first := true
	put := func(name string, t reflect.Type, quoted bool) {
		if !first {
			g.put(",")
			g.space()
		}
		first = false
		g.key(name)
		g.space()
		g.put(":")
		if !quoted || g.odd() || g.IntN(30) == 0 {
			g.value(t)
			return
		}
		g.quoted(t)
	}
	for _, f := range fields {
		if g.depth > 8 || g.IntN(12) == 0 {
			continue
		}
		put(f.name, f.typ, f.quoted)
		if g.odd() {
			put(f.name, f.typ, f.quoted) // again
		}
		if g.IntN(15) == 0 {
			put(pick(g, "unknown", "x", "ID", "größer", ""), reflect.TypeFor[any](), false)
		}
	}
	g.put("}")
}

func (g *generator) quoted(t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	start := len(g.out)
	if g.odd() {
		g.put(pick(g, "", "null", "nul", " 1", "1 ", "+1", "-", "0x1p4", "-Inf", "NaN", "true", "truee", "1e2", "01", `\"`))
	} else {
		g.fitting(t)
	}
	inner := string(g.out[start:])
	g.out = append(g.out[:start], '"')
	g.put(strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(inner))
	g.put(`"`)
}

// key writes the name of a field, at times in another case or with escapes.
func (g *generator) key(name string) {
	if g.IntN(25) == 0 || g.odd() {
		name = pick(g, strings.ToUpper, strings.ToLower, strings.ToTitle,
			func(s string) string { return strings.ReplaceAll(s, "k", "\u212a") },
			func(s string) string { return strings.ReplaceAll(s, "s", "ſ") })(name)
	}
	g.put(`"`)
	for _, r := range name {
		switch {
		case r == '"' || r == '\\':
			g.put("\\" + string(r))
		case g.IntN(100) == 0:
			g.put(fmt.Sprintf("\\u%04x", r))
		default:
			g.put(string(r))
		}
	}
	g.put(`"`)
}

func (g *generator) text() {
	g.put(`"`)
	for range g.IntN(5) {
		if g.odd() {
			g.put(pick(g, "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\\x", "\\'", "\\u12", "\\u00g0", "\x00", "\x1f", "\n", "\t"))
			continue
		}
		g.put(pick(g, "a", "EURUSD", "some text of a few words", strings.Repeat("long ", 10), "ü", "日本", "\U0001f600", "\x7f", "'",
			`\"`, `\\`, `\/`, `\b`, `\f`, `\n`, `\r`, `\t`, `\u00e9`, `\u65E5`, `\ud83d\ude00`, `\u0000`, `\ud800`, `\udc00\ud800`, `\ud83dx`, `\ud83d\u0041`))
	}
	g.put(`"`)
}

func (g *generator) number(t reflect.Type) {
	if g.odd() {
		g.put(pick(g, "-0", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "1.e1", "0x10", "1_0", "1e400", "-1e400", "1.0", "1e2", "1E-400", "NaN", "--1",
			"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
			"18446744073709551615", "18446744073709551616", "99999999999999999999999", "10000000000000000000",
			"3.4028235e38", "3.4028236e38", "1.7976931348623157e308", "1.7976931348623159e308", "5e-324", "2e-324"))
		return
	}
	bits := uint(1)
	if t.Kind() != reflect.Interface {
		bits = uint(t.Bits())
	}
	switch t.Kind() {
	case reflect.Float32, reflect.Float64:
		g.float()
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		limit := int64(1)<<(bits-1) - 1
		g.put(strconv.FormatInt(pick(g, 0, 1, -1, 7, -42, limit, limit-1, -limit, -limit-1, g.Int64()&limit, -(g.Int64()&limit)), 10))
	default:
		limit := uint64(1)<<bits - 1
		g.put(strconv.FormatUint(pick(g, 0, 1, 7, 42, limit, limit-1, g.Uint64()&limit, g.Uint64()&limit>>(bits/2)), 10))
	}
	if g.odd() {
		g.put(pick(g, "0", "9", "99", ".0", "e0"))
	}
}

func (g *generator) float() {
	switch g.IntN(6) {
	case 0:
		g.put(pick(g, "0", "-0", "0.0", "-0.0", "0e0", "1E5", "1e-5", "1.5e+3", "0.1", "123456789", "9007199254740992", "9007199254740993", "9007199254740991.5",
			"1e22", "1e23", "9007199254740991e22", "0.000001", "1e-22", "1e-23", "12345678.12345678", "1234567890123456789", "12345678901234567890", "0.12345678901234567890",
			"16777216", "16777217", "1.17549435e-38", "1e10", "1e11", "1e-10", "1e-11", "3.4e38"))
	case 1:
		g.put(strconv.FormatFloat(g.NormFloat64(), 'g', -1, 64))
	case 2:
		g.put(strconv.FormatFloat(g.NormFloat64()*1e6, 'f', g.IntN(9), 64))
	case 3:
		g.put(strconv.FormatFloat(g.NormFloat64()*1e-20, 'e', g.IntN(20), 64))
	case 4:
		g.put(strconv.FormatInt(g.Int64()>>g.IntN(64), 10))
	case 5:
		g.put(strconv.FormatFloat(g.Float64(), 'g', -1, 32))
	}
}

func (g *generator) time() {
	t := time.Unix(g.Int64N(400000000000)-62000000000, g.Int64N(1e9)).UTC()
	switch {
	case g.odd():
		g.put(pick(g, `"2026-02-29T00:00:00Z"`, `"2024-02-29T00:00:00Z"`, `"1900-02-29T00:00:00Z"`, `"2000-02-29T23:59:59Z"`, `"2026-04-31T00:00:00Z"`,
			`"2026-13-01T00:00:00Z"`, `"2026-00-01T00:00:00Z"`, `"2026-01-00T00:00:00Z"`, `"2026-01-32T00:00:00Z"`, `"2026-01-01T24:00:00Z"`, `"2026-01-01T00:60:00Z"`,
			`"2026-01-01T00:00:60Z"`, `"2026-01-01T1:00:00Z"`, `"2026-01-01t00:00:00z"`, `"2026-01-01 00:00:00Z"`, `"2026-01-01T00:00:00,5Z"`, `"2026-01-01T00:00:00.Z"`,
			`"2026-01-01T00:00:00"`, `"2026-01-01T00:00:00+24:00"`, `"\u0032026-01-01T00:00:00Z"`, `""`, `"Z"`, `5`, `{}`, `[]`, `true`, `"2026-01-01T00:00:00\u005a"`))
	case g.IntN(4) == 0:
		zone := time.FixedZone("", (g.IntN(28*60)-14*60)*60)
		g.put(strconv.Quote(t.In(zone).Format(time.RFC3339Nano)))
	case g.IntN(4) == 0:
		g.put(`"2026-01-02T15:04:05.` + "123456789012"[:1+g.IntN(12)] + `Z"`)
	case g.IntN(8) == 0:
		g.put(pick(g, `"0000-01-01T00:00:00Z"`, `"0000-02-29T00:00:00Z"`, `"9999-12-31T23:59:59.999999999Z"`, `"0001-01-01T00:00:00Z"`))
	default:
		g.put(strconv.Quote(t.Truncate(pick(g, 1, time.Microsecond, time.Millisecond, time.Second)).Format(time.RFC3339Nano)))
	}
}
