//go:build js && wasm

package jsbridge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// quiet is a stream of the test runner that stays open and says nothing.
const quiet = "/stream?hold=1"

// opened opens an EventSource whose wake pokes the returned channel, and waits
// until it is open.
func opened(t *testing.T, url string) (*EventSource, <-chan struct{}) {
	t.Helper()
	woken := make(chan struct{}, 1000)
	s, err := OpenEventSource(url, EventSourceOptions{}, func() { woken <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	awaitWake(t, woken)
	if got := take(t, s, 10); got.State != "open" || got.ReadyState != Open || got.More {
		t.Fatalf("got %+v, want open", got)
	}
	return s, woken
}

// dispatch has the browser dispatch a MessageEvent as if it came off a stream.
func dispatch(t *testing.T, s *EventSource, eventType, id, data string) {
	t.Helper()
	event, err := construct("MessageEvent", eventType, map[string]any{"data": data, "lastEventId": id, "origin": "http://test"})
	if err != nil {
		t.Fatal(err)
	}
	dispatchEvent(t, s, event)
}

// dispatchState has it dispatch one of its own events.
func dispatchState(t *testing.T, s *EventSource, eventType string) {
	t.Helper()
	event, err := construct("Event", eventType)
	if err != nil {
		t.Fatal(err)
	}
	dispatchEvent(t, s, event)
}

func dispatchEvent(t *testing.T, s *EventSource, event safejs.Value) {
	t.Helper()
	if _, err := s.source.Call("dispatchEvent", event); err != nil {
		t.Fatal(err)
	}
}

func listenTo(t *testing.T, s *EventSource, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := s.Listen(name); err != nil {
			t.Fatal(err)
		}
	}
}

func take(t *testing.T, s *EventSource, max int) Batch {
	t.Helper()
	batch, err := s.Take(max, nil)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

func awaitWake(t *testing.T, woken <-chan struct{}) {
	t.Helper()
	select {
	case <-woken:
	case <-time.After(timescale.Bound(time.Minute)):
		t.Fatal("nothing woke the program")
	}
}

// text writes a batch as one line.
func text(b Batch) string {
	if b.State != "" {
		return b.State
	}
	fields := strings.Split(string(b.Fields), "\r")
	var line strings.Builder
	for i := range b.Count {
		name := b.Types[min(i, len(b.Types)-1)]
		fmt.Fprintf(&line, "%s/%s/%s ", name, fields[i], fields[b.Count+i])
	}
	return strings.TrimSpace(line.String())
}

func TestTake(t *testing.T) {
	s, woken := opened(t, quiet)
	listenTo(t, s, "a", "b ☃", "message", "\ufeffmarked")
	dispatch(t, s, "a", "1", "one")
	dispatch(t, s, "b ☃", "", "")
	dispatch(t, s, scriptText("\ufeffmarked"), "", "")
	dispatch(t, s, "unheard", "2", "two")
	dispatch(t, s, "message", "3", "x\ny \x00 é 🙂")
	awaitWake(t, woken)
	batch := take(t, s, 100)
	if got, want := text(batch), "a/1/one b ☃// \ufeffmarked// message/3/x\ny \x00 é 🙂"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if batch.First != 1 || batch.Origin != "http://test" || batch.More {
		t.Errorf("got %+v", batch)
	}
	if batch = take(t, s, 100); batch.Count != 0 || batch.State != "" {
		t.Errorf("an empty queue gave %+v", batch)
	}
}

func TestTakeInSlices(t *testing.T) {
	s, woken := opened(t, quiet)
	listenTo(t, s, "a")
	for i := range 10 {
		dispatch(t, s, "a", "", fmt.Sprint(i))
	}
	next := 0
	for more := true; more; {
		awaitWake(t, woken)
		batch := take(t, s, 3)
		if batch.First != uint64(1+next) { // the first of all was open
			t.Errorf("the slice begins with %d, want %d", batch.First, 1+next)
		}
		for _, data := range strings.Split(string(batch.Fields), "\r")[batch.Count:] {
			if data != fmt.Sprint(next) {
				t.Errorf("got %s, want %d", data, next)
			}
			next++
		}
		more = batch.More
	}
	if next != 10 {
		t.Errorf("got %d events, want 10", next)
	}
}

// TestWakesOncePerBurst holds that the number of calls into Go does not grow
// with the number of events.
func TestWakesOncePerBurst(t *testing.T) {
	s, woken := opened(t, quiet)
	listenTo(t, s, "a", "b")
	for burst := range 3 {
		for range 500 {
			dispatch(t, s, "a", "", "x")
		}
		awaitWake(t, woken)
		if err := NextTurn(t.Context()); err != nil { // whatever else was posted has come
			t.Fatal(err)
		}
		if extra := len(woken); extra > 0 {
			t.Errorf("burst %d: woken %d times more", burst, extra)
		}
		if batch := take(t, s, 1000); batch.Count != 500 {
			t.Errorf("burst %d: got %d events, want 500", burst, batch.Count)
		}
	}
}

// TestMaxTake holds that more events than cross at a time cross one batch after the
// other, whatever the caller asks for.
func TestMaxTake(t *testing.T) {
	s, woken := opened(t, quiet)
	listenTo(t, s, "a")
	const events = MaxTake + 5
	for i := range events {
		dispatch(t, s, "a", "", strconv.Itoa(i))
	}
	var got []string
	for _, want := range []int{MaxTake, 5} {
		awaitWake(t, woken)
		batch := take(t, s, 2*events)
		if batch.Count != want || batch.More != (want == MaxTake) {
			t.Fatalf("got %d events, more %t; want %d", batch.Count, batch.More, want)
		}
		got = append(got, strings.Split(string(batch.Fields), "\r")[batch.Count:]...)
	}
	for i, data := range got {
		if data != strconv.Itoa(i) {
			t.Fatalf("event %d is %q", i, data)
		}
	}
}

// TestNoIDs holds that events cross without their IDs, of one type and of several,
// and apart, and that the last one of each batch is told.
func TestNoIDs(t *testing.T) {
	s, err := OpenEventSource(quiet, EventSourceOptions{NoIDs: true}, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.ListenApart("apart"); err != nil {
		t.Fatal(err)
	}
	expect := func(want ...string) {
		t.Helper()
		var got []string
		for range want {
			batch := take(t, s, 10)
			got = append(got, fmt.Sprintf("%d %q %q %q", batch.Count, batch.Types, batch.Fields, batch.LastEventID))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	listenTo(t, s, "a")
	dispatch(t, s, "a", "1", "one")
	dispatch(t, s, "a", "2 ☃", "two")
	dispatch(t, s, "apart", "3", "three")
	dispatch(t, s, "a", "", "four")
	expect(`2 ["a"] "one\rtwo" "2 ☃"`, `1 ["apart"] "three" "3"`, `1 ["a"] "four" ""`)
	listenTo(t, s, "b")
	dispatch(t, s, "b", "5", "five")
	dispatch(t, s, "a", "6", "six")
	expect(`2 ["b" "a"] "five\rsix" "6"`)
}

// TestStatesInOrder holds that a change of state keeps its place, and that a
// server's events named open and error are no change of state.
func TestStatesInOrder(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a", "open", "error")
	dispatch(t, s, "a", "1", "one")
	dispatch(t, s, "error", "2", "two")
	dispatchState(t, s, "error")
	dispatch(t, s, "open", "3", "three")
	dispatchState(t, s, "open")
	dispatchState(t, s, "error")
	dispatch(t, s, "a", "4", "four")
	var got []string
	for {
		batch := take(t, s, 10)
		if text(batch) == "" {
			break
		}
		got = append(got, fmt.Sprintf("%s[%d]", text(batch), batch.ReadyState))
	}
	// The last error comes while the connection stands, so it says Open.
	want := "a/1/one error/2/two[0] error[0] open/3/three[0] open[1] error[1] a/4/four[0]"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestListenTellsWhatCameBefore(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	for range 5 {
		dispatch(t, s, "a", "", "")
	}
	take(t, s, 2)
	dispatch(t, s, "b", "", "not heard")
	if next, err := s.Listen("b"); err != nil || next != 6 {
		t.Errorf("got %d, %v; want 6: open and five", next, err)
	}
}

func TestUnlisten(t *testing.T) {
	before := Live()
	s, _ := opened(t, quiet)
	own := Live()
	listenTo(t, s, "a", "a", "error")
	dispatch(t, s, "a", "", "queued")
	s.Unlisten("a")
	s.Unlisten("a")
	s.Unlisten("error")
	if Live() != own {
		t.Errorf("got %+v alive, want %+v", Live(), own)
	}
	dispatch(t, s, "a", "", "late")
	if got := text(take(t, s, 10)); got != "a//queued" {
		t.Errorf("got %q, want what was queued", got)
	}
	listenTo(t, s, "a")
	dispatch(t, s, "a", "", "again")
	if got := text(take(t, s, 10)); got != "a//again" {
		t.Errorf("got %q, want what came after listening again", got)
	}
	s.Close()
	s.Close()
	if Live() != before {
		t.Errorf("after Close got %+v alive, want %+v", Live(), before)
	}
}

func TestAfterClose(t *testing.T) {
	s, woken := opened(t, quiet)
	listenTo(t, s, "a")
	dispatch(t, s, "a", "", "x")
	s.Close()
	if _, err := s.Take(1, nil); !errors.Is(err, errClosed) {
		t.Errorf("Take: got %v", err)
	}
	if _, err := s.Listen("b"); !errors.Is(err, errClosed) {
		t.Errorf("Listen: got %v", err)
	}
	s.Unlisten("a")
	for range 3 {
		if err := NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(woken) > 0 {
		t.Error("woken after Close")
	}
}

func TestBadURL(t *testing.T) {
	before := Live()
	_, err := OpenEventSource("http://[", EventSourceOptions{}, func() {})
	var thrown *Error
	if !errors.As(err, &thrown) || thrown.Name != "SyntaxError" || thrown.Message == "" {
		t.Errorf("got %#v, want a SyntaxError", err)
	}
	if !errors.Is(err, &Error{Name: "SyntaxError"}) || errors.Is(err, &Error{Name: "TypeError"}) {
		t.Errorf("errors.Is does not go by the name of %v", err)
	}
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
}

// TestCarriageReturn holds that of an event which no stream can carry, made by a
// script in the page, the fields tell, by their number.
func TestCarriageReturn(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	dispatch(t, s, "a", "", "x\ry")
	if batch := take(t, s, 10); batch.Count != 1 || string(batch.Fields) != "\rx\ry" {
		t.Errorf("got %d events with %q", batch.Count, batch.Fields)
	}
}

func TestLargeText(t *testing.T) {
	s, _ := opened(t, quiet)
	listenTo(t, s, "a")
	for _, size := range []int{1, minEncodeBuffer - 10, minEncodeBuffer, 5 << 20} {
		data := strings.Repeat("é", size/2) + "."
		dispatch(t, s, "a", "", data)
		batch := take(t, s, 1)
		if !bytes.Equal(batch.Fields, []byte("\r"+data)) {
			t.Errorf("%d bytes arrived as %d, or changed", len(data), len(batch.Fields)-1)
		}
	}
	if scratch.size > keepEncodeBuffer {
		t.Errorf("%d bytes of JavaScript memory are kept", scratch.size)
	}
}

// TestOpenAndClose opens and closes a thousand and finds nothing left.
func TestOpenAndClose(t *testing.T) {
	before := Live()
	for range 1000 {
		s, err := OpenEventSource(quiet, EventSourceOptions{WithCredentials: true}, func() {})
		if err != nil {
			t.Fatal(err)
		}
		listenTo(t, s, "a", "b")
		s.Close()
	}
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
	if len(turns.wake) != 0 || turns.users != 0 {
		t.Errorf("%d wake functions and %d users of the message channel are left", len(turns.wake), turns.users)
	}
}

func TestNextTurn(t *testing.T) {
	before := Live()
	fired := make(chan struct{})
	timer, err := newCallback(func([]safejs.Value) { close(fired) })
	if err != nil {
		t.Fatal(err)
	}
	defer timer.release()
	if _, err := safejs.Global().Call("setTimeout", timer.fn, 0); err != nil {
		t.Fatal(err)
	}
	turned := 0
	for done := false; !done; turned++ {
		if err := NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-fired:
			done = true
		default:
		}
	}
	t.Logf("a timer came after %d turns", turned)
	if since := time.Since(TurnStart()); since < 0 || since > time.Minute {
		t.Errorf("the turn began %v ago", since)
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := NextTurn(ctx); !errors.Is(err, cause) && err != nil {
		t.Errorf("got %v, want %v", err, cause)
	}
	timer.release()
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
}

// TestLongestHold holds the event loop for a while, and for a while lets it go.
func TestLongestHold(t *testing.T) {
	opened(t, quiet) // keeps the message channel open
	if err := NextTurn(t.Context()); err != nil {
		t.Fatal(err)
	}
	const held = 30 * time.Millisecond
	for start := time.Now(); time.Since(start) < held; {
	}
	for range 2 { // the end is known by the next turn but one
		if err := NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	// The browser's clock ticks in steps of 0.1 ms at the most.
	if got := LongestHold(); got < held-time.Millisecond {
		t.Errorf("got %v, want at least the %v that were held", got, held)
	}
}

func TestNextFrame(t *testing.T) {
	before := Live()
	for range 3 {
		if err := NextFrame(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	if err := NextFrame(ctx); err != nil && !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
}

func TestPageContext(t *testing.T) {
	before := Live()
	ctx, stop, err := PageContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	hide := func(persisted bool) {
		event, err := construct("Event", "pagehide")
		if err == nil {
			err = event.Set("persisted", persisted)
		}
		if err == nil {
			_, err = safejs.Global().Call("dispatchEvent", event)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	hide(true)
	if ctx.Err() != nil {
		t.Error("ended with a page that may come back")
	}
	hide(false)
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), ErrPageHide) {
		t.Errorf("got %v, want %v", context.Cause(ctx), ErrPageHide)
	}
	awaitLive(t, before)

	ctx, stop, err = PageContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	stop()
	<-ctx.Done()
	awaitLive(t, before)
}

// TestPageContextAwaitsReleases holds that a main which returns with its page does
// not end the program while a goroutine still holds what JavaScript would call.
func TestPageContextAwaitsReleases(t *testing.T) {
	before := Live()
	ctx, stop, err := PageContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held, err := newCallback(func([]safejs.Value) {})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer held.release()
		<-ctx.Done()
		for range 10 {
			NextTurn(t.Context()) // as the browser settles what is aborted
		}
	}()
	dispatchLifecycle(t, "globalThis", "pagehide", false)
	stop()
	if Live() != before {
		t.Errorf("got %+v alive, want %+v", Live(), before)
	}
}

// awaitLive waits until as much is alive as before.
func awaitLive(t *testing.T, want Counts) {
	t.Helper()
	for deadline := time.Now().Add(timescale.Bound(time.Minute)); Live() != want; {
		if time.Now().After(deadline) {
			t.Fatalf("got %+v alive, want %+v", Live(), want)
		}
		if err := NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPublished holds that a harness reads what Live returns.
func TestPublished(t *testing.T) {
	s, _ := opened(t, quiet)
	defer s.Close()
	symbol, err := global("Symbol")
	if err != nil {
		t.Fatal(err)
	}
	key, err := symbol.Call("for", "runnel.live")
	if err != nil {
		t.Fatal(err)
	}
	reflect, err := global("Reflect")
	if err != nil {
		t.Fatal(err)
	}
	object, err := reflect.Call("get", safejs.Global(), key)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{"callbacks": Live().Callbacks, "listeners": Live().Listeners} {
		value, err := object.Get(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := value.Int(); err != nil || got != want || got == 0 {
			t.Errorf("%s: got %d, %v; want %d, above zero", name, got, err, want)
		}
	}
}

// TestCountSubscription holds that a harness reads what the program listens to.
func TestCountSubscription(t *testing.T) {
	object, err := liveProperty()
	if err != nil {
		t.Fatal(err)
	}
	types, err := object.Get("types")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ by, want int }{{1, 1}, {1, 2}, {-1, 1}, {-1, 0}, {1, 1}, {-1, 0}} {
		CountSubscription("counted é", step.by)
		value, err := types.Get("counted é")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := value.Int(); err != nil || got != step.want {
			t.Errorf("got %d subscriptions, %v; want %d", got, err, step.want)
		}
	}
}

// TestErrorOf reads whatever JavaScript may throw.
func TestErrorOf(t *testing.T) {
	typeError, err := construct("TypeError", "no")
	if err != nil {
		t.Fatal(err)
	}
	empty, err := construct("Object")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		thrown any
		want   string
	}{
		{typeError, "TypeError: no"},
		{empty, "Error"},
		{"a string", "Error: a string"},
		{7, "Error: <number: 7>"},
		{nil, "Error: <null>"},
		{safejs.Undefined(), "Error: <undefined>"},
	} {
		value, isValue := test.thrown.(safejs.Value)
		if !isValue {
			if value, err = safejs.ValueOf(test.thrown); err != nil {
				t.Fatal(err)
			}
		}
		if got := errorOf(value).Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestMissingGlobal(t *testing.T) {
	_, err := construct("NoSuchClass")
	if err == nil || !strings.Contains(err.Error(), "NoSuchClass") {
		t.Errorf("got %v, want an error that names it", err)
	}
}

// TestEventsAreLetGo holds that what crosses is not kept by an array until Go's next
// garbage collection, which may be far away.
func TestEventsAreLetGo(t *testing.T) {
	var events [2]any
	for i := range events {
		event, err := construct("MessageEvent", "n", map[string]any{"data": "d", "lastEventId": "i"})
		if err != nil {
			t.Fatal(err)
		}
		events[i] = boxed(event)
	}
	array, err := construct("Array", events[:]...)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := encodeFields(array, choice{types: true, ids: true}, nil); err != nil || string(got) != "n\rn\ri\ri\rd\rd" {
		t.Fatalf("got %q, %v", got, err)
	}
	if length, err := array.Length(); length != 0 || err != nil {
		t.Errorf("the array keeps %d events, %v", length, err)
	}
	if length, err := scratch.text.Length(); length != 0 || err != nil {
		t.Errorf("%d fields are kept, %v", length, err)
	}
}
