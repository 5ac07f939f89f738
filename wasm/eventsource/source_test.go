package eventsource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// fakeTransport delivers what a test tells it to, and records what it was told.
type fakeTransport struct {
	source *Source

	mu        sync.Mutex
	next      uint64
	listening map[string]bool
	closed    int
	refuse    error
}

func newFake(ctx context.Context) (*Source, *fakeTransport) {
	f := &fakeTransport{source: newSource(), listening: make(map[string]bool)}
	f.source.start(ctx, f)
	return f.source, f
}

func (f *fakeTransport) url() string { return "fake:" }

func (f *fakeTransport) listen(eventType string) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return 0, f.refuse
	}
	f.listening[eventType] = true
	return f.next, nil
}

func (f *fakeTransport) unlisten(eventType string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listening, eventType)
}

func (f *fakeTransport) begin() {}

func (f *fakeTransport) reconnect() {}

func (f *fakeTransport) wait() {}

func (f *fakeTransport) canBlock() bool { return false }

func (f *fakeTransport) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed++
	clear(f.listening)
}

// listens returns the event types that are listened for.
func (f *fakeTransport) listens() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for name := range f.listening {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// batchOf makes a batch of triples of type, ID and data.
func (f *fakeTransport) batchOf(triples ...string) *batch {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &batch{first: f.next, origin: "http://origin", arrived: time.Now()}
	var ids, data []string
	for triple := range slices.Chunk(triples, 3) {
		b.types = append(b.types, triple[0])
		ids = append(ids, triple[1])
		data = append(data, triple[2])
	}
	mustSet(b.setFields([]byte(strings.Join(append(ids, data...), "\r")), len(ids), true))
	f.next += uint64(len(ids))
	return b
}

func (f *fakeTransport) send(triples ...string) { f.source.deliver(f.batchOf(triples...)) }

// numbers sends one message for each number.
func (f *fakeTransport) numbers(eventType string, from, to int) {
	var triples []string
	for n := from; n < to; n++ {
		triples = append(triples, eventType, fmt.Sprint(n), fmt.Sprint(n))
	}
	f.send(triples...)
}

func subscribe[T any](t *testing.T, s *Source, eventType eventstream.EventType[T], opts *SubscribeOptions) *Subscription[T] {
	t.Helper()
	sub, err := Subscribe(s, eventType, opts)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// collect ranges to the end and returns what came, one string each.
func collect[T any](sub *Subscription[T]) (got []string) {
	for ev, err := range sub.Events() {
		if err != nil {
			got = append(got, "error: "+err.Error())
			continue
		}
		got = append(got, fmt.Sprintf("%s=%v", ev.ID, ev.Data))
	}
	return got
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestEvents(t *testing.T) {
	s, f := newFake(t.Context())
	f.send("n", "0", "0") // before the subscription: not for it
	sub := subscribe[int](t, s, "n", nil)
	f.send("n", "1", "1", "other", "2", "2", "n", "3", "3")
	s.failed(errors.New("gave up"))
	expect(t, "events", collect(sub), []string{"1=1", "3=3", "error: gave up"})
	expect(t, "last event ID", s.LastEventID(), "3")
	stats := s.Stats()
	expect(t, "stats", []uint64{stats.Events, stats.Bytes, stats.Batches}, []uint64{2, 2, 2})
}

// TestPull holds that loops fetch what the transport has at hand before they wait,
// each kind of them, and wait where that is nothing more.
func TestPull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		var mu sync.Mutex
		left := 0 // batches that the transport has at hand
		s.pull = func() bool {
			mu.Lock()
			defer mu.Unlock()
			if left == 0 {
				return false
			}
			left--
			f.numbers("n", left, left+1)
			return true
		}
		numbers := subscribe[int](t, s, "n", nil)
		batches := subscribe[int](t, s, "n", nil)
		var mux Mux
		handled := 0
		Handle(&mux, "n", func(Event[int], error) { handled++ })
		var loops sync.WaitGroup
		loops.Go(func() {
			expect(t, "events", collect(numbers), []string{"9=9", "2=2", "1=1", "0=0", "8=8", "error: EOF"})
		})
		loops.Go(func() {
			count := 0
			for events := range batches.Batches() {
				count += len(events)
			}
			expect(t, "in batches", count, 5)
		})
		loops.Go(func() { mux.Run(t.Context(), s) })
		synctest.Wait()
		mu.Lock()
		left = 3
		mu.Unlock()
		f.numbers("n", 9, 10)
		synctest.Wait()
		time.Sleep(time.Second) // batches take their time
		mu.Lock()
		expect(t, "left at hand", left, 0)
		mu.Unlock()
		f.numbers("n", 8, 9)
		synctest.Wait()
		time.Sleep(time.Second)
		s.failed(io.EOF)
		loops.Wait()
		expect(t, "handled", handled, 5)
	})
}

