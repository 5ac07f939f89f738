//go:build !js

package e2e

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// scriptedBody is a response body that arrives as a test says.
type scriptedBody struct {
	pieces []piece
	end    error
	start  time.Time
}

func (b *scriptedBody) Read(p []byte) (int, error) {
	if len(b.pieces) == 0 {
		return 0, b.end
	}
	next := b.pieces[0]
	b.pieces = b.pieces[1:]
	time.Sleep(time.Until(b.start.Add(next.at)))
	return copy(p, next.data), nil
}

func (*scriptedBody) Close() error { return nil }

// TestRecordResponse holds what the file of a recording looks like, and that it
// is read as what was recorded.
func TestRecordResponse(t *testing.T) {
	pieces := []piece{
		{0, []byte("retry: 500\n\n")},
		{1200 * time.Millisecond, []byte("data: caf\xc3")},
		{1201 * time.Millisecond, []byte("\xa9 <☃>\u2028\r")},
		{1201*time.Millisecond + 900*time.Microsecond, []byte("\n\r\n\x00\xff")},
	}
	const lines = `{"status":503,"header":{"Content-Type":["text/event-stream"],"X-Own":["a","b"]}}
{"ms":0,"text":"retry: 500\n\n"}
{"ms":1200,"base64":"ZGF0YTogY2Fmww=="}
{"ms":1201,"base64":"qSA84piDPuKAqA0="}
{"ms":1201,"base64":"Cg0KAP8="}
`
	for _, test := range []struct {
		name string
		end  error
		want string
	}{
		{"clean", io.EOF, `{"ms":1201,"end":"clean"}` + "\n"},
		{"cut", io.ErrUnexpectedEOF, `{"ms":1201,"end":"cut"}` + "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "recording.jsonl")
			synctest.Test(t, func(t *testing.T) {
				err := RecordResponse(&http.Response{
					StatusCode: 503,
					Header: http.Header{
						"Content-Type": {"text/event-stream"}, "X-Own": {"a", "b"},
						"Date": {"today"}, "Set-Cookie": {"secret=1"}, "Transfer-Encoding": {"chunked"},
					},
					Body: &scriptedBody{pieces, test.end, time.Now()},
				}, file)
				if err != nil {
					t.Fatal(err)
				}
			})
			got, err := os.ReadFile(file)
			if want := lines + test.want; err != nil || string(got) != want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
			}
			recording, err := loadRecording(file)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range pieces {
				if got := recording.pieces[i]; !bytes.Equal(got.data, want.data) || got.at != want.at.Truncate(time.Millisecond) {
					t.Errorf("piece %d: got %q at %v, want %q at %v", i, got.data, got.at, want.data, want.at)
				}
			}
			if recording.end != test.name {
				t.Errorf("got the end %q, want %q", recording.end, test.name)
			}
		})
	}
}

func TestRecordNowhere(t *testing.T) {
	site := Serve(t, App{})
	site.Stream("/events").RefuseAll(Response{Status: 404})
	if err := Record(t.Context(), site.URL("/events"), filepath.Join(t.TempDir(), "no", "such")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a file that cannot be", err)
	}
	site.Down()
	file := filepath.Join(t.TempDir(), "recording.jsonl")
	if err := Record(t.Context(), site.URL("/events"), file); err == nil || !strings.Contains(err.Error(), site.URL("/events")) {
		t.Errorf("got %v, want an error that names the URL", err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want no file of a stream that never was", err)
	}
}

const goodAnswer = `{"status":200,"header":{}}` + "\n"

func TestHostileRecordings(t *testing.T) {
	tests := []struct{ name, content, want string }{
		{"nothing", "", "file:1: no answer"},
		{"an empty line", "\n", "file:1: an empty line"},
		{"no JSON", "event: x\n", "file:1: invalid character"},
		{"not an object", "[]", "file:1: json: cannot unmarshal array"},
		{"half an object", `{"status":2`, "file:1: unexpected EOF"},
		{"binary", "\x00\xff\xfe", "file:1: invalid character"},
		{"no status", "{}", "file:1: status 0: it must be from 200 to 599"},
		{"a status that is none", `{"status":101}`, "file:1: status 101"},
		{"a huge status", `{"status":1e99}`, "file:1: json: cannot unmarshal number"},
		{"a length", `{"status":200,"header":{"content-length":["1"]}}`, "file:1: header content-length: it is the connection's own"},
		{"another field", `{"status":200,"speed":1}`, `file:1: json: unknown field "speed"`},
		{"two in a line", strings.TrimSpace(goodAnswer) + "{}", "file:1: more than one value in a line"},
		{"nothing arrived", goodAnswer + "{}", "file:2: it must have one of text, base64 and end"},
		{"both", goodAnswer + `{"ms":1,"text":"a","base64":"YQ=="}`, "file:2: it must have one of"},
		{"no base64", goodAnswer + `{"ms":1,"base64":"!"}`, "file:2: illegal base64 data"},
		{"before the beginning", goodAnswer + `{"ms":-1,"text":"a"}`, "file:2: -1 ms: it must be from 0 to 86400000"},
		{"for ever", goodAnswer + `{"ms":9223372036854775807,"text":"a"}`, "file:2: 9223372036854775807 ms: it must be from"},
		{"backwards", goodAnswer + `{"ms":5,"text":"a"}` + "\n" + `{"ms":4,"text":"b"}`, "file:3: 4 ms is before the line above"},
		{"another end", goodAnswer + `{"ms":5,"end":"sad"}`, `file:2: end "sad": it must be "clean" or "cut"`},
		{"after the end", goodAnswer + `{"ms":5,"end":"cut"}` + "\n" + `{"ms":6,"text":"b"}`, "file:3: a line after the end"},
		{"a body where none can be", `{"status":204}` + "\n" + `{"ms":5,"text":"a"}`, "file:2: an answer with status 204 has no body"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readRecording("file", []byte(test.content))
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// FuzzRecording holds that a file is either refused with its name and line or
// read as something that is written and read the same again.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(goodAnswer + `{"ms":1,"text":"a\r\n"}` + "\n" + `{"ms":2,"base64":"w6k="}` + "\n" + `{"ms":3,"end":"cut"}`))
	f.Add([]byte(`{"status":204}` + "\n" + `{"ms":5,"end":"clean"}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		first, err := readRecording("file", content)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "file:") {
				t.Errorf("got %v, want an error that names the file", err)
			}
			return
		}
		second, err := readRecording("file", fileOf(t, first))
		if err != nil {
			t.Fatal(err)
		}
		if len(first.pieces) != len(second.pieces) || first.end != second.end || first.endsAt != second.endsAt {
			t.Fatalf("got %+v, want %+v", second, first)
		}
		for i, want := range first.pieces {
			if got := second.pieces[i]; got.at != want.at || !bytes.Equal(got.data, want.data) {
				t.Errorf("piece %d: got %+v, want %+v", i, got, want)
			}
		}
	})
}

// fileOf is the file of a recording.
func fileOf(t *testing.T, r *recording) []byte {
	var out bytes.Buffer
	lines := []any{r.answer}
	for _, piece := range r.pieces {
		lines = append(lines, newPieceLine(piece.at, piece.data))
	}
	if r.end != "" {
		lines = append(lines, pieceLine{Milliseconds: r.endsAt.Milliseconds(), End: r.end})
	}
	for _, line := range lines {
		if err := marshalLine(&out, line); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}
