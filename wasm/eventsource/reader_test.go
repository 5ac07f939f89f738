package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

func fromReader(t *testing.T, r io.Reader) *Source {
	t.Helper()
	s, err := FromReader(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

const readerText = "\ufeffid: 1\ndata: one\n\nevent: n\ndata: 2\n\n: comment\n\nid: 3\n\ndata: three\r\ndata\r\n\r\ndata: never"

func TestFromReader(t *testing.T) {
	for name, r := range map[string]io.Reader{
		"whole":        strings.NewReader(readerText),
		"byte by byte": iotest.OneByteReader(strings.NewReader(readerText)),
		"data and EOF": iotest.DataErrReader(strings.NewReader(readerText)),
	} {
		t.Run(name, func(t *testing.T) {
			s := fromReader(t, r)
			expect(t, "state", s.State().ReadyState, StateOpen)
			expect(t, "URL", s.URL(), "")
			texts := subscribe[string](t, s, "", &SubscribeOptions{Codec: codec.Text})
			got := collect(texts)
			if len(got) != 3 || got[0] != "1=one" || got[1] != "3=three\n" || !strings.HasSuffix(got[2], "has ended: EOF") {
				t.Errorf("got %q", got)
			}
			if !errors.Is(s.Err(), io.EOF) || s.State().ReadyState != StateClosed {
				t.Errorf("got %v, %v; want closed by io.EOF", s.Err(), s.State())
			}
			expect(t, "last event ID", s.LastEventID(), "3")
		})
	}
}

func TestFromReaderOrigin(t *testing.T) {
	s := fromReader(t, strings.NewReader("data: x\n\n"))
	texts := subscribe[string](t, s, "", &SubscribeOptions{Codec: codec.Text})
	for ev := range texts.Events() {
		expect(t, "origin", ev.Origin, "null")
		break
	}
}

// TestFromReaderWaits holds that nothing is read before somebody wants it.
func TestFromReaderWaits(t *testing.T) {
	r, w := io.Pipe()
	s := fromReader(t, r)
	wrote := make(chan struct{})
	go func() {
		defer close(wrote)
		io.WriteString(w, "event: n\ndata: 1\n\n")
	}()
	for range s.States() {
		break // other things may happen meanwhile
	}
	select {
	case <-wrote:
		t.Fatal("it was read before there was a subscription")
	default:
	}
	numbers := subscribe[int](t, s, "n", nil)
	for ev, err := range numbers.Events() {
		expect(t, "event", fmt.Sprint(ev.Data, err), "1 <nil>")
		break
	}
	<-wrote
}

func TestFromReaderFails(t *testing.T) {
	broken := errors.New("broken")
	s := fromReader(t, io.MultiReader(strings.NewReader("data: 1\n\ndata: "), iotest.ErrReader(broken)))
	numbers := subscribe[int](t, s, "", nil)
	expect(t, "events", collect(numbers), []string{"=1", "error: eventsource: read the event stream: broken"})
	if !errors.Is(s.Err(), broken) {
		t.Errorf("got %v, want %v", s.Err(), broken)
	}
}

func TestFromReaderTooLarge(t *testing.T) {
	large := "data: 1\n\ndata: " + strings.Repeat("x", eventstream.DefaultMaxEventSize)
	s := fromReader(t, strings.NewReader(large))
	got := collect(subscribe[int](t, s, "", nil))
	if len(got) != 2 || got[0] != "=1" || !errors.Is(s.Err(), eventstream.ErrTooLarge) {
		t.Errorf("got %q and %v, want the event before it and ErrTooLarge", got, s.Err())
	}
}

// TestFromReaderEnds holds that the end of the Source closes the reader, however
// it comes.
func TestFromReaderEnds(t *testing.T) {
	cause := errors.New("enough")
	for name, end := range map[string]func(*Source, context.CancelCauseFunc){
		"Close":   func(s *Source, _ context.CancelCauseFunc) { s.Close() },
		"context": func(_ *Source, cancel context.CancelCauseFunc) { cancel(cause) },
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			r, w := io.Pipe()
			s, err := FromReader(ctx, r)
			if err != nil {
				t.Fatal(err)
			}
			subscribe[int](t, s, "", nil)
			end(s, cancel)
			<-s.Done()
			_, err = io.WriteString(w, "data: 1\n\n")
			if err == nil { // taken by the last Read, before the reader was closed
				_, err = io.WriteString(w, "data: 2\n\n")
			}
			if !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("got %v, want a closed reader", err)
			}
			expect(t, "events", s.Stats().Events, 0)
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := FromReader(ctx, strings.NewReader("")); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

// TestFromReaderMany reads many events of several types in order.
func TestFromReaderMany(t *testing.T) {
	const count = 50000
	var text strings.Builder
	for n := range count {
		fmt.Fprintf(&text, "event: n%d\nid: %d\ndata: %d\n\n", n%3, n, n)
	}
	s := fromReader(t, strings.NewReader(text.String()))
	var mux Mux
	next := 0
	for _, name := range []eventstream.EventType[int]{"n0", "n1", "n2"} {
		Handle(&mux, name, func(ev Event[int], err error) {
			if err != nil || ev.Data != next || ev.ID != fmt.Sprint(next) {
				t.Fatalf("got %+v, %v; want %d", ev, err, next)
			}
			next++
		})
	}
	if err := mux.Run(t.Context(), s); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want io.EOF", err)
	}
	expect(t, "events", next, count)
}

// endless writes numbers until it is closed, and counts them.
type endless struct {
	next   atomic.Int64
	closed chan struct{}
}

func (e *endless) Read(p []byte) (int, error) {
	select {
	case <-e.closed:
		return 0, io.ErrClosedPipe
	default:
	}
	p = p[:0]
	for len(p)+30 < cap(p) {
		p = fmt.Appendf(p, "data: %d\n\n", e.next.Add(1)-1)
	}
	return len(p), nil
}

func (e *endless) Close() error { close(e.closed); return nil }

// TestBlock holds that a stalled loop holds the reader back, that it goes on with
// the loop, and that nothing is lost.
func TestBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &endless{closed: make(chan struct{})}
		s, err := FromReader(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		numbers := subscribe[int](t, s, "", &SubscribeOptions{Overflow: Block, QueueLength: 100})
		synctest.Wait()
		const batch = readSize / len("data: 0\n\n")
		if read := int(r.next.Load()); read > 100+batch {
			t.Errorf("%d messages were read for a stalled loop with room for 100", read)
		}
		want := 0
		for ev, err := range numbers.Events() {
			if err != nil || ev.Data != want {
				t.Fatalf("got %v, %v; want %d", ev.Data, err, want)
			}
			if want++; want == 50000 {
				break // which lets the reader go on, for nobody
			}
			if ahead := int(r.next.Load()) - want; ahead > 100+batch {
				t.Fatalf("the reader is %d messages ahead", ahead)
			}
		}
		s.Close()
		synctest.Wait()
	})
}

