package server

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// readBoth reads one message as the session writes it and as package
// eventstream does.
func readBoth(t *testing.T, m eventstream.Message) (ours, theirs block) {
	t.Helper()
	written, err := encode(&m)
	if err != nil {
		t.Fatalf("encode %+v: %v", m, err)
	}
	text, err := m.AppendText(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) == 0 && len(written) == 0 {
		return ours, theirs
	}
	return readOnly(t, append(written, '\n')), readOnly(t, text)
}

// readOnly reads the single block that text must be.
func readOnly(t *testing.T, text []byte) block {
	t.Helper()
	r := newBlockReader(bytes.NewReader(text))
	b, err := r.next()
	if err != nil {
		t.Fatalf("read %q: %v", text, err)
	}
	if rest, _ := r.lines.ReadString(0); rest != "" {
		t.Errorf("%q goes on after the block with %q", text, rest)
	}
	return b
}

func TestEncodeWritesWhatEventstreamWrites(t *testing.T) {
	for _, data := range []string{
		"", " ", "a", "a\n", "a\r", "a\r\n", "\n", "\r", "\r\n", "\n\n", "\r\r", "\n\r", "a\nb", "a\r\nb\r\n",
		"a\n\nb", ": no comment", " two spaces", "data: x\n\nevent: y", "日本\n語", "\x00",
	} {
		m := eventstream.Message{Type: "t", Data: []byte(data), Comment: "c\n" + data, Retry: time.Microsecond}
		if ours, theirs := readBoth(t, m); ours != theirs {
			t.Errorf("data %q: got %+v, want %+v", data, ours, theirs)
		}
	}
	for _, m := range []eventstream.Message{
		{}, {Type: "t"}, {Comment: "c"}, {Retry: time.Hour}, {Retry: time.Millisecond + 1}, {Type: " spaced name "},
	} {
		if ours, theirs := readBoth(t, m); ours != theirs {
			t.Errorf("%+v: got %+v, want %+v", m, ours, theirs)
		}
	}
	if got := wholeMilliseconds(math.MaxInt64); got <= 0 {
		t.Errorf("the longest retry: got %v, want it positive", got)
	}
}

func FuzzEncode(f *testing.F) {
	f.Add("type", []byte("data\r\r\n"), "comment", int64(1))
	f.Add("", []byte(nil), "", int64(0))
	f.Fuzz(func(t *testing.T, typ string, data []byte, comment string, retry int64) {
		retry = min(retry, int64(24*time.Hour))
		m := eventstream.Message{Type: typ, Data: data, Comment: comment, Retry: time.Duration(retry)}
		if m.Validate() != nil {
			if _, err := encode(&m); err == nil {
				t.Fatalf("encode %+v: got no error, want one", m)
			}
			return
		}
		ours, theirs := readBoth(t, m)
		// The comment's lines are joined by the reader of these tests.
		if ours != theirs || strings.ContainsAny(ours.data, "\r") {
			t.Errorf("%+v: got %+v, want %+v", m, ours, theirs)
		}
	})
}
