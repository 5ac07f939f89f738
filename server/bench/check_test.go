//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// block writes an event as a server does; an empty id is none.
func block(t *testing.T, id string, number int64) string {
	t.Helper()
	q := newQuotes(0)[number%quoteValues]
	q.Number, q.Sent = number, 1234567890123
	data, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	text := "event: quote\n"
	if id != "" {
		text = "id: " + id + "\n" + text
	}
	return text + "data: " + string(data) + "\n\n"
}

func TestCheck(t *testing.T) {
	quotes, err := newQuoteReader(0)
	if err != nil {
		t.Fatal(err)
	}
	// events writes events with the IDs that a feed gives.
	events := func(numbers ...int64) string {
		var text strings.Builder
		for _, n := range numbers {
			text.WriteString(block(t, fmt.Sprintf("log-%d", n+1), n))
		}
		return text.String()
	}
	tests := []struct {
		name, in string
		want     string // in the error, "" for none
	}{
		{"in order", events(0, 1, 2, 3), ""},
		{"several before it counts", block(t, "7", 0) + block(t, "8", 0) + block(t, "9", 1), ""},
		{"the place where the stream begins", "retry: 100\nid: log-0\n\n" + events(0, 1), ""},
		{"comments", events(0) + ": heartbeat\n\n" + events(1), ""},
		{"heartbeats", events(0) + ": heartbeat\nevent: runnel.heartbeat\ndata: {}\n\n" + events(1), ""},
		{"no ids", block(t, "", 0) + block(t, "", 1), ""},
		{"no space after the colon", strings.ReplaceAll(events(0, 1), ": ", ":"), ""},
		{"CRLF", strings.ReplaceAll(events(0, 1), "\n", "\r\n"), ""},
		{"a lost event", events(0, 1, 3), "event 3 comes after event 1"},
		{"a lost first event", events(0, 2), "event 2 comes after event 0"},
		{"a doubled event", events(0, 1, 1), "event 1 comes after event 1"},
		{"reordered events", events(0, 2, 1), "event 2 comes after event 0"},
		{"the beginning again", events(0, 1, 0), "event 0 comes after event 1"},
		{"none before it counts", events(1), "event 1 comes after event -1"},
		{"a gap", events(0, 1) + "event: gap\nid: log-9\ndata: {\"reason\":\"dropped\"}\n\n", "a gap after event 1"},
		{"a gap whose type comes last", events(0, 1) + "data: {\"reason\":\"dropped\"}\nid: other-9\nevent: gap\n\n", "a gap after event 1"},
		{"another event", events(0) + "event: price\ndata: 1\n\n", `an event of type "price" after event 0`},
		{"an event without type", events(0) + strings.ReplaceAll(events(1), "event: quote\n", ""), `an event of type "" after event 0`},
		{"a lost id", block(t, "1", 0) + block(t, "3", 1), "event 1 has the id of place 3, after place 1"},
		{"a doubled id", block(t, "1", 0) + block(t, "1", 1), "event 1 has the id of place 1, after place 1"},
		{"an id lost after the place where the stream begins", "id: log-1\n\n" + block(t, "log-3", 0), "place 3, after place 1"},
		{"an id of another log", block(t, "a-1", 0) + block(t, "b-2", 1), `does not begin with "a-"`},
		{"an id that is no number", block(t, "a", 0), "does not end in a number"},
		{"an event without id", block(t, "1", 0) + block(t, "", 1), "event 1 has no id"},
		{"a changed event", strings.Replace(events(0, 1), "symbol", "Symbol", 1), "not what was published"},
		{"a cut event", strings.Replace(events(0), "}\n", "\n", 1), "not what was published"},
		{"a gap without data", events(0) + "event: gap\n\n", "a gap after event 0"},
		{"two lines of data", strings.Replace(events(0), "data:", "data: 1\ndata:", 1), "two lines of data"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := checkAll(newCheck(quotes), test.in)
			switch {
			case test.want == "" && got != nil:
				t.Errorf("got %v, want no error", got)
			case test.want != "" && (got == nil || !strings.Contains(got.Error(), test.want)):
				t.Errorf("got %v, want %q in it", got, test.want)
			}
		})
	}
}

// checkAll returns the first error.
func checkAll(c *check, text string) error {
	for line := range strings.Lines(text) {
		if _, err := c.line([]byte(strings.TrimRight(line, "\r\n"))); err != nil {
			return err
		}
	}
	return nil
}

func TestCheckTellsNumberAndTime(t *testing.T) {
	quotes, err := newQuoteReader(0)
	if err != nil {
		t.Fatal(err)
	}
	c := newCheck(quotes)
	var numbers []int64
	for line := range strings.Lines(block(t, "1", 0) + block(t, "2", 1)) {
		event, err := c.line([]byte(strings.TrimRight(line, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		if event {
			numbers = append(numbers, c.last)
		}
	}
	if fmt.Sprint(numbers) != "[0 1]" || c.sent != 1234567890123 {
		t.Errorf("got %v, sent at %d", numbers, c.sent)
	}
}

// TestQuoteSize holds that an event has the size that the report speaks of.
func TestQuoteSize(t *testing.T) {
	sum := 0
	for _, q := range newQuotes(0) {
		q.Number, q.Sent = 1000, 30_000e9
		data, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		sum += len(data)
	}
	if mean := sum / quoteValues; mean < 95 || mean > 125 {
		t.Errorf("got %d bytes an event, want about 110", mean)
	}
}
