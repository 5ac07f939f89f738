package eventstream_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

func TestAppendText(t *testing.T) {
	tests := []struct {
		name string
		in   eventstream.Message
		want string
	}{
		{"nothing", eventstream.Message{}, ""},
		{"data", eventstream.Message{Data: []byte("x")}, "data: x\n\n"},
		{"empty data", eventstream.Message{Data: []byte{}}, "data: \n\n"},
		{"leading space", eventstream.Message{Data: []byte(" x")}, "data:  x\n\n"},
		{"every line break", eventstream.Message{Data: []byte("a\nb\rc\r\nd")}, "data: a\ndata: b\ndata: c\ndata: d\n\n"},
		{"line break at the end", eventstream.Message{Data: []byte("a\n")}, "data: a\ndata: \n\n"},
		{"CR at the end", eventstream.Message{Data: []byte("a\r")}, "data: a\ndata: \n\n"},
		{"LF CR are two", eventstream.Message{Data: []byte("\n\r")}, "data: \ndata: \ndata: \n\n"},
		{"all fields", eventstream.Message{Type: "price", ID: "7", Data: []byte("{}"), Retry: time.Second, Comment: "hi"},
			": hi\nevent: price\nid: 7\nretry: 1000\ndata: {}\n\n"},
		{"comment only", eventstream.Message{Comment: "a\nb"}, ": a\n: b\n\n"},
		{"id only", eventstream.Message{ID: "7"}, "id: 7\n\n"},
		{"retry rounds up", eventstream.Message{Retry: time.Microsecond}, "retry: 1\n\n"},
		{"longest retry", eventstream.Message{Retry: math.MaxInt64}, "retry: 9223372036855\n\n"},
		{"names with spaces and UTF-8", eventstream.Message{Type: " a b ☃", Data: []byte("ß")}, "event:  a b ☃\ndata: ß\n\n"},
		{"a field in the data", eventstream.Message{Data: []byte("id: 9\nevent: x")}, "data: id: 9\ndata: event: x\n\n"},
		{"other separators are text", eventstream.Message{Data: []byte("a\u2028b\u0085c\vd\x00")}, "data: a\u2028b\u0085c\vd\x00\n\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := test.in.AppendText([]byte("before|"))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != "before|"+test.want {
				t.Errorf("got %q, want %q", got, "before|"+test.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name string
		in   eventstream.Message
		want error
		says string
	}{
		{"LF in type", eventstream.Message{Type: "a\nb"}, eventstream.ErrLineBreak, "event type"},
		{"CR in type", eventstream.Message{Type: "a\rb"}, eventstream.ErrLineBreak, "event type"},
		{"LF in id", eventstream.Message{ID: "1\n"}, eventstream.ErrLineBreak, "id"},
		{"CR in id", eventstream.Message{ID: "\r"}, eventstream.ErrLineBreak, "id"},
		{"NUL in id", eventstream.Message{ID: "1\x00"}, eventstream.ErrNUL, "id"},
		{"bytes in type", eventstream.Message{Type: "\xff"}, eventstream.ErrNotUTF8, "event type"},
		{"bytes in id", eventstream.Message{ID: "\xff"}, eventstream.ErrNotUTF8, "id"},
		{"bytes in data", eventstream.Message{Data: []byte("a\xc3")}, eventstream.ErrNotUTF8, "data"},
		{"bytes in comment", eventstream.Message{Comment: "\xff"}, eventstream.ErrNotUTF8, "comment"},
		{"negative retry", eventstream.Message{Retry: -1}, eventstream.ErrNegativeRetry, "retry"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := []byte("before")
			got, err := test.in.AppendText(before)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got error %v, want %v naming the %s", err, test.want, test.says)
			}
			if string(got) != "before" {
				t.Errorf("got %q beside the error, want it untouched", got)
			}
			var out bytes.Buffer
			if n, err := test.in.WriteTo(&out); n != 0 || err == nil || out.Len() != 0 {
				t.Errorf("WriteTo wrote %d bytes with error %v, want none and an error", n, err)
			}
		})
	}
}

// countingWriter fails the n-th call of Write.
type countingWriter struct{ calls, fail int }

func (w *countingWriter) Write(b []byte) (int, error) {
	w.calls++
	if w.calls == w.fail {
		return 1, io.ErrShortWrite
	}
	return len(b), nil
}

