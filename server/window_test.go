package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// fill publishes n records whose block is a line of one byte of data.
func fill(t testing.TB, w *window, n int) {
	t.Helper()
	for range n {
		if _, err := w.publish([]Record{{Block: []byte("data: x\n")}}); err != nil {
			t.Fatal(err)
		}
	}
}

// all reads what the window has from cursor on.
func (w *window) all(cursor uint64) (numbers []uint64, text string) {
	for {
		s, _ := w.read(cursor, new(reader))
		if s.empty() {
			w.waiting = nil
		}
		if s.empty() {
			return numbers, text
		}
		for _, m := range s.marks {
			numbers = append(numbers, m.number)
		}
		text += string(s.text())
		cursor = s.last() + 1
	}
}

func TestWindowIsBoundedByNumber(t *testing.T) {
	w := newWindow("log", 1, 4, defaultHistoryBytes)
	fill(t, w, 11)
	if seen, held, _ := w.held(); seen != 11 || held != 4 {
		t.Errorf("got %d seen, %d held, want 11, 4", seen, held)
	}
	numbers, text := w.all(1)
	if !slices.Equal(numbers, []uint64{8, 9, 10, 11}) {
		t.Errorf("got %v, want 8 to 11", numbers)
	}
	if want := "id: log-8\ndata: x\n\nid: log-9\ndata: x\n\nid: log-10\ndata: x\n\nid: log-11\ndata: x\n\n"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

func TestWindowIsBoundedByBytes(t *testing.T) {
	w := newWindow("log", 1, 1000, 0)
	fill(t, w, 1)
	_, _, one := w.held() // held though it is larger than the bound
	if want := int64(len("id: log-1\ndata: x\n\n")); one != want {
		t.Fatalf("got a size of %d, want %d", one, want)
	}
	w.maxBytes = 3 * one
	fill(t, w, 7)
	if _, held, bytes := w.held(); held != 3 || bytes != 3*one {
		t.Errorf("got %d held, %d bytes, want 3, %d", held, bytes, 3*one)
	}
	if _, err := w.publish([]Record{{Block: []byte(strings.Repeat("x", 1000))}}); err != nil {
		t.Fatal(err)
	}
	if _, held, _ := w.held(); held != 1 {
		t.Errorf("after a large message: got %d held, want that one", held)
	}
}

// What is dropped is not kept in memory either: beside what is held there is at
// most the rest of one segment at each end.
func TestWindowLetsGoOfWhatItDrops(t *testing.T) {
	w := newWindow("log", 1, 50, defaultHistoryBytes)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		block := []byte("data: " + strings.Repeat("x", random.IntN(3000)) + "\n")
		if _, err := w.publish([]Record{{Block: block}}); err != nil {
			t.Fatal(err)
		}
		kept := 0
		for _, s := range w.segments {
			kept += cap(s.bytes)
		}
		if _, _, held := w.held(); int64(kept) > held+2*largeSegment+4096 {
			t.Fatalf("got %d bytes in memory for %d held", kept, held)
		}
	}
}

func TestWindowWakesEachReaderOnce(t *testing.T) {
	w := newWindow("log", 1, 4, defaultHistoryBytes)
	woken := 0
	readers := make([]reader, 5)
	for i := range readers {
		readers[i].wake = func() { woken++ }
		w.read(1, &readers[i])
		w.read(1, &readers[i]) // waits already
	}
	w.forget(&readers[1])
	w.forget(&readers[1])
	w.forget(&readers[4])
	fill(t, w, 1)
	if woken != 3 {
		t.Errorf("got %d woken, want 3", woken)
	}
	fill(t, w, 1) // nobody waits
	if s, _ := w.read(1, &readers[0]); woken != 3 || len(s.marks) != 2 {
		t.Errorf("got %d woken, %d messages, want 3, 2", woken, len(s.marks))
	}
	w.read(3, &readers[2])
	fill(t, w, 1)
	if woken != 4 {
		t.Errorf("got %d woken, want 4", woken)
	}
}

// A log may have holes: what it drops out of its middle, or while nobody reads.
func TestWindowWithHoles(t *testing.T) {
	w := newWindow("log", 5, 3, defaultHistoryBytes)
	for _, number := range []uint64{5, 6, 6, 4, 9, 10, 30} { // what came already does nothing
		w.take(Record{Number: number, Block: []byte("data: x\n")})
	}
	for cursor, want := range map[uint64][]uint64{
		1: {9, 10, 30}, 7: {9, 10, 30}, 8: {9, 10, 30}, 9: {9, 10, 30}, 10: {10, 30}, 11: {30}, 29: {30}, 30: {30}, 31: nil, 99: nil,
	} {
		if got, _ := w.all(cursor); !slices.Equal(got, want) {
			t.Errorf("from %d: got %v, want %v", cursor, got, want)
		}
	}
	if oldest, next := w.bounds(); oldest != 7 || next != 31 {
		t.Errorf("got %d to below %d, want 7 to below 31", oldest, next)
	}
}

func TestWindowRecent(t *testing.T) {
	w := newWindow("log", 1, 1000, defaultHistoryBytes)
	if got := w.recent(3); got != 1 {
		t.Errorf("empty: got %d, want 1", got)
	}
	fill(t, w, 900) // several segments
	for _, count := range []int{0, 1, 2, 250, 899, 900, 5000} {
		numbers, _ := w.all(w.recent(count))
		if len(numbers) != min(count, 900) {
			t.Errorf("recent(%d): got %d messages", count, len(numbers))
		}
	}
}

// A message ID holds for as long as its message does.
func TestMessageIDs(t *testing.T) {
	w := newWindow("log", 1, 3, defaultHistoryBytes)
	publish := func(ids ...string) string {
		var records []Record
		for _, id := range ids {
			records = append(records, Record{MessageID: id, Block: []byte("data: x\n")})
		}
		numbers, err := w.publish(records)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(numbers)
	}
	for _, step := range []struct {
		ids  []string
		want string
	}{
		{[]string{"a", "b", "a"}, "[1 2 1]"},
		{[]string{"b", "", "c"}, "[2 3 4]"}, // drops a
		{[]string{"a", "b"}, "[5 6]"},       // drops b before it is looked up
		{[]string{"d", "b"}, "[7 6]"},
	} {
		if got := publish(step.ids...); got != step.want {
			t.Errorf("%q: got %s, want %s", step.ids, got, step.want)
		}
	}
	if len(w.numbers) > 3 || len(w.identified) > 3 {
		t.Errorf("got %d and %d message IDs remembered, want at most the 3 held", len(w.numbers), len(w.identified))
	}
}

func TestKindsAreBounded(t *testing.T) {
	k := make(kinds)
	for i := range 3 * maxKinds {
		k.of(&Record{Type: fmt.Sprint(i)})
	}
	if len(k) > maxKinds {
		t.Errorf("got %d, want at most %d", len(k), maxKinds)
	}
	if a, b := k.of(&Record{Type: "a"}), k.of(&Record{Type: "a"}); a != b {
		t.Error("got two for the same")
	}
}
