package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

var published = Published{"a-1", "a-2", "a-3", "a-4", "a-5", "a-6"}

func gap(from, to string, missed uint64) *eventsource.GapError {
	return &eventsource.GapError{Gap: eventstream.Gap{From: from, To: to, Missed: missed, Reason: eventstream.GapDropped}, ID: to}
}

// keep makes a book of numbers, which have their own IDs, and of whatever stands
// in their places.
func keep(entries ...any) *Book {
	var b Book
	for _, entry := range entries {
		switch entry := entry.(type) {
		case int:
			b.Event(fmt.Sprint("a-", entry), entry)
		case error:
			b.Error(entry)
		}
	}
	return &b
}

func TestGoodBooks(t *testing.T) {
	for _, book := range []*Book{
		keep(1, 2, 3, 4, 5, 6),
		keep(1, 2, gap("a-3", "a-5", 3), 6),
		keep(gap("a-1", "a-1", 1), gap("a-2", "a-2", 1), 3, 4, 5, gap("a-6", "a-6", 1)),
	} {
		if err := published.Check(book); err != nil {
			t.Errorf("%+v: %v", book.Entries, err)
		}
	}
}

// TestBadBooks holds that nothing that can go wrong passes.
func TestBadBooks(t *testing.T) {
	elsewhere := gap("a-3", "a-5", 3)
	elsewhere.ID = "a-4"
	otherLog := gap("a-3", "a-5", 3)
	otherLog.Reason = eventstream.GapOtherLog
	var wrongID, twoIDs Book
	for n := range 6 {
		id := fmt.Sprint("a-", n+1)
		twoIDs.Event(id, n+1)
		if n == 3 {
			id = "a-3"
		}
		wrongID.Event(id, n+1)
	}
	twoIDs.Entries[0].IDs++
	for what, book := range map[string]*Book{
		"nothing":           keep(),
		"the end is lost":   keep(1, 2, 3, 4, 5),
		"the first is lost": keep(2, 3, 4, 5, 6),
		"one is lost":       keep(1, 2, 4, 5, 6),
		"one is doubled":    keep(1, 2, 3, 3, 4, 5, 6),
		"some are doubled":  keep(1, 2, 3, 2, 3, 4, 5, 6),
		"another order":     keep(1, 3, 2, 4, 5, 6),
		"one too many":      keep(1, 2, 3, 4, 5, 6, 7),
		"another ID":        &wrongID,
		"another sum":       &twoIDs,
		"an error":          keep(1, 2, 3, errors.New("no number"), 4, 5, 6),
		"too small a gap":   keep(1, 2, gap("a-3", "a-4", 2), 6),
		"too large a gap":   keep(1, 2, gap("a-3", "a-5", 3), 5, 6),
		"an early gap":      keep(1, 2, gap("a-2", "a-5", 4), 6),
		"a late gap":        keep(1, 2, gap("a-4", "a-5", 2), 6),
		"another count":     keep(1, 2, gap("a-3", "a-5", 2), 6),
		"another log's gap": keep(1, 2, gap("a-3", "b-5", 3), 6),
		"another place":     keep(1, 2, elsewhere, 6),
		"another reason":    keep(1, 2, otherLog, 6),
		"a gap at the end":  keep(1, 2, 3, 4, 5, 6, gap("a-7", "a-8", 2)),
	} {
		if published.Check(book) == nil {
			t.Errorf("%s: nothing is found wrong with %+v", what, book.Entries)
		}
	}
	if err := published.Check(keep(1, 2, 4)); !strings.Contains(err.Error(), "4 to 4 came where 3") {
		t.Errorf("got %v", err)
	}
}

func TestIDs(t *testing.T) {
	if err := published.Valid(); err != nil {
		t.Error(err)
	}
	for _, wrong := range []Published{
		{"a-1", "a-1"}, {"a-2", "a-1"}, {"a-1", "b-2"}, {"a-1", "a-x"}, {"a-1", ""}, {"a-0"}, {"a"},
	} {
		if wrong.Valid() == nil {
			t.Errorf("nothing is found wrong with %q", wrong)
		}
	}
}
