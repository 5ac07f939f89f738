//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// quoteType is the type of the events.
const quoteType = "quote"

// quote is an event: about 110 bytes of JSON.
type quote struct {
	Number int64   `json:"n"`    // 1, 2, 3 …; 0 before it counts
	Sent   int64   `json:"sent"` // when it was published, by the clock of all processes
	Symbol string  `json:"symbol"`
	Bid    float64 `json:"bid"`
	Ask    float64 `json:"ask"`
	Volume int64   `json:"volume"`
	Pad    string  `json:"pad,omitempty"`
}

// quoteValues is how many quotes differ in more than number and time.
const quoteValues = 500

// newQuotes returns quotes without number and time, with so many bytes more than
// they need. They are the same in each process.
func newQuotes(pad int) []quote {
	random := rand.New(rand.NewPCG(1, 2))
	quotes := make([]quote, quoteValues)
	for i := range quotes {
		price := 100 + 50*random.Float64()
		quotes[i] = quote{
			Symbol: fmt.Sprintf("RNL%03d", random.IntN(500)),
			Bid:    math.Round(price*1e4) / 1e4,
			Ask:    math.Round(price*1e4+100*random.Float64()) / 1e4,
			Volume: random.Int64N(1_000_000),
			Pad:    strings.Repeat("x", pad),
		}
	}
	return quotes
}

// quoteReader reads quotes and knows what must be in them.
type quoteReader struct{ rests [][]byte }

func newQuoteReader(pad int) (*quoteReader, error) {
	r := &quoteReader{rests: make([][]byte, quoteValues)}
	for i, q := range newQuotes(pad) {
		text, err := json.Marshal(q)
		if err != nil {
			return nil, err
		}
		r.rests[i] = bytes.TrimPrefix(text, []byte(`{"n":0,"sent":0`))
	}
	return r, nil
}

var errQuote = errors.New("the data is not what was published")

// read returns number and time of a quote, and an error if any byte is not what
// was published.
func (r *quoteReader) read(data []byte) (number, sent int64, err error) {
	rest, ok := bytes.CutPrefix(data, []byte(`{"n":`))
	number, rest, digits := leadingNumber(rest)
	if !ok || !digits {
		return 0, 0, errQuote
	}
	rest, ok = bytes.CutPrefix(rest, []byte(`,"sent":`))
	sent, rest, digits = leadingNumber(rest)
	if !ok || !digits || !bytes.Equal(rest, r.rests[number%quoteValues]) {
		return 0, 0, errQuote
	}
	return number, sent, nil
}

// leadingNumber reads the digits that text begins with, eighteen at most.
func leadingNumber(text []byte) (number int64, rest []byte, ok bool) {
	i := 0
	for i < len(text) && i < 18 && '0' <= text[i] && text[i] <= '9' {
		number = 10*number + int64(text[i]-'0')
		i++
	}
	return number, text[i:], i > 0
}