// TestLoopsAreNotAwaitedPastTheEnd holds that a context that has ended is heeded also
// while a loop goes on.
func TestLoopsAreNotAwaitedPastTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		defer s.Close()
		subscribe[int](t, s, "n", nil)
		f.send("n", "", strings.Repeat("1", maxAhead+1))
		ctx, end := context.WithCancelCause(t.Context())
		end(errAsked)
		if err := s.awaitLoops(ctx); err != errAsked {
			t.Errorf("got %v, want %v", err, errAsked)
		}
	})
}

// TestLoopsGoFirst holds that a reader which always has more does not run ahead of
// a loop that goes on, and that it does not wait for one that stands still.
func TestLoopsGoFirst(t *testing.T) {
	saved := pace
	defer func() { pace = saved }()
	var turns atomic.Int64
	pace.next = func(ctx context.Context) error {
		turns.Add(1)
		return pause(ctx, time.Millisecond, nil) // while others run
	}
	synctest.Test(t, func(t *testing.T) {
		r := &endless{closed: make(chan struct{})}
		s, err := FromReader(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		numbers := subscribe[int](t, s, "", &SubscribeOptions{QueueLength: 1 << 30})
		longest, count := 0, 0
		for _, err := range numbers.Events() {
			if count++; err != nil || count == 100000 {
				break
			}
			if count%100 == 0 {
				time.Sleep(100 * time.Microsecond)
				s.mu.Lock()
				longest = max(longest, numbers.inbox.queue.bytes)
				s.mu.Unlock()
			}
		}
		s.Close()
		synctest.Wait()
		if longest > maxAhead+readSize || turns.Load() == 0 {
			t.Errorf("%d bytes waited after %d messages and %d turns, want at most %d", longest, count, turns.Load(), maxAhead+readSize)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		turns.Store(0)
		const pieces = 100
		s, err := FromReader(t.Context(), strings.NewReader(strings.Repeat("data: 1\n\n", pieces*readSize/len("data: 1\n\n"))))
		if err != nil {
			t.Fatal(err)
		}
		subscribe[int](t, s, "", &SubscribeOptions{QueueLength: 1 << 30})
		<-s.Done()
		if n := turns.Load(); n == 0 || n > pieces {
			t.Errorf("a loop that stands still was let go first %d times for %d pieces", n, pieces)
		}
	})
}

// TestBlockEnds holds that a reader which waits for room is let go by the end of
// the subscription and of the Source.
func TestBlockEnds(t *testing.T) {
	for name, end := range map[string]func(*Source, *Subscription[int]){
		"subscription": func(_ *Source, sub *Subscription[int]) { sub.Close() },
		"source":       func(s *Source, _ *Subscription[int]) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, err := FromReader(t.Context(), strings.NewReader(strings.Repeat("data: 1\n\n", 20000)))
				if err != nil {
					t.Fatal(err)
				}
				sub := subscribe[int](t, s, "", &SubscribeOptions{Overflow: Block, QueueLength: 1})
				synctest.Wait()
				select {
				case <-s.Done():
					t.Fatal("all of it was read for a stalled loop")
				default:
				}
				end(s, sub)
				<-s.Done()
			})
		})
	}
}

