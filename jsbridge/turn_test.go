//go:build js && wasm

package jsbridge

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// TestOneMessageUnderWay holds that working a burst off keeps one message under
// way, however many types it is of: every further one would be a turn that a
// loop which waits for its own has to wait longer.
func TestOneMessageUnderWay(t *testing.T) {
	s, woken := opened(t, quiet)
	types := strings.Split("a b c d e f g h", " ")
	listenTo(t, s, types...)
	for i := range 80 {
		dispatch(t, s, types[i%len(types)], "", "x")
	}
	awaitWake(t, woken)
	taken := take(t, s, 10).Count
	for taken < 80 {
		if err := NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
		wakes := 0
		for ; len(woken) > 0; wakes++ {
			<-woken
			taken += take(t, s, 10).Count
		}
		if wakes > 1 {
			t.Fatalf("woken %d times in one turn", wakes)
		}
	}
}

// TestTurnsDoNotHoldUpEvents holds that the goroutines which wait for turns,
// however many, have one between two slices of a burst: events that Go does not
// take over would pile up in JavaScript, where no queue's limit counts.
func TestTurnsDoNotHoldUpEvents(t *testing.T) {
	const events = 20
	turned, lastTurned, taken := 0, 0, 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	var s *EventSource
	s, err := OpenEventSource(quiet, EventSourceOptions{}, func() {
		batch, err := s.Take(1, nil)
		if err != nil || batch.Count == 0 {
			return
		}
		if turned-lastTurned > 2 {
			t.Errorf("%d turns were had before event %d", turned-lastTurned, taken)
		}
		lastTurned = turned
		if taken++; taken == events {
			close(done)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	listenTo(t, s, "a")
	for range events {
		dispatch(t, s, "a", "", "x")
	}
	var waiting sync.WaitGroup
	for range 8 {
		waiting.Go(func() {
			for NextTurn(ctx) == nil {
				turned++
			}
		})
	}
	<-done
	cancel()
	waiting.Wait()
}

// TestRandom compares what arrives with what was dispatched while types are
// listened for and not, at every moment of a burst's way, and holds that no
// wake-up is lost.
func TestRandom(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 1))
		s, woken := opened(t, quiet)
		types := []string{"a", "b", "open", "error", "message"}
		heard := map[string]bool{"open": true, "error": true}
		var want, got []string
		for step := range 400 {
			name := types[random.IntN(len(types))]
			switch action := random.IntN(20); {
			case action < 8:
				data := fmt.Sprint(step)
				dispatch(t, s, name, "", data)
				if heard[name] {
					want = append(want, name+"//"+data)
				}
			case action == 8:
				state := stateTypes[random.IntN(2)]
				dispatchState(t, s, state)
				want = append(want, state)
			case action < 11:
				listenTo(t, s, name)
				heard[name] = true
			case action < 13:
				s.Unlisten(name)
				heard[name] = slices.Contains(stateTypes[:], name)
			case action < 15:
				if err := NextTurn(t.Context()); err != nil {
					t.Fatal(err)
				}
			case len(woken) > 0:
				<-woken
				got = append(got, takeTexts(t, s, 1+random.IntN(4))...)
			}
		}
		for len(got) < len(want) {
			awaitWake(t, woken)
			got = append(got, takeTexts(t, s, 3)...)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: got\n%v\nwant\n%v", seed, got, want)
		}
		s.Close()
	}
}

// takeTexts takes a batch and writes each event of it as text does.
func takeTexts(t *testing.T, s *EventSource, max int) []string {
	t.Helper()
	return strings.Fields(text(take(t, s, max)))
}

