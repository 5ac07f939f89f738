package eventsource

import (
	"fmt"
	"runtime"
	"testing"
	"weak"
)

// pieceOf returns a batch as the transports make them: size bytes of data in one
// buffer, by so many messages of the event types in turn.
func pieceOf(first uint64, count, size int, types ...string) *batch {
	b := &batch{first: first, origin: "test"}
	b.data = make([]byte, size)
	each := size / count
	for i := range count {
		b.types = append(b.types, types[i%len(types)])
		b.places = append(b.places, place{data: i * each, dataEnd: (i + 1) * each})
	}
	if len(types) == 1 {
		b.types = b.types[:1]
	}
	b.size = each * count
	return b
}

// alive returns how many of the batches still have their data, after a collection.
func alive(data []weak.Pointer[byte]) (n int) {
	runtime.GC()
	runtime.GC()
	for _, p := range data {
		if p.Value() != nil {
			n++
		}
	}
	return n
}

// TestDroppedBatchesAreReleased holds that a loop which stands still keeps no more of
// a stream than its queue has, whole batches and single messages, before its first
// message and behind one.
func TestDroppedBatchesAreReleased(t *testing.T) {
	const pieces, size = 200, 64 << 10
	for _, loop := range []string{"not begun", "in its first message"} {
		for _, types := range [][]string{{"n"}, {"n", "other"}} {
			t.Run(fmt.Sprintf("%s, %d types", loop, len(types)), func(t *testing.T) {
				s, _ := newFake(t.Context())
				sub := subscribe[string](t, s, "n", &SubscribeOptions{Codec: textOptions.Codec, Overflow: DropOldest, QueueLength: 16})
				var data []weak.Pointer[byte]
				next := uint64(0)
				deliver := func(count int) {
					for range count {
						b := pieceOf(next, 64, size, types...)
						next += 64
						data = append(data, weak.Make(&b.data[0]))
						s.deliver(b)
					}
				}
				if loop == "not begun" {
					deliver(pieces)
					if n := alive(data); n > 2 {
						t.Errorf("%d of %d pieces are alive, want those of 16 messages: 2 at the most", n, pieces)
					}
				}
				deliver(1)
				for _, err := range sub.Events() {
					if err != nil {
						t.Fatal(err)
					}
					deliver(pieces)
					// Besides the queue's: those of the messages that the loop has.
					if n := alive(data); n > 4 {
						t.Errorf("%d of %d pieces are alive, want 4 at the most", n, len(data))
					}
					break
				}
			})
		}
	}
}