func TestEventFields(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "", nil)
	f.send("message", "7", "42")
	for ev, err := range sub.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Type != "message" || ev.ID != "7" || ev.Data != 42 || ev.Origin != "http://origin" || ev.Arrived.IsZero() {
			t.Errorf("got %+v", ev)
		}
		break
	}
	expect(t, "listening after break", f.listens(), "")
}

// TestBeginsAtSubscribe holds that a message which was dispatched before, but
// is delivered after, is not for the subscription.
func TestBeginsAtSubscribe(t *testing.T) {
	s, f := newFake(t.Context())
	early := subscribe[int](t, s, "n", nil)
	waiting := f.batchOf("n", "1", "1")
	late := subscribe[int](t, s, "n", nil)
	s.deliver(waiting)
	f.send("n", "2", "2")
	s.failed(errors.New("end"))
	expect(t, "early", collect(early), []string{"1=1", "2=2", "error: end"})
	expect(t, "late", collect(late), []string{"2=2", "error: end"})
}

func TestTwoSubscriptions(t *testing.T) {
	s, f := newFake(t.Context())
	first := subscribe[int](t, s, "n", nil)
	second := subscribe[string](t, s, "n", &SubscribeOptions{Codec: codec.Text})
	f.send("n", "1", "1")
	first.Close()
	expect(t, "listening with one left", f.listens(), "n")
	f.send("n", "2", "2")
	second.Close()
	expect(t, "listening with none left", f.listens(), "")
	expect(t, "events", s.Stats().Events, 2)
	expect(t, "first", collect(first), []string(nil))
}

func TestOnce(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", &SubscribeOptions{Once: true})
	f.send("n", "1", "1", "n", "2", "2")
	expect(t, "listening", f.listens(), "")
	expect(t, "events", collect(sub), []string{"1=1"})
	bad := subscribe[int](t, s, "n", &SubscribeOptions{Once: true})
	f.send("n", "3", "x", "n", "4", "4")
	if got := collect(bad); len(got) != 1 || !strings.Contains(got[0], "decode") {
		t.Errorf("got %v, want one decode error", got)
	}
}

func TestOnceThenClose(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", &SubscribeOptions{Once: true})
	f.send("n", "1", "1")
	s.Close()
	expect(t, "events after Close", collect(sub), []string(nil))
}

func TestDecodeError(t *testing.T) {
	type point struct{ X int }
	s, f := newFake(t.Context())
	sub := subscribe[point](t, s, "p", nil)
	strict := subscribe[point](t, s, "p", &SubscribeOptions{Codec: codec.StrictJSON})
	f.send("p", "1", `{"X":1}`, "p", "2", `{"X":`, "p", "3", `{"X":"s"}`, "p", "4", `{"X":4,"Y":5}`)
	s.failed(errors.New("end"))
	var failures []*DecodeError
	var good []int
	for ev, err := range sub.Events() {
		var decodeError *DecodeError
		switch {
		case errors.As(err, &decodeError):
			failures = append(failures, decodeError)
			expect(t, "event beside the error", ev, Event[point]{})
		case err == nil:
			good = append(good, ev.Data.X)
		}
	}
	expect(t, "good", good, []int{1, 4})
	if len(failures) != 2 {
		t.Fatalf("got %d decode errors, want 2", len(failures))
	}
	first, second := failures[0], failures[1]
	if first.Type != "p" || first.ID != "2" || string(first.Data) != `{"X":` {
		t.Errorf("got %+v", first)
	}
	var syntax *json.SyntaxError
	if !errors.As(first, &syntax) {
		t.Errorf("got %v, want a *json.SyntaxError within", first.Err)
	}
	var mismatch *json.UnmarshalTypeError
	if !errors.As(second, &mismatch) || mismatch.Field != "X" {
		t.Errorf("got %v, want a *json.UnmarshalTypeError of X", second.Err)
	}
	expect(t, "message", first.Error(), `eventsource: decode event "p" with id "2": unexpected end of JSON input`)
	expect(t, "strict", len(collect(strict)), 5)
	expect(t, "decode errors", s.Stats().DecodeErrors, 5)
}

