//go:build js && wasm

package eventsource_test

import (
	"fmt"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

// BenchmarkTransports is what a small event of a burst costs by each transport,
// with the browser's share, as it is and without IDs.
func BenchmarkTransports(b *testing.B) {
	const block = 40 // what a URL may hold
	for _, transport := range []eventsource.Transport{eventsource.Native, eventsource.Fetch} {
		for _, noIDs := range []bool{false, true} {
			b.Run(fmt.Sprintf("%v/NoIDs=%t", transport, noIDs), func(b *testing.B) {
				url := fmt.Sprint(stream(quotes(block)), "&repeat=", (b.N+block-1)/block)
				src, err := eventsource.Open(b.Context(), url, &eventsource.Options{Transport: transport, NoIDs: noIDs})
				if err != nil {
					b.Fatal(err)
				}
				loop(b, src, &eventsource.SubscribeOptions{QueueLength: b.N + block, QueueBytes: 1 << 30})
			})
		}
	}
}
