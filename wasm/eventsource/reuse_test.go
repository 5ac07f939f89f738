package eventsource

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/wasm/codec"
)

// In all tests, so that whatever is kept too long shows; benchmarks would tell what
// that takes.
func init() {
	overwrite = !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.bench") })
}

// TestBatchesAreUsedAgain holds that a stream of many pieces is read in a few
// batches, if nobody can have kept a part of one, and that else each piece has its
// own.
func TestBatchesAreUsedAgain(t *testing.T) {
	const pieces = 50
	var text strings.Builder
	for i := 0; text.Len() < pieces*readSize; i++ {
		fmt.Fprintf(&text, "id: %d\ndata: \"%d\"\n\n", i, i)
	}
	var kept [][]byte
	keeping := codec.Func(func(data []byte, v any) error {
		kept = append(kept, data) // which it must not
		return codec.JSON.Decode(data, v)
	})
	for _, test := range []struct {
		name string
		opts SubscribeOptions
		mux  codec.Codec // of another handler
		want bool        // that they are used again
	}{
		{"JSON", SubscribeOptions{}, nil, true},
		{"Text", SubscribeOptions{Codec: codec.Text}, nil, true},
		{"a codec of one's own", SubscribeOptions{Codec: keeping}, nil, false},
		{"Mux", SubscribeOptions{}, codec.Bytes, true},
		{"Mux with a codec of one's own", SubscribeOptions{}, keeping, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.opts.Overflow, test.opts.QueueLength = Block, 1000
			s := fromReader(t, strings.NewReader(text.String()))
			kept = nil
			batches, count := map[*byte]bool{}, 0
			look := func(ev Event[string], in *inbox) {
				if strings.Trim(ev.Data, `"`) != ev.ID || ev.ID != fmt.Sprint(count) {
					t.Fatalf("got %q with the ID %s, want %d", ev.Data, ev.ID, count)
				}
				count++
				for i := range in.taken {
					if m := &in.taken[i]; m.batch != nil && len(m.data) > 0 {
						batches[&m.batch.data[0]] = true
					}
				}
			}
			if test.mux == nil {
				sub := subscribe[string](t, s, "", &test.opts)
				for ev, err := range sub.Events() {
					if err != nil {
						break // the end
					}
					look(ev, sub.inbox)
				}
			} else {
				mux := Mux{Options: test.opts}
				Handle(&mux, "", func(ev Event[string], err error) { count++ })
				HandleCodec(&mux, "other", test.mux, func(Event[[]byte], error) {})
				if err := mux.Run(t.Context(), s); err != nil && err != io.EOF && !strings.Contains(err.Error(), "EOF") {
					t.Fatal(err)
				}
			}
			if free := len(s.reuse.free) > 0; free != test.want {
				t.Errorf("there are %d batches to be used again after %d messages, want some: %t", len(s.reuse.free), count, test.want)
			}
			if n := len(batches); n > 0 && n <= pieces/4 != test.want {
				t.Errorf("%d pieces came in %d batches; want a few: %t", pieces, n, test.want)
			}
			for i, data := range kept {
				if want := fmt.Sprintf("%q", fmt.Sprint(i)); string(data) != want {
					t.Fatalf("what was kept of message %d became %q", i, data)
				}
			}
		})
	}
}

// TestReuse holds which batches are kept, and that nothing of them is left.
func TestReuse(t *testing.T) {
	var r reuse
	for _, size := range []int{1, minReuse - 1, maxReuse + 1} {
		r.put(&batch{data: make([]byte, size)})
	}
	if len(r.free) > 0 {
		t.Errorf("batches of such sizes are kept: %d", len(r.free))
	}
	if b := r.last(); cap(b.data) > 0 {
		t.Errorf("room for %d bytes before there is anything to be put there", cap(b.data))
	}
	const kept = maxReuse / (2 * minReuse)
	for range 2 * kept {
		b := &batch{first: 7, types: []string{"a"}, gap: &GapError{}, origin: "origin"}
		mustSet(b.setFields(append(make([]byte, 0, 2*minReuse), bytes.Repeat([]byte{separator}, 2*minReuse-1)...), minReuse, true))
		r.put(b)
	}
	if len(r.free) != kept {
		t.Errorf("%d batches are kept, want %d", len(r.free), kept)
	}
	b := r.take(minReuse)
	if len(b.data) > 0 || len(b.places) > 0 || b.gap != nil || b.first != 0 || b.size != 0 || b.ids != "" || b.types != nil {
		t.Errorf("an empty batch has %+v", b)
	}
	if b := r.take(2 * minReuse); cap(b.data) < 2*minReuse {
		t.Errorf("room for %d bytes, want %d", cap(b.data), 2*minReuse)
	}
	if slices.Contains(r.free, b) {
		t.Error("a batch that is in use is there to be used")
	}
}