func TestOverflowEnds(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", &SubscribeOptions{QueueLength: 3})
	f.numbers("n", 0, 10)
	expect(t, "listening", f.listens(), "")
	got := collect(sub)
	expect(t, "events", got, []string{"0=0", "1=1", "2=2", "error: " + ErrOverflow.Error()})
}

func TestOverflowCounts(t *testing.T) {
	s, f := newFake(t.Context())
	oldest := subscribe[int](t, s, "n", &SubscribeOptions{QueueLength: 3, Overflow: DropOldest})
	latest := subscribe[int](t, s, "n", &SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string {
		return fmt.Sprint(len(m.Data)) // by the number of digits
	}})
	f.numbers("n", 0, 200)
	s.failed(errors.New("end"))
	expect(t, "dropped", s.Stats().Dropped, 197+197)
	expect(t, "drop oldest", collect(oldest), []string{"197=197", "198=198", "199=199", "error: end"})
	expect(t, "keep latest", collect(latest), []string{"9=9", "99=99", "199=199", "error: end"})
}

func TestOptions(t *testing.T) {
	s, _ := newFake(t.Context())
	for name, opts := range map[string]*SubscribeOptions{
		"QueueLength": {QueueLength: -1},
		"QueueBytes":  {QueueBytes: -1},
		"Overflow":    {Overflow: 7},
		"Block":       {Overflow: Block},
		"Key":         {Overflow: KeepLatest},
	} {
		if _, err := Subscribe[int](s, "n", opts); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: got error %v, want one that names %s", opts, err, name)
		}
	}
	if _, err := Subscribe[int](s, "n", nil); err != nil {
		t.Error(err)
	}
}

func TestSubscribeRefused(t *testing.T) {
	s, f := newFake(t.Context())
	f.refuse = errors.New("no")
	if _, err := Subscribe[int](s, "n", nil); !errors.Is(err, f.refuse) {
		t.Errorf("got %v, want %v", err, f.refuse)
	}
	s.Close()
	if _, err := Subscribe[int](s, "n", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v, want %v", err, ErrClosed)
	}
}

func TestCloseIsFinal(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.numbers("n", 0, 10000)
	seen := 0
	for _, err := range sub.Events() {
		if err != nil {
			t.Fatal(err)
		}
		seen++
		var both sync.WaitGroup
		both.Go(func() { s.Close() })
		both.Go(func() { s.Close() })
		both.Wait()
		f.numbers("n", 0, 10)
	}
	expect(t, "events", seen, 1)
	expect(t, "closed", f.closed, 1)
	expect(t, "error", s.Err(), ErrClosed)
	expect(t, "state", s.State(), State{ReadyState: StateClosed, Err: ErrClosed})
	<-s.Done()
}

// TestCloseAfterFailure holds that Close also takes what a failure had left to
// be delivered.
func TestCloseAfterFailure(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.numbers("n", 0, 10)
	failure := errors.New("gave up")
	s.failed(failure)
	s.Close()
	expect(t, "events", collect(sub), []string(nil))
	expect(t, "error", s.Err(), failure)
}

