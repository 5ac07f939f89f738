package eventsource_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

type quote struct {
	Symbol string    `json:"symbol"`
	Bid    float64   `json:"bid"`
	Ask    float64   `json:"ask"`
	Last   float64   `json:"last"`
	Volume int64     `json:"volume"`
	Time   time.Time `json:"time"`
}

// quotes is a stream of so many small events, or a block of it.
func quotes(count int) string {
	var text strings.Builder
	for i := range count {
		fmt.Fprintf(&text, "event: quote\nid: %d\ndata: {\"symbol\":\"S%d\",\"bid\":1.%05d,\"ask\":1.%05d,\"last\":1.08413,"+
			"\"volume\":%d,\"time\":\"2026-01-02T15:04:%02d.%03dZ\"}\n\n", 1000000+i, i%40, i*7, i*7+3, 125000+i*37, i%60, i)
	}
	return text.String()
}

// BenchmarkReader is what parser, queue, codec and loop cost together, for a small
// event of a stream that is in memory.
func BenchmarkReader(b *testing.B) {
	stream := strings.NewReader(strings.Repeat(quotes(1000), (b.N+999)/1000))
	b.ResetTimer()
	src, err := eventsource.FromReader(b.Context(), stream)
	if err != nil {
		b.Fatal(err)
	}
	loop(b, src, &eventsource.SubscribeOptions{Overflow: eventsource.Block})
}

// loop ranges over b.N small events.
func loop(b *testing.B, src *eventsource.Source, options *eventsource.SubscribeOptions) {
	defer src.Close()
	quotes, err := eventsource.Subscribe[quote](src, "quote", options)
	if err != nil {
		b.Fatal(err)
	}
	count, sum := 0, 0.0
	for ev, err := range quotes.Events() {
		if err != nil {
			b.Fatal(err)
		}
		sum += ev.Data.Bid
		if count++; count == b.N {
			break
		}
	}
	if count != b.N || sum < float64(b.N) {
		b.Errorf("got %d events of %v", count, sum)
	}
}