// TestChannelReopens closes the channel with messages of every kind under way,
// opens it again in the same turn, and finds each user's own come and no other.
func TestChannelReopens(t *testing.T) {
	before := Live()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	first, late := opened(t, quiet)
	listenTo(t, first, "a")
	dispatch(t, first, "a", "", "1")
	dispatch(t, first, "a", "", "2")
	awaitWake(t, late)
	take(t, first, 1) // its own message is under way now, for the second
	dispatch(t, first, "open", "", "3")
	if err := NextTurn(ctx); !errors.Is(err, context.Canceled) { // leaves one under way that nobody waits for
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	first.Close()
	if turns.users != 0 {
		t.Fatalf("the channel has %d users, want none", turns.users)
	}
	second, woken := opened(t, quiet)
	listenTo(t, second, "a")
	dispatch(t, second, "a", "", "4")
	waited := make(chan error)
	go func() { waited <- NextTurn(t.Context()) }()
	awaitWake(t, woken)
	second.Close() // the waiter alone keeps the channel open, if it waits still
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if len(late) > 0 || len(woken) > 0 {
		t.Errorf("woken %d and %d times after Close", len(late), len(woken))
	}
	awaitLive(t, before)
}

// TestNextTurnLeftEarly holds that waiters who did not wait leave nothing
// behind, also where each was the channel's only user.
func TestNextTurnLeftEarly(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	for range 100 {
		if err := NextTurn(ctx); !errors.Is(err, cause) {
			t.Fatalf("got %v, want %v", err, cause)
		}
	}
	if n := len(turns.waiting); n > 1 {
		t.Errorf("%d waiters are left", n)
	}
}

// TestNextFrameRefused holds that a worker whose requestAnimationFrame throws,
// as the standard has it where nobody paints for it, has frames by the clock.
func TestNextFrameRefused(t *testing.T) {
	const name = "requestAnimationFrame"
	request, err := safejs.Global().Get(name)
	if err != nil {
		t.Fatal(err)
	}
	throws, err := global("BigInt") // of a function
	if err != nil {
		t.Fatal(err)
	}
	if err := safejs.Global().Set(name, throws); err != nil {
		t.Fatal(err)
	}
	defer safejs.Global().Set(name, request)
	before, start := Live(), time.Now()
	if err := NextFrame(t.Context()); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took < hiddenFrame {
		t.Errorf("a frame took %v, want %v", took, hiddenFrame)
	}
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
}

// TestFrameBeginsTurn holds that a painted frame begins a turn: what is drawn in
// it must not be put off to the next for the time since the last event.
func TestFrameBeginsTurn(t *testing.T) {
	start := time.Now()
	painted := make(chan struct{}, 1)
	cancel, err := requestFrame(func() { painted <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer cancel()
	select {
	case <-painted:
	case <-time.After(timescale.Bound(time.Minute)):
		t.Fatal("nothing is painted")
	}
	if TurnStart().Before(start) {
		t.Errorf("the turn began %v before the frame was asked for", start.Sub(TurnStart()))
	}
}

// TestFrameIsOneTurn holds that all who wait for one frame share its turn: the
// browser calls them one after the other before it paints.
func TestFrameIsOneTurn(t *testing.T) {
	const waiters = 3
	starts := make(chan time.Time, waiters)
	const held = 5 * time.Millisecond
	for range waiters {
		cancel, err := requestFrame(func() {
			starts <- TurnStart()
			for start := time.Now(); time.Since(start) < held; {
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer cancel()
	}
	first := <-starts
	for range waiters - 1 {
		if next := <-starts; next != first {
			t.Errorf("another turn began %v after the first in the same frame", next.Sub(first))
		}
	}
	if err := NextTurn(t.Context()); err != nil { // the end is known then
		t.Fatal(err)
	}
	if got := LongestHold(); got < waiters*held-time.Millisecond {
		t.Errorf("got %v, want at least the %v that all held", got, waiters*held)
	}
}

// TestEncodeAfterFailure holds that text too large for the memory there is does
// not spoil what comes after it.
func TestEncodeAfterFailure(t *testing.T) {
	encode := func() (string, error) {
		event, err := construct("MessageEvent", "n", map[string]any{"data": "text"})
		if err != nil {
			t.Fatal(err)
		}
		events, err := construct("Array", boxed(event))
		if err != nil {
			t.Fatal(err)
		}
		text, err := encodeFields(events, choice{}, nil)
		return string(text), err
	}
	if got, err := encode(); err != nil || got != "text" {
		t.Fatalf("got %q, %v", got, err)
	}
	if _, err := scratch.write(nil, 1<<52); err == nil {
		t.Fatal("there is memory for 4 PB")
	}
	if got, err := encode(); err != nil || got != "text" {
		t.Errorf("got %q, %v", got, err)
	}
}
