//go:build js && wasm

package jsbridge

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/hack-pad/safejs"
)

// ErrBodyClosed is what Read returns of a body that was closed.
var ErrBodyClosed = errors.New("jsbridge: the body is closed")

var (
	errConcurrentRead = errors.New("jsbridge: two goroutines read one body at once")
	errChunk          = errors.New("jsbridge: a chunk of the stream is no Uint8Array")
)

// Methods whose first argument is the object: see natives of calls by name.
var (
	subarrayOf = sync.OnceValues(func() (safejs.Value, error) { return method("Uint8Array", "subarray") })
	// transferOf fails in browsers without it: Chromium has it since version 114.
	transferOf = sync.OnceValues(func() (safejs.Value, error) { return method("ArrayBuffer", "transfer") })
)

// body reads a ReadableStream. The Body of a [Response] has its contract.
type body struct {
	ctx    context.Context
	reader safejs.Value
	owned  bool        // nobody else has the chunks
	abort  func()      // ends the request that the stream belongs to
	stop   func() bool // ends the watch over ctx

	// Only the Read that is under way uses these, or whoever ends the body when
	// there is none.
	settlers *settlers // made by the first Read, for all
	turning  bool      // the channel of turns is open since then
	settled  chan outcome
	chunk    safejs.Value // the last one, while something of it is left
	at, size int          // where that begins, and how long the chunk is

	mu      sync.Mutex
	reading bool  // a Read is under way: it is the one to release settlers and chunk
	err     error // why it is over
}

// newBody locks a stream and watches over ctx. Owned says that the browser has made the
// stream, so that its chunks are for nobody else.
//
// It asks for chunks of the stream's own making and not for a reader that fills
// a given buffer (Streams standard, 4.5, "byob"). In Chromium such a reader
// takes 0.7 to 0.9 of the time for 10 MB of events that come at once, some 50 ns
// less for each of them; for events that come one by one it takes 1.0 to 1.6
// times as long, some 10 µs more for each (BenchmarkReaders). And it would never
// see the end of a stream whose maker has not thought of such readers. To change from
// the one to the other and back, as large chunks and small ones come, made no
// difference to be seen in the bench.
func newBody(ctx context.Context, stream safejs.Value, owned bool, abort func()) (*body, error) {
	reader, err := stream.Call("getReader")
	if err != nil {
		return nil, fromThrown(err)
	}
	b := &body{ctx: ctx, reader: reader, owned: owned, abort: abort, settled: make(chan outcome, 1)}
	b.mu.Lock() // until stop is there, where ctx has ended already
	defer b.mu.Unlock()
	b.stop = context.AfterFunc(ctx, func() { b.end(context.Cause(ctx)) })
	return b, nil
}

func (b *body) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		b.end(context.Cause(b.ctx)) // the watch's goroutine may come later
	}
	if err := b.begin(); err != nil {
		return 0, err
	}
	n, err := 0, error(nil)
	for n == 0 && err == nil && len(p) > 0 { // a chunk may be empty
		if b.at == b.size {
			err = b.receive()
		}
		if err == nil {
			n, err = b.copy(p)
		}
	}
	return b.finish(n, err)
}

// Close cancels the stream and aborts the request. It returns nil.
func (b *body) Close() error {
	b.end(ErrBodyClosed)
	return nil
}

// begin begins a Read.
func (b *body) begin() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.reading:
		return errConcurrentRead
	case b.err != nil:
		return b.err
	}
	b.reading = true
	return nil
}

