package codec_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/codec"
)

type quote struct {
	Bid float64 `json:"bid"`
}

type symbol string

type blob []byte

func TestDecode(t *testing.T) {
	moment := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name  string
		codec codec.Codec
		data  string
		into  any
		want  any
	}{
		{"json", codec.JSON, `{"bid":1.5}`, new(quote), quote{1.5}},
		{"json unknown field", codec.JSON, `{"bid":1.5,"ask":2}`, new(quote), quote{1.5}},
		{"json white space", codec.JSON, " {\"bid\":1.5}\n", new(quote), quote{1.5}},
		{"strict", codec.StrictJSON, `{"bid":1.5} `, new(quote), quote{1.5}},
		{"text", codec.Text, " as it is\n", new(string), " as it is\n"},
		{"text empty", codec.Text, "", new(string), ""},
		{"text named type", codec.Text, "GO", new(symbol), symbol("GO")},
		{"text unmarshaler", codec.Text, "2026-01-02T03:04:05Z", new(time.Time), moment},
		{"bytes", codec.Bytes, "\x00a", new([]byte), []byte("\x00a")},
		{"bytes empty", codec.Bytes, "", new([]byte), []byte{}},
		{"bytes named type", codec.Bytes, "ab", new(blob), blob("ab")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.codec.Decode([]byte(test.data), test.into); err != nil {
				t.Fatal(err)
			}
			if got := reflect.ValueOf(test.into).Elem().Interface(); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestDecodeErrors(t *testing.T) {
	tests := []struct {
		name  string
		codec codec.Codec
		data  string
		into  any
		want  string
	}{
		{"json malformed", codec.JSON, `{"bid":`, new(quote), "unexpected end"},
		{"json goes on", codec.JSON, `{} {}`, new(quote), "after top-level value"},
		{"json empty", codec.JSON, ``, new(quote), "unexpected end"},
		{"strict unknown field", codec.StrictJSON, `{"ask":1}`, new(quote), `unknown field "ask"`},
		{"strict goes on", codec.StrictJSON, `{} {}`, new(quote), "after top-level value"},
		{"strict junk", codec.StrictJSON, `{} x`, new(quote), "after top-level value"},
		{"text into struct", codec.Text, "x", new(quote), "*codec_test.quote"},
		{"bytes into string", codec.Bytes, "x", new(string), "*string"},
		{"bytes into strings", codec.Bytes, "x", new([]string), "*[]string"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.codec.Decode([]byte(test.data), test.into)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got error %v, want one with %q", err, test.want)
			}
		})
	}
}

// TestStrictErrors holds that StrictJSON finds fault with malformed data in the
// words of JSON.
func TestStrictErrors(t *testing.T) {
	for _, data := range []string{"", " ", "{", `{"bid":`, `{} {}`, `{} x`, `{}]`, `{"bid":"s"}`, "nul"} {
		loose := codec.JSON.Decode([]byte(data), new(quote))
		strict := codec.StrictJSON.Decode([]byte(data), new(quote))
		if fmt.Sprint(strict) != fmt.Sprint(loose) || reflect.TypeOf(strict) != reflect.TypeOf(loose) {
			t.Errorf("%q: got %T %v, want %T %v", data, strict, strict, loose, loose)
		}
	}
}

// TestKeepsNothing changes the data after decoding: a value that shared it
// would change too.
func TestKeepsNothing(t *testing.T) {
	for _, test := range []struct {
		codec codec.Codec
		into  any
	}{
		{codec.JSON, new(json.RawMessage)},
		{codec.JSON, new(string)},
		{codec.StrictJSON, new(json.RawMessage)},
		{codec.Text, new(string)},
		{codec.Bytes, new([]byte)},
	} {
		data := []byte(`"abc"`)
		if err := test.codec.Decode(data, test.into); err != nil {
			t.Fatal(err)
		}
		before := fmt.Sprint(reflect.ValueOf(test.into).Elem().Interface())
		clear(data)
		if after := fmt.Sprint(reflect.ValueOf(test.into).Elem().Interface()); after != before {
			t.Errorf("%T: got %s after the data changed, want %s", test.into, after, before)
		}
	}
}

func ExampleFunc() {
	// A codec of one's own: data such as "3.5 EUR".
	price := codec.Func(func(data []byte, v any) error {
		amount, ok := v.(*float64)
		if !ok {
			return errors.New("prices are decoded into a float64")
		}
		_, err := fmt.Sscanf(string(data), "%f EUR", amount)
		return err
	})
	var amount float64
	err := price.Decode([]byte("3.5 EUR"), &amount)
	fmt.Println(amount, err)
	// Output: 3.5 <nil>
}
