package codec_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/codec"
)

type smallEvent struct {
	Symbol string    `json:"symbol"`
	Bid    float64   `json:"bid"`
	Ask    float64   `json:"ask"`
	Volume int       `json:"volume"`
	Seq    int       `json:"seq"`
	Time   time.Time `json:"time"`
}

const smallData = `{"symbol":"EURUSD","bid":1.08412,"ask":1.08415,"volume":125000,"seq":4711,"time":"2026-01-02T15:04:05.123456Z"}`

type level struct {
	Price float64 `json:"price"`
	Size  float64 `json:"size"`
}

type largeEvent struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Venue struct {
		Code    string `json:"code"`
		Country string `json:"country"`
		Open    bool   `json:"open"`
	} `json:"venue"`
	Bids     []level            `json:"bids"`
	Asks     []level            `json:"asks"`
	Rates    map[string]float64 `json:"rates"`
	Tags     map[string]string  `json:"tags"`
	Flags    []string           `json:"flags"`
	Halted   bool               `json:"halted"`
	Sequence int64              `json:"sequence"`
	Time     time.Time          `json:"time"`
}

const largeData = `{"id":"book-7f3a9c21","name":"Euro against US dollar, spot","venue":{"code":"XLON","country":"GB","open":true},` +
	`"bids":[{"price":1.08412,"size":250000},{"price":1.08411,"size":500000},{"price":1.0841,"size":1250000},{"price":1.08409,"size":750000},{"price":1.08408,"size":2000000}],` +
	`"asks":[{"price":1.08415,"size":300000},{"price":1.08416,"size":450000},{"price":1.08417,"size":1000000},{"price":1.08418,"size":800000},{"price":1.0842,"size":1750000}],` +
	`"rates":{"EUR":1,"USD":1.08413,"GBP":0.8579,"CHF":0.9391,"JPY":169.84,"SEK":11.4127},` +
	`"tags":{"desk":"fx-spot","region":"emea","source":"aggregator","quality":"firm"},` +
	`"flags":["streaming","tradable","last-look"],"halted":false,"sequence":9007199254740,"time":"2026-01-02T15:04:05.123456789Z"}`

var codecs = []struct {
	name   string
	decode func([]byte, any) error
}{
	{"codec", codec.JSON.Decode},
	{"encodingjson", json.Unmarshal},
}

func benchmark[T any](b *testing.B, text string) {
	data := []byte(text)
	for _, c := range codecs {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				var v T
				if err := c.decode(data, &v); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSmall(b *testing.B) { benchmark[smallEvent](b, smallData) }
func BenchmarkLarge(b *testing.B) { benchmark[largeEvent](b, largeData) }

// TestAllocations holds what a message may allocate beyond the caller's value.
func TestAllocations(t *testing.T) {
	small, large := []byte(smallData), []byte(largeData)
	for _, test := range []struct {
		name   string
		want   float64
		decode func() error
	}{
		{"small", 0, func() error { smallTarget = smallEvent{}; return codec.JSON.Decode(small, &smallTarget) }},
		{"large", 9, func() error { largeTarget = largeEvent{}; return codec.JSON.Decode(large, &largeTarget) }},
	} {
		if got := testing.AllocsPerRun(100, func() {
			if err := test.decode(); err != nil {
				t.Fatal(err)
			}
		}); got > test.want {
			t.Errorf("%s: got %v allocations, want %v", test.name, got, test.want)
		}
	}
}

var (
	smallTarget smallEvent
	largeTarget largeEvent
)
