//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestSizes holds that the events are of the sizes that the figures are for.
func TestSizes(t *testing.T) {
	tests := []struct {
		name        string
		corpus      *corpus
		least, most int
	}{
		{small, newQuotes(1000), 105, 115},
		{large, newBooks(1000, levels), 950, 1100},
		{huge, newBooks(20, hugeLevels), 62 << 10, 66 << 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			total := 0
			for _, text := range test.corpus.texts {
				total += len(text)
			}
			mean := total / len(test.corpus.texts)
			if mean < test.least || mean > test.most {
				t.Errorf("got %d bytes on average, want %d to %d; such as %.200s", mean, test.least, test.most, test.corpus.texts[0])
			}
			if bytes.Equal(test.corpus.texts[0], test.corpus.texts[1]) {
				t.Error("events are equal")
			}
		})
	}
}

// TestStream reads streams back and compares types, number and checksums: the
// typed one of what was decoded, and the one of JavaScript of text.
func TestStream(t *testing.T) {
	tests := []struct {
		name         string
		corpus       *corpus
		count, types int
	}{
		{"less than the corpus", newQuotes(50), 20, 1},
		{"the corpus", newQuotes(50), 50, 1},
		{"more than the corpus", newQuotes(50), 170, 10},
		{"books", newBooks(10, levels), 25, 1},
		{"nothing", newQuotes(5), 0, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := test.corpus.stream(test.count, test.types)
			var out bytes.Buffer
			if n, err := s.WriteTo(&out); err != nil || n != s.size() || int64(out.Len()) != n {
				t.Fatalf("wrote %d of %d bytes, %v; %d came", n, s.size(), err, out.Len())
			}
			typed := make([]event.Sum, test.types)
			var asText event.Sum
			var parser eventstream.Parser
			n := 0
			err := parser.Parse(out.Bytes(), func(message eventstream.Received) {
				if want := event.Name(test.corpus.kind, test.types, n%len(test.corpus.texts)); message.Type != want {
					t.Fatalf("event %d: got type %q, want %q", n, message.Type, want)
				}
				i := n % len(test.corpus.texts) % test.types
				addTyped(t, &typed[i], test.corpus.kind, message.Data)
				addText(t, &asText, test.corpus.kind, message.Data)
				n++
			})
			if err != nil {
				t.Fatal(err)
			}
			if n != test.count {
				t.Errorf("got %d events, want %d", n, test.count)
			}
			if got, want := event.Total(typed), test.corpus.sum(test.count, test.types); got != want {
				t.Errorf("got the checksum %+v, want %+v", got, want)
			}
			if want := test.corpus.sumAsText(test.count); test.types == 1 && asText != want {
				t.Errorf("as text: got the checksum %+v, want %+v", asText, want)
			}
		})
	}
}

func addTyped(t *testing.T, sum *event.Sum, kind string, data []byte) {
	t.Helper()
	if kind == event.BookName {
		sum.AddBook(decodeJSON[event.Book](t, data))
		return
	}
	sum.AddQuote(decodeJSON[event.Quote](t, data))
}

// addText adds what JavaScript adds: a time as its text.
func addText(t *testing.T, sum *event.Sum, kind string, data []byte) {
	t.Helper()
	times := sum.Times
	addTyped(t, sum, kind, data)
	text := decodeJSON[struct {
		Time    string
		Session struct{ Opened string }
	}](t, data)
	for _, s := range []string{text.Time, text.Session.Opened} {
		if s != "" {
			times += int64(len(s)) + int64(s[0])
		}
	}
	sum.Times = times
}

func decodeJSON[T any](t *testing.T, data []byte) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(data, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// TestSumSeesEveryField changes one field at a time.
func TestSumSeesEveryField(t *testing.T) {
	var value map[string]any
	if err := json.Unmarshal(newBooks(2, levels).texts[1], &value); err != nil {
		t.Fatal(err)
	}
	sumOf := func() event.Sum {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		var sum event.Sum
		sum.AddBook(decodeJSON[event.Book](t, text))
		return sum
	}
	whole := sumOf()
	for name, old := range value {
		delete(value, name)
		if sumOf() == whole {
			t.Errorf("the checksum does not see %q", name)
		}
		value[name] = old
	}
}
