// Package sample is a value of every kind that JSON can carry into Go, shared by
// the test that sends it and the program that receives it.
package sample

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Type is the event type of a [Value].
const Type eventstream.EventType[Value] = "sample"

// Value has a field of every kind.
type Value struct {
	Text      string            `json:"text"`
	Yes       bool              `json:"yes"`
	Int       int               `json:"int"`
	Smallest  int64             `json:"smallest"`
	Largest   uint64            `json:"largest"`
	Byte      uint8             `json:"byte"`
	Float     float64           `json:"float"`
	Tiny      float64           `json:"tiny"`
	Single    float32           `json:"single"`
	Big       *big.Int          `json:"big"`
	Number    json.Number       `json:"number"`
	Quoted    int               `json:"quoted,string"`
	Time      time.Time         `json:"time"`
	Bytes     []byte            `json:"bytes"`
	Raw       json.RawMessage   `json:"raw"`
	Any       any               `json:"any"`
	List      []string          `json:"list"`
	Empty     []string          `json:"empty"`
	Nil       []string          `json:"nil"`
	Grid      [2][3]int         `json:"grid"`
	Map       map[string]int    `json:"map"`
	ByNumber  map[int]string    `json:"byNumber"`
	Pointer   *Inner            `json:"pointer"`
	NoPointer *Inner            `json:"noPointer"`
	Inners    []Inner           `json:"inners"`
	Deep      map[string][]Deep `json:"deep"`
	Mood      Mood              `json:"mood"`
	Level     Level             `json:"level"`
	Escapes   string            `json:"escapes"`
	Surrogate string            `json:"surrogate"`
	Emoji     string            `json:"emoji"`
	Embedded
	*EmbeddedPointer
	Omitted string `json:"omitted,omitempty"`
	Ignored string `json:"-"`
}

// Inner is nested.
type Inner struct {
	Name  string `json:"name"`
	Inner *Inner `json:"inner,omitempty"`
}

// Deep is nested deeper.
type Deep struct {
	Inners []*Inner `json:"inners"`
}

// Embedded lends its fields.
type Embedded struct {
	Lent string `json:"lent"`
}

// EmbeddedPointer lends its fields and may be missing.
type EmbeddedPointer struct {
	LentToo float64 `json:"lentToo"`
}

// Mood decodes itself from JSON.
type Mood struct{ Words []string }

// UnmarshalJSON takes a string of words.
func (m *Mood) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	m.Words = strings.Fields(text)
	return nil
}

// MarshalJSON is the reverse of UnmarshalJSON.
func (m Mood) MarshalJSON() ([]byte, error) {
	return json.Marshal(strings.Join(m.Words, " "))
}

// Level decodes itself from text.
type Level int

// UnmarshalText knows "low" and "high", and "" for neither.
func (l *Level) UnmarshalText(text []byte) error {
	switch string(text) {
	case "":
		*l = 0
	case "low":
		*l = 1
	case "high":
		*l = 2
	default:
		return errors.New("sample: no level " + string(text))
	}
	return nil
}

// MarshalText is the reverse of UnmarshalText.
func (l Level) MarshalText() ([]byte, error) {
	return []byte([]string{"", "low", "high"}[l]), nil
}

// Want is the value that the test sends.
func Want() Value {
	huge, _ := new(big.Int).SetString("123456789012345678901234567890123456789", 10)
	return Value{
		Text:     "plain",
		Yes:      true,
		Int:      -42,
		Smallest: math.MinInt64,
		Largest:  math.MaxUint64,
		Byte:     255,
		Float:    0.1,
		Tiny:     math.SmallestNonzeroFloat64,
		Single:   math.MaxFloat32,
		Big:      huge,
		Number:   "1.50",
		Quoted:   7,
		Time:     time.Date(2026, 2, 28, 23, 59, 59, 123456789, time.FixedZone("", 5*3600+1800)),
		Bytes:    []byte{0, 1, 254, 255, '\n', '\r'},
		Raw:      json.RawMessage(`{"kept":[1,2,{}]}`),
		Any:      map[string]any{"a": []any{1.5, "x", nil, true}},
		List:     []string{"a", "", "c"},
		Empty:    []string{},
		Grid:     [2][3]int{{1, 2, 3}, {4, 5, 6}},
		Map:      map[string]int{"one": 1, "zwei ☃": 2},
		ByNumber: map[int]string{-1: "minus", 10: "ten"},
		Pointer:  &Inner{Name: "outer", Inner: &Inner{Name: "inner"}},
		Inners:   []Inner{{Name: "first"}, {Name: "second", Inner: &Inner{}}},
		Deep: map[string][]Deep{
			"x": {{Inners: []*Inner{nil, {Name: "deep"}}}, {}},
		},
		Mood:            Mood{Words: []string{"calm", "clear"}},
		Level:           2,
		Escapes:         "quote \" back \\ slash / tab \t feed \n\r\f\b null \x00 del \x7f sep \u2028\u2029 html <&>",
		Surrogate:       "\U0001F600\U0010FFFF",
		Emoji:           "👩‍👩‍👧‍👦 🇪🇺 é ﷽ עברית",
		Embedded:        Embedded{Lent: "lent"},
		EmbeddedPointer: &EmbeddedPointer{LentToo: 2.5},
	}
}
