//go:build js && wasm

package jsbridge

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hack-pad/safejs"
)

// oneEvent is an event of 110 bytes, as streams of prices are made of.
var oneEvent = "data: " + strings.Repeat("x", 102) + "\n\n"

// manyEvents is how many of them are 10 MB.
const manyEvents = 10_000_000 / 110

// BenchmarkReaders compares the two kinds of reader in turns, so that what else
// the machine does falls on both: over 10 MB of events that come as fast as
// they can, and over single ones, of which each comes when it is asked for.
// It reports the median time of a read by either, in milliseconds for the whole
// stream, and the ratio of the two.
func BenchmarkReaders(b *testing.B) {
	for _, source := range []struct {
		name string
		open func(testing.TB) safejs.Value
	}{
		{"10MB", func(t testing.TB) safejs.Value {
			return bodyStream(t, answering("200", oneEvent, repeated(manyEvents)))
		}},
		{"single", func(t testing.TB) safejs.Value { return pulledStream(t, 2000) }},
	} {
		b.Run(source.name, func(b *testing.B) {
			chunks, views := reading{how: openBody}, reading{how: openViewed}
			for i := 0; b.Loop(); i++ {
				ways := []*reading{&chunks, &views}
				if i%2 == 1 {
					slices.Reverse(ways)
				}
				for _, way := range ways {
					way.run(b, source.open(b))
				}
			}
			chunks.report(b, "chunks")
			views.report(b, "views")
			b.ReportMetric(views.median()/chunks.median(), "views/chunks")
		})
	}
}

// reading is what it took to read streams in one way.
type reading struct {
	how    func(testing.TB, safejs.Value) io.Reader
	took   []float64
	reads  int
	allocs uint64
}

func (r *reading) run(b *testing.B, stream safejs.Value) {
	from := r.how(b, stream)
	p := make([]byte, viewSize)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	var err error
	for err == nil {
		_, err = from.Read(p)
		r.reads++
	}
	r.took = append(r.took, time.Since(start).Seconds()*1000)
	runtime.ReadMemStats(&after)
	r.allocs += after.Mallocs - before.Mallocs
	if !errors.Is(err, io.EOF) {
		b.Fatal(err)
	}
}

func (r *reading) median() float64 {
	slices.Sort(r.took)
	return r.took[len(r.took)/2]
}

func (r *reading) report(b *testing.B, name string) {
	b.ReportMetric(r.median(), name+"-ms")
	b.ReportMetric(float64(r.allocs)/float64(r.reads), name+"-allocs/Read")
}

func openBody(t testing.TB, stream safejs.Value) io.Reader {
	b, err := newBody(t.Context(), stream, false, func() {})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// viewed reads a stream by a reader that fills a given buffer. The memory moves
// to the chunk with each read, and from there to the view for the next one; a
// chunk that has filled it is such a view as it is.
type viewed struct {
	reader   safejs.Value
	view     []any
	settlers *settlers
	settled  chan outcome
}

const viewSize = 64 << 10

func openViewed(t testing.TB, stream safejs.Value) io.Reader {
	v := &viewed{settled: make(chan outcome, 1)}
	view, err := construct("Uint8Array", viewSize)
	if err != nil {
		t.Fatal(err)
	}
	v.view = []any{boxed(view)}
	if v.reader, err = stream.Call("getReader", map[string]any{"mode": "byob"}); err != nil {
		t.Fatal(err)
	}
	if v.settlers, err = newSettlers(func(o outcome) { v.settled <- o }); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *viewed) Read(p []byte) (int, error) {
	promise, err := v.reader.Call("read", v.view...)
	if err != nil {
		return 0, err
	}
	if err := v.settlers.attach(promise); err != nil {
		return 0, err
	}
	result := <-v.settled
	if result.err != nil {
		return 0, result.err
	}
	chunk, err := result.value.Get("value")
	if err != nil {
		return 0, err
	}
	n, err := safejs.CopyBytesToGo(p, chunk)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		v.settlers.release()
		return 0, io.EOF
	}
	return n, v.reuse(chunk, n)
}

func (v *viewed) reuse(chunk safejs.Value, n int) error {
	view := chunk
	if n < viewSize {
		memory, err := chunk.Get("buffer")
		if err != nil {
			return err
		}
		if view, err = construct("Uint8Array", memory); err != nil {
			return err
		}
	}
	v.view[0] = boxed(view)
	return nil
}

func repeated(n int) string { return fmt.Sprintf("&repeat=%d", n) }

// bodyStream returns the stream of a response.
func bodyStream(t testing.TB, url string) safejs.Value {
	t.Helper()
	promise, err := safejs.Global().Call("fetch", url)
	if err != nil {
		t.Fatal(err)
	}
	settled, err := settle(promise)
	if err != nil {
		t.Fatal(err)
	}
	response := <-settled
	if response.err != nil {
		t.Fatal(response.err)
	}
	stream, err := response.value.Get("body")
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// pulledStream returns a stream of bytes that makes an event when one is asked
// for, count times.
func pulledStream(t testing.TB, count int) safejs.Value {
	t.Helper()
	event := bytesOf(t, oneEvent)
	var pull *callback
	pull, err := newCallback(func(args []safejs.Value) {
		controller := args[0]
		if count--; count >= 0 {
			fresh, _ := event.Call("slice")
			_, _ = controller.Call("enqueue", fresh)
			return
		}
		_, _ = controller.Call("close")
		if request, _ := controller.Get("byobRequest"); !request.IsNull() {
			_, _ = request.Call("respond", 0)
		}
		pull.release()
	})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := construct("ReadableStream",
		map[string]any{"type": "bytes", "pull": pull.fn}, map[string]any{"highWaterMark": 0})
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func bytesOf(t testing.TB, s string) safejs.Value {
	t.Helper()
	array, err := uint8Array([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return array
}