func ExampleFromReader() {
	recorded := "event: price\nid: 7\ndata: {\"Bid\":1.5}\n\n"
	src, err := FromReader(context.Background(), strings.NewReader(recorded))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer src.Close()
	type quote struct{ Bid float64 }
	prices, err := Subscribe[quote](src, "price", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for price, err := range prices.Events() {
		if errors.Is(err, io.EOF) {
			break
		}
		fmt.Println(price.ID, price.Data.Bid)
	}
	// Output: 7 1.5
}

// asking is a reader whose Close uses its Source.
type asking struct {
	io.Reader
	source func() *Source
	closed atomic.Int32
}

func (a *asking) Close() error {
	a.closed.Add(1)
	_ = a.source().Err()
	return a.source().Close()
}

// TestFromReaderCloseUsesSource holds that the reader is closed once, with the
// Source unlocked.
func TestFromReaderCloseUsesSource(t *testing.T) {
	for name, end := range map[string]func(*Source){
		"closed": func(s *Source) { s.Close() },
		"read":   func(s *Source) { <-s.Done() },
	} {
		t.Run(name, func(t *testing.T) {
			ready := make(chan *Source, 1)
			r := &asking{Reader: strings.NewReader("data: 1\n\n")}
			r.source = sync.OnceValue(func() *Source { return <-ready })
			s, err := FromReader(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			ready <- s
			if name == "read" {
				subscribe[int](t, s, "", nil)
			}
			ended := make(chan struct{})
			go func() { end(s); s.Close(); close(ended) }()
			select {
			case <-ended:
			case <-time.After(timescale.Bound(time.Minute)):
				t.Fatal("Close waits for ever")
			}
			for r.closed.Load() == 0 {
				time.Sleep(time.Millisecond)
			}
			expect(t, "closed", r.closed.Load(), 1)
		})
	}
}
