package server

import (
	"strconv"
	"strings"
	"testing"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// fill appends n messages of one byte of data each.
func fill(t testing.TB, h *history, n int) (ids []string) {
	t.Helper()
	for range n {
		encoded, size, err := encode(&eventstream.Message{Data: []byte("x")})
		if err != nil {
			t.Fatal(err)
		}
		id, err := h.append(encoded, size)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestHistoryIsBoundedByNumber(t *testing.T) {
	h := newHistory(4, defaultHistoryBytes)
	fill(t, h, 11)
	if published, held, _ := h.held(); published != 11 || held != 4 {
		t.Errorf("got %d published, %d held, want 11, 4", published, held)
	}
	into := make([]*sse.Message, 10)
	n, missed, _ := h.read(1, into)
	if n != 4 || missed != 7 {
		t.Fatalf("got %d messages, %d missed, want 4, 7", n, missed)
	}
	for i, m := range into[:n] {
		if got, want := m.ID.String(), h.id(uint64(8+i)); got != want {
			t.Errorf("message %d: got %q, want %q", i, got, want)
		}
	}
}

func TestHistoryIsBoundedByBytes(t *testing.T) {
	h := newHistory(1000, 0)
	h.name = "log"
	fill(t, h, 1)
	_, _, one := h.held() // held though it is larger than the bound
	if want := int64(len("id: log-1\ndata: x\n\n")); one != want {
		t.Fatalf("got a size of %d, want %d", one, want)
	}
	h.maxBytes = 3 * one
	fill(t, h, 7)
	if _, held, bytes := h.held(); held != 3 || bytes != 3*one {
		t.Errorf("got %d held, %d bytes, want 3, %d", held, bytes, 3*one)
	}
	encoded, size, err := encode(&eventstream.Message{Data: []byte(strings.Repeat("x", 1000))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.append(encoded, size); err != nil {
		t.Fatal(err)
	}
	if _, held, _ := h.held(); held != 1 {
		t.Errorf("after a large message: got %d held, want that one", held)
	}
	kept := 0
	for _, slot := range h.ring {
		if slot.message != nil {
			kept++
		}
	}
	if kept != 1 {
		t.Errorf("got %d messages still in memory, want 1", kept)
	}
}

func TestHistoryWakesEachReaderOnce(t *testing.T) {
	h := newHistory(4, defaultHistoryBytes)
	into := make([]*sse.Message, 4)
	_, _, first := h.read(1, into)
	_, _, second := h.read(1, into)
	fill(t, h, 1)
	<-first
	<-second
	n, _, again := h.read(1, into)
	if n != 1 {
		t.Fatalf("got %d messages, want 1", n)
	}
	<-again // there may be more
	_, _, later := h.read(2, into)
	select {
	case <-later:
		t.Error("woken without a message")
	default:
	}
}

func TestHistoryNamesDiffer(t *testing.T) {
	if a, b := newHistory(1, 1), newHistory(1, 1); a.name == b.name || a.name == "" {
		t.Errorf("got names %q and %q, want two", a.name, b.name)
	}
}

// FuzzLastEventID holds that any header leads to a place in the log, and that
// only an ID which the log has given counts as known.
func FuzzLastEventID(f *testing.F) {
	h := newHistory(4, defaultHistoryBytes)
	h.name = "log"
	fill(f, h, 10)
	for _, seed := range []string{
		"", "log-0", "log-6", "log-9", "log-10", "log-11", "log-", "log", "-1", "log-+1", "log-01", "log--1",
		"log-1 ", "other-3", "log-18446744073709551615", "log-18446744073709551616", "log-1\x00", "\xff", "log-1-1",
	} {
		f.Add(seed, 2)
	}
	f.Fuzz(func(t *testing.T, id string, recent int) {
		recent = max(recent, 0)
		cursor, known := h.start(id, recent)
		digits, ours := strings.CutPrefix(id, "log-")
		number, err := strconv.ParseUint(digits, 10, 64)
		given := ours && err == nil && number <= 10 && "log-"+strconv.FormatUint(number, 10) == id
		var want uint64
		switch {
		case id == "":
			want = 11 - min(uint64(recent), 4)
		case given:
			want = number + 1
		default:
			want = 7
		}
		if cursor != want || known != (given || id == "") {
			t.Errorf("start(%q, %d): got %d, %v, want %d, %v", id, recent, cursor, known, want, given || id == "")
		}
		n, missed, _ := h.read(cursor, make([]*sse.Message, 20))
		if after := cursor + missed + uint64(n); after != 11 {
			t.Errorf("from %q: got to %d, want 11, all that follows", id, after)
		}
	})
}
