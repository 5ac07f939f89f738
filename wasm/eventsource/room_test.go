package eventsource

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"weak"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// large returns a text of so many bytes that begins with a name.
func large(name string, size int) string { return name + strings.Repeat(".", size-len(name)) }

// TestQueueBytes holds what each policy does where the messages that wait take all
// the bytes that they may, whether they come as a batch or one by one, and that one
// that is larger than that alone comes.
func TestQueueBytes(t *testing.T) {
	for _, test := range []struct {
		name    string
		opts    SubscribeOptions
		sizes   []int
		want    string
		dropped uint64
	}{
		{"End", SubscribeOptions{}, []int{40, 40, 40}, "a b error: " + ErrOverflow.Error(), 0},
		{"End, just full", SubscribeOptions{}, []int{40, 39, 18}, "a b c", 0},
		{"End, larger", SubscribeOptions{}, []int{200}, "a", 0},
		{"End, larger behind another", SubscribeOptions{}, []int{10, 200}, "a error: " + ErrOverflow.Error(), 0},
		{"DropOldest", SubscribeOptions{Overflow: DropOldest}, []int{40, 40, 40, 10}, "b c d", 1},
		{"DropOldest, larger", SubscribeOptions{Overflow: DropOldest}, []int{40, 40, 200}, "c", 2},
		{"DropOldest, behind a larger one", SubscribeOptions{Overflow: DropOldest}, []int{200, 40}, "b", 1},
		{"KeepLatest", SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string { return m.ID }}, []int{40, 40, 40}, "b c", 1},
		{"KeepLatest, larger", SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string { return m.ID }}, []int{40, 40, 200}, "c", 2},
	} {
		for _, together := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, together %t", test.name, together), func(t *testing.T) {
				s, f := newFake(t.Context())
				opts := test.opts
				opts.Codec, opts.QueueBytes = textOptions.Codec, 100
				sub := subscribe[string](t, s, "n", &opts)
				var triples []string
				for i, size := range test.sizes {
					triples = append(triples, "n", string(rune('a'+i)), large("", size))
					if !together {
						f.send(triples...)
						triples = nil
					}
				}
				if together {
					f.send(triples...)
				}
				s.failed(nil)
				var got []string
				for ev, err := range sub.Events() {
					if err != nil {
						got = append(got, "error: "+err.Error())
					} else {
						got = append(got, ev.ID)
					}
				}
				expect(t, "events", strings.Join(got, " "), test.want)
				expect(t, "dropped", s.Stats().Dropped, test.dropped)
			})
		}
	}
}

// TestBlockByBytes holds that a stream is not read on while the messages that wait
// take the bytes that they may, but for what had been read with them, and that all of
// it comes.
func TestBlockByBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count, size = 100, 10_000
		var text strings.Builder
		for n := range count {
			fmt.Fprintf(&text, "id: %d\ndata: %s\n\n", n, large("", size))
		}
		s := fromReader(t, strings.NewReader(text.String()))
		sub := subscribe[string](t, s, "", &SubscribeOptions{Codec: textOptions.Codec, Overflow: Block, QueueBytes: 3 * size})
		synctest.Wait()
		if most := uint64(3*size + readSize); s.Stats().Bytes > most {
			t.Errorf("%d bytes were read for a loop that has not begun, want %d at the most", s.Stats().Bytes, most)
		}
		got := 0
		for ev, err := range sub.Events() {
			if err != nil {
				break
			}
			expect(t, "ID", ev.ID, fmt.Sprint(got))
			got++
		}
		expect(t, "events", got, count)
	})
}

// TestBlockReadsNoFurther holds what Overflow Block says of what had been read
// already: that it is 64 KiB of the stream and no more.
func TestBlockReadsNoFurther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var read int
		stream := reading(func(p []byte) (int, error) {
			for i := range p {
				p[i] = "data:1\n\n"[(read+i)%8]
			}
			read += len(p)
			return len(p), nil
		})
		s := fromReader(t, stream)
		defer s.Close()
		subscribe[int](t, s, "", &SubscribeOptions{Overflow: Block, QueueLength: 1})
		synctest.Wait()
		expect(t, "bytes read", read, 64<<10)
	})
}

// TestDefaultBounds holds that a loop which stands still holds, by default, a burst
// of 50,000 small messages and no more than 16 MiB of larger ones.
func TestDefaultBounds(t *testing.T) {
	s, f := newFake(t.Context())
	small, big := subscribe[int](t, s, "small", nil), subscribe[string](t, s, "big", textOptions)
	for n := range 50 {
		f.numbers("small", n*1000, (n+1)*1000)
	}
	for range 3000 {
		f.send("big", "", large("", 10_000))
	}
	s.failed(io.EOF)
	got := tellAll(small)
	expect(t, "small ones", len(got), 50_001)
	expect(t, "the last", got[50_000], "error: EOF")
	got = tellAll(big)
	expect(t, "larger ones", len(got)-1, DefaultQueueBytes/10_000)
	expect(t, "the last", got[len(got)-1], "error: "+ErrOverflow.Error())
}

// TestGapsAreBounded holds that gaps take no more bytes than messages may, so that
// none is dropped and the memory has an end.
func TestGapsAreBounded(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", &SubscribeOptions{QueueBytes: 10_000, Overflow: DropOldest})
	for range 100 {
		f.send("gap", "", `{"reason":"dropped","from":"`+large("", 1000)+`"}`)
	}
	got := 0
	var last error
	for _, last = range sub.Events() {
		got++
	}
	if last != ErrOverflow || got > 11 {
		t.Errorf("%d gaps came, and then %v; want 10 at the most, and then %v", got-1, last, ErrOverflow)
	}
}

// TestFewOfManyHoldLittle holds that messages which wait do not keep the pieces of
// the stream that they came in, where those are mostly of other types.
func TestFewOfManyHoldLittle(t *testing.T) {
	const pieces, count, size = 400, 64, 64 << 10
	s, _ := newFake(t.Context())
	few := subscribe[string](t, s, "few", textOptions)
	var data []weak.Pointer[byte]
	types := make([]string, count)
	for i := range types {
		types[i] = "many"
	}
	types[7] = "few"
	for n := range pieces {
		b := pieceOf(uint64(n*count), count, size, types...)
		copy(b.data[b.places[7].data:], fmt.Sprintf("piece %d ", n))
		data = append(data, weak.Make(&b.data[0]))
		s.deliver(b)
	}
	if n, most := alive(data), 2*(lookPinned+count*size)/size; n > most {
		t.Errorf("%d of %d pieces are alive for a message of each, want %d at the most", n, pieces, most)
	}
	s.failed(io.EOF)
	n := 0
	for ev, err := range few.Events() {
		if err != nil {
			break
		}
		if !strings.HasPrefix(ev.Data, fmt.Sprintf("piece %d ", n)) || len(ev.Data) != size/count || ev.Type != "few" {
			t.Fatalf("got %q of the type %q, want that of piece %d", ev.Data, ev.Type, n)
		}
		n++
	}
	expect(t, "messages", n, pieces)
}