// TestCloseInCodec holds that a message whose decoding closed the Source is
// not handed out.
func TestCloseInCodec(t *testing.T) {
	s, f := newFake(t.Context())
	closing := codec.Func(func([]byte, any) error { return s.Close() })
	sub := subscribe[int](t, s, "n", &SubscribeOptions{Codec: closing})
	f.numbers("n", 0, 2)
	expect(t, "events", collect(sub), []string(nil))
}

func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		s, f := newFake(ctx)
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 0, 3)
		cancel(cause)
		synctest.Wait()
		expect(t, "events", collect(sub), []string{"error: enough"})
		expect(t, "error", s.Err(), cause)
		expect(t, "closed", f.closed, 1)
	})
}

func TestContextEnded(t *testing.T) {
	cause := errors.New("over")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if _, err := Open(ctx, "/events", nil); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

func TestSecondLoop(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.send("n", "1", "1")
	for range sub.Events() {
		break
	}
	expect(t, "second loop", collect(sub), []string{"error: " + errUsed.Error()})
	for _, err := range sub.Batches() {
		expect(t, "batches after events", err, errUsed)
	}
}

// TestGoexitInLoop holds the same for a loop whose goroutine ends.
func TestGoexitInLoop(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.send("n", "1", "1")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for range sub.Events() {
			runtime.Goexit()
		}
	}()
	<-ended
	expect(t, "closed", f.closed, 1)
}

func TestMuxOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		var mux Mux
		var got []string
		note := func(name, data string, err error) { got = append(got, fmt.Sprint(name, " ", data, " ", err != nil)) }
		Handle(&mux, "a", func(ev Event[int], err error) { note("a", fmt.Sprint(ev.Data), err) })
		HandleCodec(&mux, "b", codec.Text, func(ev Event[string], err error) { note("b", ev.Data, err) })
		Handle(&mux, "a", func(ev Event[float64], err error) { note("a again", fmt.Sprint(ev.Data), err) })
		result := make(chan error)
		go func() { result <- mux.Run(t.Context(), s) }()
		synctest.Wait()
		expect(t, "listening", f.listens(), "a b")
		f.send("a", "1", "1", "b", "2", "two", "c", "3", "3", "b", "4", "four", "a", "5", "x")
		synctest.Wait()
		s.Close()
		expect(t, "result", <-result, nil)
		expect(t, "order", strings.Join(got, ", "),
			"a 1 false, a again 1 false, b two false, b four false, a 0 true, a again 0 true")
	})
}

func TestMuxEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		var mux Mux
		expect(t, "no handler", mux.Run(t.Context(), s), errMuxEmpty)
		calls := 0
		Handle(&mux, "a", func(Event[int], error) { calls++; s.Close() })
		mux.Options.Once = true
		expect(t, "once", mux.Run(t.Context(), s), errMuxOnce)
		mux.Options.Once = false

		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		result := make(chan error, 1)
		go func() { result <- mux.Run(ctx, s) }()
		synctest.Wait()
		cancel(cause)
		expect(t, "context", <-result, cause)
		synctest.Wait()
		expect(t, "listening", f.listens(), "")

		go func() { result <- mux.Run(t.Context(), s) }()
		synctest.Wait()
		f.numbers("a", 0, 10)
		expect(t, "closed by its handler", <-result, nil)
		expect(t, "calls", calls, 1)
		expect(t, "closed Source", mux.Run(t.Context(), s), ErrClosed)
	})
}

func TestStates(t *testing.T) {
	s, _ := newFake(t.Context())
	lost, gone := errors.New("lost"), errors.New("gone")
	states := s.States()
	s.opened()
	s.reconnecting(lost, 0)
	s.reconnecting(lost, 0)
	s.opened()
	s.failed(gone)
	var got []string
	for state := range states {
		got = append(got, fmt.Sprintf("%v %d %v", state.ReadyState, state.Attempt, state.Err))
	}
	want := []string{"connecting 1 <nil>", "open 0 <nil>", "connecting 1 eventsource: fake:: lost", "connecting 2 eventsource: fake:: lost", "open 0 <nil>", "closed 0 gone"}
	expect(t, "states", strings.Join(got, ", "), strings.Join(want, ", "))
	expect(t, "reconnects", s.Stats().Reconnects, 1)
	for state := range s.States() {
		expect(t, "state of a closed Source", state.ReadyState, StateClosed)
	}
	expect(t, "watchers", len(s.watchers), 0)
}