// finish ends a Read. Where the body is over by now, whoever
// ended it has left the callbacks to this Read, since a promise could have
// called them.
func (b *body) finish(n int, err error) (int, error) {
	if err != nil {
		b.end(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading = false
	if b.err != nil {
		b.release()
		return 0, b.err
	}
	return n, nil
}

// receive waits for the next chunk.
func (b *body) receive() error {
	result, err := b.await()
	if err != nil {
		return err
	}
	chunk, err := result.Get("value")
	if err != nil {
		return fromThrown(err)
	}
	length := 0
	if chunk.Type() == safejs.TypeObject {
		length, _ = chunk.Length() // of another kind it is no number
	}
	if length == 0 && isDone(result) {
		return io.EOF
	}
	if length < 0 {
		return errChunk // something else with a length
	}
	b.chunk, b.at, b.size = chunk, 0, length
	return nil
}

// await calls the reader's read and waits until its promise is settled, which
// cancelling does at once (Streams standard, 4.2.4: cancelling closes the
// stream first, and that settles what is pending).
func (b *body) await() (safejs.Value, error) {
	if b.settlers == nil {
		settlers, err := newSettlers(func(o outcome) {
			turns.resume()
			b.settled <- o
		})
		if err != nil {
			return safejs.Value{}, err
		}
		b.settlers = settlers
		// Who reads a stream to its end needs many a turn beside it: to open and
		// close the channel for each takes some 0.1 ms. Where there is none to be
		// had, NextTurn says so.
		b.turning = turns.acquire() == nil
	}
	promise, err := b.reader.Call("read")
	if err != nil {
		return promise, fromThrown(err)
	}
	if err := b.settlers.attach(promise); err != nil {
		return promise, err
	}
	result := <-b.settled
	return result.value, result.err
}

func isDone(result safejs.Value) bool {
	value, err := result.Get("done")
	if err != nil {
		return true
	}
	done, err := value.Bool()
	return done || err != nil
}

// copy copies what is left of the chunk, or as much of it as p takes. In a burst
// Chromium hands over chunks of more than a megabyte: they cross piece by piece, so
// that Go needs no memory for the whole.
func (b *body) copy(p []byte) (int, error) {
	part, length := b.chunk, min(len(p), b.size-b.at)
	if length < b.size {
		subarray, err := subarrayOf()
		if err != nil {
			return 0, err
		}
		if part, err = invoke(subarray, boxed(b.chunk), b.at, b.at+length); err != nil {
			return 0, errChunk // something else with a length
		}
	}
	n, err := safejs.CopyBytesToGo(p[:length], part)
	if err != nil || n < length {
		return 0, errChunk // it fails for nothing else
	}
	if b.at += n; b.at == b.size {
		b.letGo()
	}
	return n, nil
}

// letGo lets go of the chunk. Go's references to it, and to the parts of it, go with a
// garbage collection, and not even with that where one shares its 16 bytes with
// something small that lives on, such as a string of an event's: that is how Go
// allocates them (runtime.SetFinalizer). So the memory goes now.
func (b *body) letGo() {
	chunk := b.chunk
	b.chunk, b.at, b.size = safejs.Value{}, 0, 0
	if !b.owned || chunk.IsUndefined() {
		return
	}
	transfer, err := transferOf()
	if err != nil {
		return
	}
	if buffer, err := chunk.Get("buffer"); err == nil {
		_, _ = invoke(transfer, boxed(buffer), 0) // into another of no length
	}
}

// end ends the body, unless it is over already. A stream that has not come to
// its end by itself is cancelled, and its request aborted.
//
// No lock is held where the reader is called: a stream may be made by a script,
// which is called in turn and may call back.
func (b *body) end(err error) {
	reading, first := b.over(err)
	if !first {
		return
	}
	b.stop()
	if err != io.EOF {
		b.cancel()
	}
	_, _ = b.reader.Call("releaseLock")
	if !reading {
		b.release()
	}
}

// cancel cancels the stream and aborts the request: not every browser ends a
// body for the abort alone. The stream comes first, since the abort would fail
// it, and then it could not be cancelled any more.
func (b *body) cancel() {
	if promise, err := b.reader.Call("cancel"); err == nil {
		disregard(promise) // it is rejected where the stream has failed
	}
	b.abort()
}

// over notes why the body is over, unless it was over before. The cause of the
// context comes before other reasons, which may be its consequences.
func (b *body) over(err error) (reading, first bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return b.reading, false
	}
	if cause := context.Cause(b.ctx); cause != nil {
		err = cause
	}
	b.err = err
	return b.reading, true
}

func (b *body) release() {
	b.letGo()
	if b.settlers != nil {
		b.settlers.release()
	}
	if b.turning {
		b.turning = false
		turns.release()
	}
}
