//go:build js && wasm

package jsbridge

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hack-pad/safejs"
)

// takeAll takes everything there is, in slices, and writes it as text does, each
// batch behind the sequence number of its first event.
func takeAll(t *testing.T, s *EventSource, max int) string {
	t.Helper()
	var all []string
	for {
		batch := take(t, s, max)
		if text(batch) == "" {
			return strings.Join(all, " ")
		}
		all = append(all, fmt.Sprintf("%d:%s", batch.First, text(batch)))
	}
}

// backlogged returns an EventSource that has taken the first of so many events
// of the type a, and has the others in its backlog.
func backlogged(t *testing.T, count int) *EventSource {
	t.Helper()
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	for i := range count {
		dispatch(t, s, "a", "", fmt.Sprint(i))
	}
	if batch := take(t, s, 1); text(batch) != "a//0" || !batch.More {
		t.Fatalf("got %+v, want the first of %d", batch, count)
	}
	return s
}

// TestBacklogKeepsOrder holds that what is queued behind a backlog comes after
// it, changes of state in either at their places.
func TestBacklogKeepsOrder(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	dispatch(t, s, "a", "", "0")
	dispatch(t, s, "a", "", "1")
	dispatchState(t, s, "error")
	dispatch(t, s, "a", "", "2")
	dispatch(t, s, "a", "", "3")
	got := []string{text(take(t, s, 1))}
	dispatch(t, s, "a", "", "4")
	dispatchState(t, s, "open")
	dispatchState(t, s, "error")
	dispatch(t, s, "a", "", "5")
	if next, err := s.next(); err != nil || next != 10 {
		t.Errorf("the next number is %d, %v, want 10", next, err)
	}
	got = append(got, takeAll(t, s, 10))
	want := "a//0 2:a//1 3:error 4:a//2 a//3 6:a//4 7:open 8:error 9:a//5"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// TestReadyStateBehindBacklog holds that a change of state that is still queued
// behind the backlog tells that the one before it was not the last.
func TestReadyStateBehindBacklog(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	dispatch(t, s, "a", "", "0")
	dispatchState(t, s, "error")
	take(t, s, 1)
	dispatchState(t, s, "open")
	if got := take(t, s, 1); got.State != "error" || got.ReadyState != Connecting || !got.More {
		t.Errorf("got %+v, want to be connecting", got)
	}
	if got := take(t, s, 1); got.State != "open" || got.ReadyState != Open || got.More {
		t.Errorf("got %+v, want to be open", got)
	}
}

// TestListenOverBacklog holds that a new type is told what came before, backlog
// and queue, and that the types of what was queued stay right.
func TestListenOverBacklog(t *testing.T) {
	s := backlogged(t, 3)
	dispatch(t, s, "a", "", "queued")
	if next, err := s.Listen("b"); err != nil || next != 5 {
		t.Errorf("got %d, %v, want 5: open and four", next, err)
	}
	dispatch(t, s, "b", "", "4")
	dispatch(t, s, "a", "", "5")
	if got, want := takeAll(t, s, 2), "2:a//1 a//2 4:a//queued b//4 6:a//5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestOtherTypeOverBacklog holds that what is left of a type no longer listened
// for is not taken for the single one that is.
func TestOtherTypeOverBacklog(t *testing.T) {
	s := backlogged(t, 3)
	dispatch(t, s, "a", "", "queued")
	s.Unlisten("a")
	listenTo(t, s, "b")
	dispatch(t, s, "b", "", "4")
	if got, want := takeAll(t, s, 1), "2:a//1 3:a//2 4:a//queued 5:b//4"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	dispatch(t, s, "b", "", "6")
	if got, want := takeAll(t, s, 1), "6:b//6"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNamedAsStates holds that a server's events named open and error keep their
// names beside a single type, in the backlog and behind it, whatever changes of
// state are about.
func TestNamedAsStates(t *testing.T) {
	s := backlogged(t, 2)
	dispatch(t, s, "error", "", "2")
	dispatchState(t, s, "error")
	dispatch(t, s, "open", "", "4")
	dispatch(t, s, "a", "", "5")
	if got, want := takeAll(t, s, 3), "2:a//1 3:error//2 4:error 5:open//4 a//5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCloseDropsBacklog(t *testing.T) {
	s := backlogged(t, 3)
	s.Close()
	if !released(s) {
		t.Error("Close leaves the backlog")
	}
	if _, err := s.Take(10, nil); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
}

// released reports whether nothing is left of the backlog.
func released(s *EventSource) bool {
	return s.backlog.events.IsUndefined() && s.backlog.size == 0
}

// TestBacklogLetsGo holds that JavaScript keeps no event that has crossed.
func TestBacklogLetsGo(t *testing.T) {
	s := backlogged(t, 4)
	take(t, s, 2)
	for i := range 4 {
		event, err := s.backlog.events.Index(i)
		if err != nil || event.IsNull() != (i < 3) {
			t.Errorf("at %d: got %v, %v; want null for what has crossed", i, event, err)
		}
	}
	if batch := take(t, s, 2); batch.More || !released(s) {
		t.Errorf("a backlog is left after all has crossed: %+v", s.backlog)
	}
}

// TestTypesNeedNotCross holds that a single type's name is not read of each
// event, and that batches share it.
func TestTypesNeedNotCross(t *testing.T) {
	s := backlogged(t, 6)
	one, two := take(t, s, 3), take(t, s, 2)
	if len(one.Types) != 1 || &one.Types[0] != &two.Types[0] {
		t.Errorf("got the names %q and %q, want one that they share", one.Types, two.Types)
	}
	listenTo(t, s, "b")
	dispatch(t, s, "a", "", "6")
	if s.types.only(6) != nil {
		t.Error("one of two types is taken for all")
	}
	s.Unlisten("b")
	if s.types.only(7) != nil || s.types.only(8) == nil {
		t.Error("the single type is not told apart from what was queued before it was")
	}
}

// TestApart holds that an event of a type apart is a batch of its own, at its
// place, in the queue and in the backlog, and that the others' types cross no more
// for it than without.
func TestApart(t *testing.T) {
	before := Live()
	s, woken := opened(t, quiet)
	if err := s.ListenApart("gap"); err != nil {
		t.Fatal(err)
	}
	for n := range 2 { // each wakes the program anew
		dispatch(t, s, "gap", "", fmt.Sprint(n))
		awaitWake(t, woken)
		if batch := take(t, s, 10); text(batch) != fmt.Sprintf("gap//%d", n) || batch.Origin != "http://test" || batch.More {
			t.Errorf("got %+v, want the gap %d alone", batch, n)
		}
	}
	listenTo(t, s, "gap", "a")
	s.Unlisten("gap")
	if s.types.single == nil || s.types.single.name != "a" {
		t.Error("the single type is none beside one apart")
	}
	dispatch(t, s, "gap", "", "3")
	for n := 4; n < 7; n++ {
		dispatch(t, s, "a", "", fmt.Sprint(n))
	}
	dispatch(t, s, "gap", "7", "7")
	dispatch(t, s, "gap", "8", "8")
	dispatchState(t, s, "error")
	dispatch(t, s, "a", "8", "10")
	got := []string{text(take(t, s, 10)), text(take(t, s, 2))}
	dispatch(t, s, "gap", "11", "11")
	got = append(got, takeAll(t, s, 10))
	want := "gap//3 a//4 a//5 6:a//6 7:gap/7/7 8:gap/8/8 9:error 10:a/8/10 11:gap/11/11"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	s.Close()
	if got := Live(); got.Listeners != before.Listeners {
		t.Errorf("%d listeners are left, want %d", got.Listeners, before.Listeners)
	}
	if err := s.ListenApart("gap"); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want %v", err, errClosed)
	}
}

// TestTakeAllocates holds what taking over costs on Go's side: so many objects
// for a batch, however many events it has.
func TestTakeAllocates(t *testing.T) {
	const budget = 18 // for a slice of a backlog, most of them what JavaScript returns
	for _, count := range []int{10, 500} {
		s := backlogged(t, 1+5*count)
		take(t, s, count) // warms up
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 3 {
			take(t, s, count)
		}
		runtime.ReadMemStats(&after)
		each := float64(after.Mallocs-before.Mallocs) / 3
		t.Logf("a batch of %d: %.1f allocations", count, each)
		if each > budget {
			t.Errorf("a batch of %d takes %.1f allocations, want at most %d", count, each, budget)
		}
		s.Close()
	}
}

// TestChunksAreOneTurn holds that chunks which are ready one after the other are
// one turn, whose hold is that of all of them, and that a later one begins
// another turn.
func TestChunksAreOneTurn(t *testing.T) {
	const chunks, held = 6, 5 * time.Millisecond
	expectNothingLeft(t)
	var controller safejs.Value
	reader := readable(t, scripted(t, nil, func(c safejs.Value) {
		controller = c
		for range chunks {
			call(t, c, "enqueue", bytesOf(t, "x"))
		}
	}))
	defer reader.Close()
	p := make([]byte, 10)
	var first time.Time
	for i := range chunks {
		if _, err := reader.Read(p); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = TurnStart()
		} else if TurnStart() != first {
			t.Errorf("chunk %d began a turn %v after the first", i, TurnStart().Sub(first))
		}
		for start := time.Now(); time.Since(start) < held; {
		}
	}
	if err := NextTurn(t.Context()); err != nil { // the end is known then
		t.Fatal(err)
	}
	if got := LongestHold(); got < chunks*held-time.Millisecond {
		t.Errorf("the longest hold was %v, want at least the %v of all", got, chunks*held)
	}
	time.Sleep(20 * time.Millisecond)
	late := time.Now()
	call(t, controller, "enqueue", bytesOf(t, "y"))
	if _, err := reader.Read(p); err != nil {
		t.Fatal(err)
	}
	if TurnStart().Before(late) {
		t.Errorf("a chunk after a pause did not begin a turn")
	}
}