func TestStatesLeft(t *testing.T) {
	s, _ := newFake(t.Context())
	for range s.States() {
		break
	}
	expect(t, "watchers", len(s.watchers), 0)
	states := s.States()
	for range 2 * watcherLimit {
		s.reconnecting(errLost, 0)
	}
	s.Close()
	count := 0
	for range states {
		count++
	}
	expect(t, "states of a slow loop", count, watcherLimit)
}

// TestReportsAfterEnd holds that what a transport still reports changes nothing.
func TestReportsAfterEnd(t *testing.T) {
	s, f := newFake(t.Context())
	s.Close()
	s.opened()
	s.reconnecting(errLost, 0)
	s.failed(errors.New("late"))
	f.numbers("n", 0, 1)
	expect(t, "state", s.State(), State{ReadyState: StateClosed, Err: ErrClosed})
	expect(t, "closed", f.closed, 1)
	expect(t, "batches", s.Stats().Batches, 0)
}

// TestConcurrent closes, subscribes, loops and delivers at once, for the race
// detector, and holds that every message before the close is seen in order.
func TestConcurrent(t *testing.T) {
	for range 50 {
		s, f := newFake(t.Context())
		var all sync.WaitGroup
		for range 4 {
			sub := subscribe[int](t, s, "n", nil)
			all.Go(func() {
				next := 0
				for ev, err := range sub.Events() {
					if err != nil || ev.Data != next {
						t.Errorf("got %v, %v; want %d", ev.Data, err, next)
						return
					}
					next++
				}
			})
			all.Go(func() {
				for range s.States() {
				}
			})
		}
		all.Go(func() {
			for i := range 100 {
				f.numbers("n", 10*i, 10*i+10)
			}
			s.Close()
		})
		all.Go(func() {
			sub, err := Subscribe[int](s, "n", &SubscribeOptions{Once: true})
			if err == nil {
				defer sub.Close()
			}
			s.Stats()
			s.LastEventID()
		})
		all.Wait()
	}
}

// TestBreathe holds, on a clock of its own, that however long handlers take, a
// loop lets the event loop have a turn once 5 ms have gone by.
func TestBreathe(t *testing.T) {
	var now, turnStart, longest time.Duration
	turns := 0
	saved := pace
	defer func() { pace = saved }()
	pace = pacer{
		clock: func() (time.Duration, time.Duration) { return now, turnStart },
		next: func(context.Context) error {
			longest = max(longest, now-turnStart)
			turnStart = now
			turns++
			return nil
		},
	}
	for _, test := range []struct {
		name   string
		took   func(n int) time.Duration
		longer time.Duration // than maxHold, at the most
		turns  int
	}{
		{"slow", func(int) time.Duration { return 900 * time.Microsecond }, time.Millisecond, 1500},
		{"brief", func(int) time.Duration { return 2 * time.Microsecond }, time.Millisecond, 3},
		{"slow now and then", func(n int) time.Duration {
			if n%100 == 0 {
				return 2 * time.Millisecond
			}
			return 2 * time.Microsecond
		}, 3 * time.Millisecond, 30},
		{"slow all at once", func(n int) time.Duration {
			if n > 5000 {
				return time.Millisecond
			}
			return 2 * time.Microsecond
		}, (maxUnlooked + 1) * time.Millisecond, 800},
	} {
		now, turnStart, longest, turns = 0, 0, 0, 0
		s, f := newFake(t.Context())
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 0, 10000)
		s.failed(errors.New("end"))
		for ev := range sub.Events() {
			now += test.took(ev.Data)
		}
		if longest > maxHold+test.longer || turns < test.turns {
			t.Errorf("%s: held the event loop for %v at the longest, in %d turns; want at most %v and at least %d turns",
				test.name, longest, turns, maxHold+test.longer, test.turns)
		}
	}
}
