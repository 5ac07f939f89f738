package event

import "strconv"

// Sum is a checksum over every field of the events that were decoded. It costs
// a few additions each, so that it does not stand for much of the time. Floats
// are added up in the order of the fields, apart from all else, so that two sums
// over the same events are equal to the last bit; maps hold no floats, as they
// have no order.
type Sum struct {
	Count  int     `json:"count"`
	Ints   int64   `json:"ints,string"`  // numbers that are whole, lengths of strings and their first bytes
	Floats float64 `json:"floats"`       // numbers that are not
	Times  int64   `json:"times,string"` // milliseconds; in JavaScript, where a time stays text, as of a string
}

// AddQuote adds a small event.
func (s *Sum) AddQuote(q Quote) {
	s.Count++
	s.text(q.Symbol)
	s.Floats += q.Bid
	s.Floats += q.Ask
	s.Floats += q.Last
	s.Ints += q.Volume
	s.Times += q.Time.UnixMilli()
}

// AddBook adds a large event.
func (s *Sum) AddBook(b Book) {
	s.Count++
	s.text(b.Symbol)
	s.Ints += b.Seq
	s.Times += b.Time.UnixMilli()
	s.text(b.Session.Name)
	if b.Session.Open {
		s.Ints++
	}
	s.Times += b.Session.Opened.UnixMilli()
	for _, tag := range b.Tags {
		s.text(tag)
	}
	s.levels(b.Bids)
	s.levels(b.Asks)
	for name, volume := range b.Volumes {
		s.text(name)
		s.Ints += volume
	}
	for name, label := range b.Labels {
		s.text(name)
		s.text(label)
	}
}

func (s *Sum) levels(levels []Level) {
	for i := range levels {
		s.Floats += levels[i].Price
		s.Ints += levels[i].Size + int64(levels[i].Orders)
	}
}

func (s *Sum) text(text string) {
	s.Ints += int64(len(text))
	if text != "" {
		s.Ints += int64(text[0])
	}
}

// Total adds sums up. Events of several types have a sum for each, for between
// types there is no order in which floats could be added.
func Total(sums []Sum) Sum {
	var total Sum
	for _, s := range sums {
		total.Count += s.Count
		total.Ints += s.Ints
		total.Floats += s.Floats
		total.Times += s.Times
	}
	return total
}

// Name returns the name of the i-th of so many event types of a kind.
func Name(kind string, types, i int) string {
	if types <= 1 {
		return kind
	}
	return kind + strconv.Itoa(i%types)
}
