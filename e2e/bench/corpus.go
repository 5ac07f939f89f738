//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/runnel-go/runnel/e2e/bench/event"
)

// corpus is events of a kind, as values and as JSON. A stream longer than it
// begins it anew.
type corpus struct {
	kind  string
	texts [][]byte
	add   func(sum *event.Sum, i int)
	times []string // of each event, all times as text
}

// levels gives an event about 1 KB.
const levels = 8

// newQuotes returns n small events. The same n gives the same events.
func newQuotes(n int) *corpus {
	random := rand.New(rand.NewPCG(1, 2))
	quotes := make([]event.Quote, n)
	for i := range quotes {
		price := 100 + 50*random.Float64()
		quotes[i] = event.Quote{
			Symbol: symbol(random),
			Bid:    decimals(price, 4),
			Ask:    decimals(price+0.01*random.Float64(), 4),
			Last:   decimals(price, 2),
			Volume: random.Int64N(1_000_000),
			Time:   instant(i),
		}
	}
	return newCorpus(event.QuoteName, quotes, (*event.Sum).AddQuote,
		func(q event.Quote) []time.Time { return []time.Time{q.Time} })
}

// newBooks returns n large events with so many levels on each side.
func newBooks(n, levels int) *corpus {
	random := rand.New(rand.NewPCG(3, 4))
	side := func(price, step float64) []event.Level {
		side := make([]event.Level, levels)
		for i := range side {
			side[i] = event.Level{
				Price:  decimals(price+step*float64(i), 2),
				Size:   100 * (1 + random.Int64N(99)),
				Orders: 1 + random.Int32N(20),
			}
		}
		return side
	}
	books := make([]event.Book, n)
	for i := range books {
		price := 100 + 50*random.Float64()
		books[i] = event.Book{
			Symbol:  symbol(random),
			Seq:     int64(i),
			Time:    instant(i),
			Session: event.Session{Name: "continuous", Open: i%7 != 0, Opened: instant(0)},
			Tags:    []string{"equity", "primary", "tier " + strconv.Itoa(i%3)},
			Bids:    side(price, -0.01),
			Asks:    side(price+0.01, 0.01),
			Volumes: map[string]int64{"auction": random.Int64N(100_000), "lit": random.Int64N(1_000_000), "dark": random.Int64N(100_000)},
			Labels:  map[string]string{"currency": "EUR", "country": "DE", "venue": "XETR"},
		}
	}
	return newCorpus(event.BookName, books, (*event.Sum).AddBook,
		func(b event.Book) []time.Time { return []time.Time{b.Time, b.Session.Opened} })
}

func newCorpus[T any](kind string, values []T, add func(*event.Sum, T), times func(T) []time.Time) *corpus {
	c := &corpus{
		kind:  kind,
		texts: make([][]byte, len(values)),
		times: make([]string, len(values)),
		add:   func(sum *event.Sum, i int) { add(sum, values[i]) },
	}
	for i, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			panic(fmt.Sprintf("bench: encoding an event: %v", err)) // none of its fields can fail
		}
		c.texts[i] = text
		for _, t := range times(value) {
			c.times[i] += t.Format(time.RFC3339Nano) + "\n"
		}
	}
	return c
}

func symbol(random *rand.Rand) string { return fmt.Sprintf("RNL%03d", random.IntN(500)) }

// instant is the time of the i-th event, in milliseconds as a server's are.
func instant(i int) time.Time {
	return time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC).Add(time.Duration(i) * 7 * time.Millisecond)
}

// decimals rounds f to so many decimals, to the float that is written with them.
func decimals(f float64, places int) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', places, 64), 64)
	if err != nil {
		panic(err) // what FormatFloat writes, ParseFloat reads
	}
	return rounded
}

// sum returns the checksum of the first count events of a stream of so many
// event types, as Go has them.
func (c *corpus) sum(count, types int) event.Sum {
	sums := make([]event.Sum, types)
	for i := range count {
		i %= len(c.texts)
		c.add(&sums[i%types], i)
	}
	return event.Total(sums)
}

// sumAsText is sum for JavaScript, where a time stays text, and for one event
// type.
func (c *corpus) sumAsText(count int) event.Sum {
	sum := c.sum(count, 1)
	sum.Times = 0
	for i := range count {
		first := true
		for _, char := range []byte(c.times[i%len(c.times)]) {
			switch {
			case char == '\n':
				first = true
				continue
			case first:
				sum.Times += int64(char)
				first = false
			}
			sum.Times++
		}
	}
	return sum
}

// stream is the first count events in the format of an event stream, with an ID
// each, dealt out to so many event types.
func (c *corpus) stream(count, types int) *stream {
	s := &stream{count: count, ends: make([]int, 0, min(count, len(c.texts)))}
	for i := range min(count, len(c.texts)) {
		s.block = append(s.block, "event: "...)
		s.block = append(s.block, event.Name(c.kind, types, i)...)
		s.block = append(s.block, "\nid: "...)
		s.block = strconv.AppendInt(s.block, int64(i+1), 10)
		s.block = append(s.block, "\ndata: "...)
		s.block = append(s.block, c.texts[i]...)
		s.block = append(s.block, "\n\n"...)
		s.ends = append(s.ends, len(s.block))
	}
	return s
}

// stream is a burst in memory: a block that is written as often as it takes.
type stream struct {
	count int
	block []byte
	ends  []int // of the block's events
}

// size returns how many bytes the stream has.
func (s *stream) size() int64 {
	if s.count == 0 {
		return 0
	}
	whole, rest := s.count/len(s.ends), s.count%len(s.ends)
	size := int64(whole) * int64(len(s.block))
	if rest > 0 {
		size += int64(s.ends[rest-1])
	}
	return size
}

// piece is how much is written at once: enough for the writer to be no part of
// the time.
const piece = 1 << 20

// WriteTo writes the stream.
func (s *stream) WriteTo(w io.Writer) (written int64, err error) {
	for left := s.size(); left > 0; {
		block := s.block[:min(left, int64(len(s.block)))]
		for len(block) > 0 {
			n, err := w.Write(block[:min(piece, len(block))])
			written += int64(n)
			if err != nil {
				return written, err
			}
			block, left = block[n:], left-int64(n)
		}
	}
	return written, nil
}