func TestWriteTo(t *testing.T) {
	message := eventstream.Message{Type: "a", Data: []byte("1\n2")}
	w := &countingWriter{}
	if n, err := message.WriteTo(w); n != int64(len("event: a\ndata: 1\ndata: 2\n\n")) || err != nil || w.calls != 1 {
		t.Errorf("got %d bytes, error %v, %d writes; want the whole block in one", n, err, w.calls)
	}
	if n, err := message.WriteTo(&countingWriter{fail: 1}); n != 1 || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %d, %v; want what the writer returned", n, err)
	}
	w = &countingWriter{}
	if n, err := (&eventstream.Message{}).WriteTo(w); n != 0 || err != nil || w.calls != 0 {
		t.Errorf("the zero Message: got %d bytes, error %v, %d writes; want nothing", n, err, w.calls)
	}
}

func TestName(t *testing.T) {
	if got := eventstream.EventType[int]("").Name(); got != "message" {
		t.Errorf("got %q, want message", got)
	}
	if got := eventstream.EventType[int]("a b").Name(); got != "a b" {
		t.Errorf("got %q, want it as it is", got)
	}
}

// readBlock is a deliberately plain reading of HTML standard, 9.2.6, for one
// whole stream: what a reader would dispatch and what it would be left with.
type reading struct {
	dispatched [][2]string // type and data
	id, retry  string
}

func read(stream string) (r reading) {
	stream = strings.TrimPrefix(stream, "\ufeff")
	stream = strings.ReplaceAll(strings.ReplaceAll(stream, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(stream, "\n")
	var eventType, data, id string
	for _, line := range lines[:len(lines)-1] {
		if line == "" {
			r.id = id
			if data != "" {
				if eventType == "" {
					eventType = "message"
				}
				r.dispatched = append(r.dispatched, [2]string{eventType, strings.TrimSuffix(data, "\n")})
			}
			eventType, data = "", ""
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			eventType = value
		case "data":
			data += value + "\n"
		case "id":
			if !strings.Contains(value, "\x00") {
				id = value
			}
		case "retry":
			r.retry = value
		}
	}
	return r
}

// FuzzAppendText holds that whatever can be written is read back as it was, as
// exactly one block, wherever in a stream it stands.
func FuzzAppendText(f *testing.F) {
	f.Add("", "", []byte("x"), int64(0), "")
	f.Add("price", "7", []byte("a\r\nb\n\rc"), int64(1e9), "hello\nworld")
	f.Add(" ", "\x00", []byte("\n"), int64(-1), "\r")
	f.Add("a\nb", "id: 1", []byte("data: x\n\n"), int64(1), ":")
	f.Add("", "", []byte("\xff\xfe"), int64(math.MaxInt64), "\ufeff")
	f.Fuzz(func(t *testing.T, eventType, id string, data []byte, retry int64, comment string) {
		m := eventstream.Message{Type: eventType, ID: id, Data: data, Retry: time.Duration(retry), Comment: comment}
		const before, after = "data: before\n\n", "data: after\n\n"
		block, err := m.AppendText(nil)
		if err != nil {
			if m.Validate() == nil || len(block) > 0 {
				t.Fatalf("error %v, but Validate gives none or %q was written", err, block)
			}
			return
		}
		if !utf8.Valid(block) {
			t.Fatalf("wrote invalid UTF-8: %q", block)
		}
		got := read(before + string(block) + after)
		want := reading{id: id, dispatched: [][2]string{{"message", "before"}}}
		if data != nil {
			name := eventType
			if name == "" {
				name = "message"
			}
			text := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n")
			want.dispatched = append(want.dispatched, [2]string{name, text})
		}
		want.dispatched = append(want.dispatched, [2]string{"message", "after"})
		if retry > 0 {
			want.retry = strconv.FormatInt((retry-1)/1e6+1, 10)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("block %q\ngot  %q\nwant %q", block, got, want)
		}
	})
}

func ExampleMessage() {
	m := eventstream.Message{Type: "price", ID: "7", Data: []byte(`{"bid":1.5}`)}
	m.WriteTo(os.Stdout)
	// Output:
	// event: price
	// id: 7
	// data: {"bid":1.5}
}

func ExampleEventType() {
	type Quote struct{ Bid float64 }
	const Price eventstream.EventType[Quote] = "price"
	const Plain eventstream.EventType[Quote] = ""
	fmt.Println(Price.Name(), Plain.Name())
	// Output: price message
}
