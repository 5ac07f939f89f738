//go:build !(js && wasm)

package eventsource

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestContextEndsInLoop holds that nothing is handed out after the context that
// a loop or handler itself has ended.
func TestContextEndsInLoop(t *testing.T) {
	cause := errors.New("enough")
	for name, run := range map[string]func(t *testing.T, ctx context.Context, cancel func(), s *Source, f *fakeTransport) (int, error){
		"Events": func(t *testing.T, _ context.Context, cancel func(), s *Source, f *fakeTransport) (turns int, last error) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 0, 1000)
			for _, err := range sub.Events() {
				turns++
				last = err
				cancel()
			}
			return turns - 1, last
		},
		"Batches": func(t *testing.T, _ context.Context, cancel func(), s *Source, f *fakeTransport) (turns int, last error) {
			sub := subscribe[int](t, s, "n", nil)
			f.send("n", "1", "1", "n", "2", "x", "n", "3", "3")
			for _, err := range sub.Batches() {
				turns++
				last = err
				cancel()
			}
			return turns - 1, last
		},
		"Mux": func(t *testing.T, _ context.Context, cancel func(), s *Source, f *fakeTransport) (calls int, err error) {
			var mux Mux
			Handle(&mux, "n", func(Event[int], error) { calls++; cancel() })
			go func() {
				synctest.Wait()
				f.numbers("n", 0, 1000)
			}()
			err = mux.Run(t.Context(), s)
			return calls, err
		},
		"Mux of a context": func(t *testing.T, ctx context.Context, cancel func(), _ *Source, _ *fakeTransport) (calls int, err error) {
			s, f := newFake(t.Context())
			defer s.Close()
			var mux Mux
			Handle(&mux, "n", func(Event[int], error) { calls++; cancel() })
			go func() {
				synctest.Wait()
				f.numbers("n", 0, 1000)
			}()
			err = mux.Run(ctx, s)
			return calls, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				s, f := newFake(ctx)
				handed, err := run(t, ctx, func() { cancel(cause) }, s, f)
				expect(t, "events and their end", []any{handed, err}, []any{1, cause})
				synctest.Wait()
			})
		})
	}
}

// TestPanicInKey holds that a Key that panics closes the Source on the panic's
// way.
func TestPanicInKey(t *testing.T) {
	s, f := newFake(t.Context())
	subscribe[int](t, s, "n", &SubscribeOptions{Overflow: KeepLatest, Key: func(eventstream.Message) string { panic("mine") }})
	func() {
		defer func() { expect(t, "panic", recover(), "mine") }()
		f.numbers("n", 0, 1)
	}()
	expect(t, "closed", f.closed, 1)
}

// TestSecondStatesLoop holds that a second loop over one States ends, too.
func TestSecondStatesLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := newFake(t.Context())
		states := s.States()
		for range states {
			break
		}
		s.opened()
		for state := range states {
			t.Errorf("a second loop got %v", state)
		}
		s.Close()
	})
}

// TestBreatheAfterWaiting holds that a loop which has waited looks at the time
// before it hands out what came: others may have used it up.
func TestBreatheAfterWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		held, turns := time.Duration(0), 0
		saved := pace
		defer func() { pace = saved }()
		pace = pacer{
			clock: func() (now, turn time.Duration) { return held, 0 },
			next:  func(context.Context) error { held = 0; turns++; return nil },
		}
		s, f := newFake(t.Context())
		sub := subscribe[int](t, s, "n", nil)
		go func() {
			synctest.Wait() // the loop below waits
			held = maxHold  // as another loop's handler
			f.numbers("n", 0, 1)
		}()
		for range sub.Events() {
			break
		}
		expect(t, "turns", turns, 1)
	})
}
