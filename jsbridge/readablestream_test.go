//go:build js && wasm

package jsbridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/hack-pad/safejs"
)

// scripted returns a stream that start fills, with what else its source has.
func scripted(t testing.TB, source map[string]any, start func(controller safejs.Value)) safejs.Value {
	t.Helper()
	cb, err := newCallback(func(args []safejs.Value) { start(args[0]) })
	if err != nil {
		t.Fatal(err)
	}
	defer cb.release()
	if source == nil {
		source = make(map[string]any)
	}
	source["start"] = cb.fn
	stream, err := construct("ReadableStream", source)
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

func call(t testing.TB, object safejs.Value, method string, args ...any) safejs.Value {
	t.Helper()
	result, err := object.Call(method, args...)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// readable returns the reader of a stream that a global property holds.
func readable(t *testing.T, value safejs.Value) io.ReadCloser {
	t.Helper()
	if err := safejs.Global().Set("testStreams", map[string]any{"one": value}); err != nil {
		t.Fatal(err)
	}
	stream, err := ReadableStreamAt("testStreams.one")
	if err != nil {
		t.Fatal(err)
	}
	reader, err := FromReadableStream(stream)
	if err != nil {
		t.Fatal(err)
	}
	return reader
}

// TestChunksAreLetGo holds that the memory of a chunk which the browser has made goes
// once it has been read, or will not be, and that others' chunks stay as they are.
func TestChunksAreLetGo(t *testing.T) {
	for _, test := range []struct {
		name  string
		owned bool
		read  int
		want  int
	}{
		{"read", true, 8, 0},
		{"read in part", true, 7, 8},
		{"another's", false, 8, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			expectNothingLeft(t)
			chunk := bytesOf(t, "abcdefgh")
			stream := scripted(t, nil, func(controller safejs.Value) { call(t, controller, "enqueue", chunk) })
			b, err := newBody(t.Context(), stream, test.owned, func() {})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(b, make([]byte, test.read)); err != nil {
				t.Error(err)
			}
			if length, err := chunk.Length(); length != test.want || err != nil {
				t.Errorf("the chunk has %d bytes, %v, want %d", length, err, test.want)
			}
			b.Close()
			if length, err := chunk.Length(); test.owned != (length == 0) || err != nil {
				t.Errorf("once it is closed the chunk has %d bytes, %v", length, err)
			}
		})
	}
}

// TestChunksOfAScript holds that a body is the browser's unless a script has put its
// own answer in the place of one.
func TestChunksOfAScript(t *testing.T) {
	fetched := func(t *testing.T) *body {
		t.Helper()
		response, err := Fetch(t.Context(), Request{URL: "/stream?key=chunks-of-a-script"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response.Body.(*body)
	}
	if !fetched(t).owned {
		t.Error("the browser's own chunks are taken for another's")
	}
	own, err := construct("Response", "text")
	if err != nil {
		t.Fatal(err)
	}
	promise, err := global("Promise")
	if err != nil {
		t.Fatal(err)
	}
	answer, err := boundMethod(promise, "resolve", boxed(own))
	if err != nil {
		t.Fatal(err)
	}
	original, err := global("fetch")
	if err != nil {
		t.Fatal(err)
	}
	defer safejs.Global().Set("fetch", original)
	if err := safejs.Global().Set("fetch", answer); err != nil {
		t.Fatal(err)
	}
	if fetched(t).owned {
		t.Error("a script's chunks are taken for the browser's")
	}
}

func TestReadableStream(t *testing.T) {
	want := strings.Repeat("0123456789", 50)
	for _, kind := range []map[string]any{nil, {"type": "bytes"}} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			expectNothingLeft(t)
			reader := readable(t, scripted(t, kind, func(controller safejs.Value) {
				for rest := want; rest != ""; rest = rest[min(len(rest), 7):] {
					call(t, controller, "enqueue", bytesOf(t, rest[:min(len(rest), 7)]))
				}
				call(t, controller, "close")
			}))
			if err := iotest.TestReader(reader, []byte(want)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReadKeepsTheRest holds that what a chunk has beyond p comes from Go.
func TestReadKeepsTheRest(t *testing.T) {
	expectNothingLeft(t)
	reader := readable(t, scripted(t, nil, func(controller safejs.Value) {
		call(t, controller, "enqueue", bytesOf(t, "abcdefgh"))
		call(t, controller, "enqueue", bytesOf(t, ""))
		call(t, controller, "enqueue", bytesOf(t, "ij"))
		call(t, controller, "close")
	})).(*body)
	javaScript := reader.reader
	p := make([]byte, 3)
	for i, want := range []string{"abc", "def", "gh", "ij"} {
		if i == 1 || i == 2 {
			reader.reader = safejs.Null() // any use of it would be an error
		} else {
			reader.reader = javaScript
		}
		n, err := reader.Read(p)
		if string(p[:n]) != want || err != nil {
			t.Errorf("got %q, %v, want %q", p[:n], err, want)
		}
	}
	for range 2 {
		if n, err := reader.Read(p); n != 0 || err != io.EOF {
			t.Errorf("got %d, %v, want the end", n, err)
		}
	}
	reader.Close()
	if _, err := reader.Read(p); err != io.EOF {
		t.Errorf("after Close: got %v, want the end, which came first", err)
	}
}

func TestReadableStreamFails(t *testing.T) {
	failing, err := construct("RangeError", "too far")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		fill func(controller safejs.Value)
		want error
	}{
		{"error", func(c safejs.Value) { call(t, c, "error", failing) }, &Error{Name: "RangeError", Message: "too far"}},
		{"error that is a string", func(c safejs.Value) { call(t, c, "error", "no") }, &Error{Name: "Error", Message: "no"}},
		{"string", func(c safejs.Value) { call(t, c, "enqueue", "text") }, errChunk},
		{"undefined", func(c safejs.Value) { call(t, c, "enqueue", safejs.Undefined()) }, errChunk},
		{"array", func(c safejs.Value) { call(t, c, "enqueue", []any{1, 2}) }, errChunk},
		{"endless array", func(c safejs.Value) { call(t, c, "enqueue", map[string]any{"length": 1e15}) }, errChunk},
		{"array that lacks some", func(c safejs.Value) { call(t, c, "enqueue", map[string]any{"length": -3}) }, errChunk},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			expectNothingLeft(t)
			stream := scripted(t, nil, test.fill)
			reader := readable(t, stream)
			for range 2 {
				if _, err := reader.Read(make([]byte, 100)); !errors.Is(err, test.want) {
					t.Errorf("got %v, want %v", err, test.want)
				}
			}
			expectUnlocked(t, stream)
		})
	}
}

func expectUnlocked(t *testing.T, stream safejs.Value) {
	t.Helper()
	locked, err := stream.Get("locked")
	if err != nil {
		t.Fatal(err)
	}
	if is, err := locked.Bool(); err != nil || is {
		t.Errorf("the stream is still locked: %v, %v", is, err)
	}
}

func TestReadableStreamAt(t *testing.T) {
	for _, path := range []string{"", "noSuchStream", "noSuchStream.body", "Object", "Object.prototype"} {
		if _, err := ReadableStreamAt(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want an error that names it", path, err)
		}
	}
	reader := readable(t, scripted(t, nil, func(safejs.Value) {}))
	stream, err := ReadableStreamAt("testStreams.one")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FromReadableStream(stream); !errors.Is(err, &Error{Name: "TypeError"}) {
		t.Errorf("of a locked stream: got %v, want a TypeError", err)
	}
	reader.Close()
	again, err := FromReadableStream(stream)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("of a cancelled stream: got %v, want the end", err)
	}
	if _, err := FromReadableStream(ReadableStream{}); err == nil {
		t.Error("no stream at all is no error")
	}
}

// TestCloseCallsBack closes a stream whose maker closes the reader in turn,
// inside the callback that is told of it.
func TestCloseCallsBack(t *testing.T) {
	expectNothingLeft(t)
	var reader io.ReadCloser
	cancelled := 0
	cb, err := newCallback(func([]safejs.Value) {
		cancelled++
		reader.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cb.release()
	stream := scripted(t, map[string]any{"cancel": cb.fn}, func(safejs.Value) {})
	reader = readable(t, stream)
	closeSoon(reader)
	if _, err := reader.Read(make([]byte, 1)); !errors.Is(err, ErrBodyClosed) {
		t.Errorf("got %v, want %v", err, ErrBodyClosed)
	}
	if cancelled != 1 {
		t.Errorf("the stream was cancelled %d times, want once", cancelled)
	}
	expectUnlocked(t, stream)
}

func closeSoon(c io.Closer) { time.AfterFunc(5*time.Millisecond, func() { c.Close() }) }

// TestCancelThatFails holds that a stream which fails to cancel changes nothing.
func TestCancelThatFails(t *testing.T) {
	expectNothingLeft(t)
	failing, err := global("Symbol") // it throws when called with an object
	if err != nil {
		t.Fatal(err)
	}
	for _, fill := range []func(safejs.Value){
		func(safejs.Value) {},
		func(c safejs.Value) { call(t, c, "error", "failed before") },
	} {
		reader := readable(t, scripted(t, map[string]any{"cancel": failing}, fill))
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		if _, err := reader.Read(make([]byte, 1)); !errors.Is(err, ErrBodyClosed) {
			t.Errorf("got %v, want %v", err, ErrBodyClosed)
		}
	}
}

func TestConcurrentRead(t *testing.T) {
	expectNothingLeft(t)
	reader := readable(t, scripted(t, nil, func(safejs.Value) {}))
	first := make(chan error)
	go func() {
		_, err := reader.Read(make([]byte, 1))
		first <- err
	}()
	time.Sleep(5 * time.Millisecond)
	if _, err := reader.Read(make([]byte, 1)); !errors.Is(err, errConcurrentRead) {
		t.Errorf("got %v, want %v", err, errConcurrentRead)
	}
	reader.Close()
	if err := <-first; !errors.Is(err, ErrBodyClosed) {
		t.Errorf("got %v, want %v", err, ErrBodyClosed)
	}
}

// TestBodyEnds ends a body from outside at every stage of its reading, and
// looks from the server whether the connection is gone.
func TestBodyEnds(t *testing.T) {
	stages := []struct {
		name string
		read int  // bytes to read before
		wait bool // whether a Read waits for more
	}{
		{"before a read", 0, false},
		{"with a rest", 1, false},
		{"between reads", 2, false},
		{"in a read", 2, true},
	}
	ways := []struct {
		name string
		end  func(body io.Closer, cancel func())
		want []error
	}{
		{"cancel", func(_ io.Closer, cancel func()) { cancel() }, []error{errEnough}},
		{"close", func(body io.Closer, _ func()) { body.Close() }, []error{ErrBodyClosed}},
		{"cancel, close", func(body io.Closer, cancel func()) { cancel(); body.Close() }, []error{errEnough}},
		{"close, cancel", func(body io.Closer, cancel func()) { body.Close(); cancel() }, []error{ErrBodyClosed}},
		{"all at once", func(body io.Closer, cancel func()) {
			var all sync.WaitGroup
			for range 10 {
				all.Go(cancel)
				all.Go(func() { body.Close() })
			}
			all.Wait()
		}, []error{errEnough, ErrBodyClosed}},
	}
	for _, stage := range stages {
		for _, way := range ways {
			t.Run(stage.name+"/"+way.name, func(t *testing.T) {
				expectNothingLeft(t)
				key := strings.NewReplacer(" ", "-", "/", "-", ",", "").Replace(t.Name())
				ctx, cancel := context.WithCancelCause(t.Context())
				response, err := Fetch(ctx, Request{URL: answering("200", "hi", "&hold=1&key="+key)})
				if err != nil {
					t.Fatal(err)
				}
				readAndPause(response.Body, stage.read)
				end := func() { way.end(response.Body, func() { cancel(errEnough) }) }
				if stage.wait {
					time.AfterFunc(5*time.Millisecond, end)
				} else {
					end()
				}
				for range 2 {
					n, err := response.Body.Read(make([]byte, 10))
					if n != 0 || !isOneOf(err, way.want) {
						t.Errorf("got %d, %v, want %v", n, err, way.want)
					}
				}
				end()
				awaitLeft(t, key)
			})
		}
	}
}

func isOneOf(err error, wanted []error) bool {
	for _, want := range wanted {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}

// TestNothingLeftAfterRead holds that a Read which was ended leaves nothing for
// later, not even for the next turn.
func TestNothingLeftAfterRead(t *testing.T) {
	before := Live()
	for _, end := range []func(body io.Closer, cancel func()){
		func(_ io.Closer, cancel func()) { cancel() },
		func(body io.Closer, _ func()) { body.Close() },
	} {
		ctx, cancel := context.WithCancel(t.Context())
		response, err := Fetch(ctx, Request{URL: quiet})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(5*time.Millisecond, func() { end(response.Body, cancel) })
		if _, err := response.Body.Read(make([]byte, 1)); err == nil {
			t.Error("the read was not ended")
		}
		if Live() != before {
			t.Errorf("got %+v alive, want %+v", Live(), before)
		}
	}
}

func TestBodyCut(t *testing.T) {
	expectNothingLeft(t)
	response := fetched(t, Request{URL: answering("200", "hi", "&cut=1&key=body-cut")})
	// A stream that fails drops what was not read yet (Streams standard,
	// 4.5.3, ReadableStreamDefaultControllerError).
	got, err := io.ReadAll(response.Body)
	if !strings.HasPrefix("hi", string(got)) || !errors.Is(err, &Error{Name: "TypeError"}) {
		t.Errorf("got %q, %v, want at most \"hi\" and a TypeError", got, err)
	}
	if _, again := response.Body.Read(make([]byte, 1)); !errors.Is(again, err) {
		t.Errorf("got %v, then %v", err, again)
	}
}

// TestCallbacksArePerBody holds that reading makes two callbacks for a body, beside
// the one that all share for turns, and none for a Read, and how much a Read allocates.
func TestCallbacksArePerBody(t *testing.T) {
	expectNothingLeft(t)
	const reads = 1000
	event := bytesOf(t, oneEvent)
	reader := readable(t, scripted(t, nil, func(controller safejs.Value) {
		for range reads + 10 {
			call(t, controller, "enqueue", event)
		}
	}))
	before := Live()
	p := make([]byte, 1000)
	read := func() {
		if n, err := reader.Read(p); n != len(oneEvent) || err != nil {
			t.Fatalf("got %d, %v, want %d", n, err, len(oneEvent))
		}
	}
	read()
	after := Live()
	if after.Callbacks != before.Callbacks+3 || after.Listeners != before.Listeners+1 {
		t.Errorf("got %+v alive, want three callbacks and a listener more than %+v", after, before)
	}
	allocs := testing.AllocsPerRun(reads, read)
	t.Logf("%v allocations per Read", allocs)
	if allocs > 28 { // of which ten note how long the turn holds the event loop
		t.Errorf("got %v allocations per Read, want 28 at the most", allocs)
	}
	if Live() != after {
		t.Errorf("got %+v alive after many reads, want the %+v after one", Live(), after)
	}
	reader.Close()
}
