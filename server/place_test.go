package server

import (
	"strings"
	"testing"
)

func TestLogNamesDiffer(t *testing.T) {
	if a, b := newLogName(), newLogName(); a == b || !validLogName(a) || !validLogName(b) {
		t.Errorf("got names %q and %q, want two", a, b)
	}
}

// FuzzLastEventID holds that any header leads to a place in the log, and that
// only an ID which the log has given counts as known.
func FuzzLastEventID(f *testing.F) {
	feed := newFeed((&Options{History: 4}).withDefaults(), newWindow("log", 1, 4, defaultHistoryBytes))
	defer feed.Close()
	fill(f, feed.window, 10)
	for _, seed := range []string{
		"", "log-0", "log-6", "log-9", "log-10", "log-11", "log-", "log", "-1", "log-+1", "log-01", "log--1",
		"log-1 ", "other-3", "log-18446744073709551614", "log-18446744073709551615", "log-18446744073709551616",
		"log-1\x00", "\xff", "log-1-1", "log-1\nid: 5", strings.Repeat("l", 33) + "-1",
	} {
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, id string, recent int) {
		feed.options.Recent = max(recent, 0)
		got, err := feed.start(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		log, number, ok := parseID(id)
		if ok && formatID(log, number) != id {
			t.Errorf("%q is taken for %q", id, formatID(log, number))
		}
		var want beginning
		switch {
		case id == "":
			want = beginning{cursor: 11 - min(uint64(feed.options.Recent), 4)}
		case !ok:
			want = beginning{7, "malformed"}
		case log != "log":
			want = beginning{7, "other-log"}
		case number > 10:
			want = beginning{11, "ahead"}
		default:
			want = beginning{cursor: number + 1}
		}
		if got != want {
			t.Errorf("start(%q, %d): got %+v, want %+v", id, recent, got, want)
		}
		numbers, _ := feed.window.all(got.cursor)
		if left := 11 - max(got.cursor, 7); uint64(len(numbers)) != left {
			t.Errorf("from %q: got %d messages, want %d, all that follow", id, len(numbers), left)
		}
	})
}
