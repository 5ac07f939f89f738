// Package ledger keeps the books of a stream of numbered events: what a reader
// got, entry by entry, and whether that is what was published. It serves readers
// in a browser and outside.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Numbered is an event that has a number: 1, 2, 3 … as they are published.
const Numbered eventstream.EventType[Item] = "n"

// Over is the last event. Its data says how many numbered ones there were.
const Over eventstream.EventType[int] = "over"

// Item is the data of a numbered event.
type Item struct {
	N       int
	Padding string `json:",omitempty"` // makes it larger
}

// Entry is one of three: events that came, one number after the other; a gap that
// the server told of; or an error.
type Entry struct {
	First, Last int    `json:",omitempty"`        // the numbers
	IDs         uint64 `json:",string,omitempty"` // the sum of their IDs
	Gap         *Gap   `json:",omitempty"`
	Error       string `json:",omitempty"`
}

// Gap is what a server said is missing.
type Gap struct {
	eventstream.Gap
	ID string // the place that the stream went on from
}

// Book is what one reader got, in its order.
type Book struct {
	Entries []Entry
	ID      string // the reader's place: that of the last event or gap
}

// Event enters an event.
func (b *Book) Event(id string, number int) {
	b.ID = id
	if n := len(b.Entries); n > 0 && b.Entries[n-1].Last > 0 && b.Entries[n-1].Last+1 == number {
		b.Entries[n-1].Last = number
		b.Entries[n-1].IDs = add(b.Entries[n-1].IDs, id)
		return
	}
	b.Entries = append(b.Entries, Entry{First: number, Last: number, IDs: add(0, id)})
}

// add makes a sum that depends on each ID and on their order.
func add(sum uint64, id string) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", sum, id)
	return h.Sum64()
}

// Error enters what a loop over events was given in the place of one.
func (b *Book) Error(err error) {
	if gap, ok := errors.AsType[*eventsource.GapError](err); ok {
		b.ID = gap.ID
		b.Entries = append(b.Entries, Entry{Gap: &Gap{gap.Gap, gap.ID}})
		return
	}
	b.Entries = append(b.Entries, Entry{Error: err.Error()})
}

// Gaps is how many gaps there were.
func (b *Book) Gaps() (gaps int) {
	for i := range b.Entries {
		if b.Entries[i].Gap != nil {
			gaps++
		}
	}
	return gaps
}

// Follow enters what comes from src until the last event, or until ctx is done
// or src ends: then it returns why. Each number is told to seen first, which is
// not nil.
func (b *Book) Follow(ctx context.Context, src *eventsource.Source, options eventsource.SubscribeOptions, seen func(number int)) error {
	mux := eventsource.Mux{Options: options}
	over := false
	eventsource.Handle(&mux, Numbered, func(ev eventsource.Event[Item], err error) {
		if err != nil {
			b.Error(err)
			return
		}
		seen(ev.Data.N)
		b.Event(ev.ID, ev.Data.N)
	})
	eventsource.Handle(&mux, Over, func(_ eventsource.Event[int], err error) {
		if err == nil { // a gap has been entered above
			over = true
			src.Close()
		}
	})
	if err := mux.Run(ctx, src); err != nil || over {
		return err
	}
	return eventsource.ErrClosed
}

// Published is the IDs of the numbered events, as they were acknowledged: that of
// number 1 first.
type Published []string

// Valid reports what is wrong with the IDs by themselves: they are of one log,
// and rise.
func (p Published) Valid() error {
	var log string
	var last uint64
	for i, id := range p {
		name, digits, _ := strings.Cut(id, "-")
		number, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || i > 0 && name != log || number <= last {
			return fmt.Errorf("number %d was acknowledged as %q, and the one before it as %q", i+1, id, fmt.Sprint(log, "-", last))
		}
		log, last = name, number
	}
	return nil
}

// Check reports the first thing in which a book is not what was published: each
// event once and in order, by its number and by its ID, or a gap that names
// exactly those that are missing.
func (p Published) Check(b *Book) error {
	next := 1 // the number to come
	for i, entry := range b.Entries {
		var err error
		switch {
		case entry.Error != "":
			err = errors.New(entry.Error)
		case entry.Gap != nil:
			next, err = p.afterGap(next, entry.Gap)
		default:
			next, err = p.after(next, entry)
		}
		if err != nil {
			return fmt.Errorf("entry %d of %d: %w", i+1, len(b.Entries), err)
		}
	}
	if next != len(p)+1 {
		return fmt.Errorf("the last one to come was %d, and %d were published", next-1, len(p))
	}
	return nil
}

func (p Published) after(next int, entry Entry) (int, error) {
	if entry.First != next {
		return 0, fmt.Errorf("numbers %d to %d came where %d was to come", entry.First, entry.Last, next)
	}
	if entry.Last > len(p) {
		return 0, fmt.Errorf("number %d came, and %d were published", entry.Last, len(p))
	}
	var sum uint64
	for _, id := range p[entry.First-1 : entry.Last] {
		sum = add(sum, id)
	}
	if sum != entry.IDs {
		return 0, fmt.Errorf("numbers %d to %d came with other IDs than were acknowledged", entry.First, entry.Last)
	}
	return entry.Last + 1, nil
}

func (p Published) afterGap(next int, gap *Gap) (int, error) {
	said := fmt.Sprintf("a gap says %+v, and goes on after %q", gap.Gap, gap.ID)
	if gap.Reason != eventstream.GapDropped {
		return 0, errors.New(said)
	}
	if next > len(p) || gap.From != p[next-1] {
		return 0, fmt.Errorf("%s: number %d was to come", said, next)
	}
	for last := next; last <= len(p); last++ {
		if p[last-1] != gap.To {
			continue
		}
		if missed := last - next + 1; gap.Missed != uint64(missed) || gap.ID != gap.To {
			return 0, fmt.Errorf("%s: those are numbers %d to %d", said, next, last)
		}
		return last + 1, nil
	}
	return 0, fmt.Errorf("%s: no such ID was acknowledged after number %d", said, next)
}
