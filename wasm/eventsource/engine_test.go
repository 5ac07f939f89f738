package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// engineOf returns the engine of a Source that openFake made.
func engineOf(s *Source) *engine { return s.transport.(*connection).engine }

// silentAfter answers with a stream that says something and then nothing.
func silentAfter(text func(attempt int) string) func(context.Context, int) (*response, error) {
	return func(ctx context.Context, attempt int) (*response, error) {
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		go io.WriteString(w, text(attempt))
		return streamOf(r), nil
	}
}

// TestSuspend holds that a suspended Source has no connection, that it resumes at
// once and only when no reason is left, and that nothing is lost or doubled.
func TestSuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, silentAfter(func(attempt int) string {
			return fmt.Sprintf("id: %d\ndata: %d\n\n", attempt, attempt)
		}))
		defer s.Close()
		e := engineOf(s)
		sub := subscribe[int](t, s, "", nil)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s ]")
		e.suspend(stored)
		e.suspend(hidden)
		time.Sleep(time.Hour)
		synctest.Wait()
		expect(t, "dials while suspended", d.dials, "[0s ]")
		expect(t, "state while suspended", s.State().ReadyState, StateConnecting)
		if err := s.State().Err; !errors.Is(err, errRenewed) {
			t.Errorf("got %v as the cause", err)
		}
		e.resume(stored)
		time.Sleep(time.Hour)
		synctest.Wait()
		expect(t, "dials with a reason left", len(d.dials), 1)
		e.resume(hidden)
		e.resume(hidden)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  2h1m0s 1]")
		expect(t, "state", s.State().ReadyState, StateOpen)
		s.failed(errors.New("end"))
		expect(t, "events", collect(sub), []string{"1=1", "2=2", "error: end"})
	})
}

// TestSuspendWhileWaiting holds that a wait for the next attempt ends with a
// suspension, and that the attempt is made on resuming.
func TestSuspendWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), &Options{Reconnect: Reconnect{Delay: time.Hour, MaxDelay: time.Hour}},
			func(context.Context, int) (*response, error) { return nil, errNetwork })
		defer s.Close()
		synctest.Wait()
		engineOf(s).suspend(hidden)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		expect(t, "dials while suspended", len(d.dials), 1)
		engineOf(s).resume(hidden)
		synctest.Wait()
		expect(t, "dials", len(d.dials), 2)
	})
}

// TestSuspendedEnds holds that a suspended Source can be closed.
func TestSuspendedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := openFake(t.Context(), nil, silentAfter(func(int) string { return "" }))
		synctest.Wait()
		engineOf(s).suspend(hidden)
		synctest.Wait()
		s.Close()
		<-s.Done()
	})
}

// memory is a Store that may fail.
type memory struct {
	mu         sync.Mutex
	ids        map[string]string
	saved      []string
	load, full error
}

func (m *memory) Load(url string) (string, error) { return m.ids[url], m.load }

func (m *memory) Save(url, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.full != nil {
		return m.full
	}
	m.ids[url] = id
	m.saved = append(m.saved, id)
	return nil
}

func TestStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{ids: map[string]string{"http://test/events": "7"}}
		for _, want := range []string{"7", "9"} {
			s, d := openFake(t.Context(), &Options{Store: store},
				silentAfter(func(int) string { return "data: x\n\nid: 8\ndata: y\n\nid: 9\ndata: z\n\n" }))
			expect(t, "last event ID at the start", s.LastEventID(), want)
			go tellAll(subscribe[string](t, s, "", textOptions))
			synctest.Wait()
			expect(t, "sent", d.dials[0].lastEventID, want)
			s.Close()
		}
		expect(t, "saved", store.ids["http://test/events"], "9")
		s, _ := openFake(t.Context(), &Options{Store: store, LastEventID: "3"}, silentAfter(func(int) string { return "" }))
		expect(t, "with LastEventID", s.LastEventID(), "3")
		s.Close()
	})
}

// TestStoreFails holds that a Store which fails is told once and ends nothing.
func TestStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("full")
		for name, store := range map[string]*memory{
			"from the start": {ids: map[string]string{}, load: full, full: full},
			"later":          {ids: map[string]string{}, full: full},
		} {
			s, _ := openFake(t.Context(), &Options{Store: store}, silentAfter(func(int) string {
				return "id: 1\ndata: 1\n\n"
			}))
			states := s.States()
			sub := subscribe[int](t, s, "", nil)
			var events []string
			go func() { events = collect(sub) }()
			synctest.Wait()
			s.failed(io.EOF)
			told := 0
			for state := range states {
				if errors.Is(state.Err, full) {
					told++
				}
			}
			synctest.Wait()
			expect(t, name+": told", told, 1)
			expect(t, name+": events", strings.Join(events, " "), "1=1 error: EOF")
			s.Close()
		}
	})
}

// TestResumeHurries holds that resuming connects at once also where the
// suspension came between the failure and the wait for the next attempt.
func TestResumeHurries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		retrying, goOn := make(chan struct{}), make(chan struct{})
		s, d := openFake(t.Context(), &Options{Reconnect: Reconnect{Delay: time.Hour, MaxDelay: time.Hour,
			Retry: func(error) bool { close(retrying); <-goOn; return true }}},
			func(ctx context.Context, attempt int) (*response, error) {
				if attempt == 1 {
					return nil, errNetwork
				}
				<-ctx.Done()
				return nil, ctx.Err()
			})
		defer s.Close()
		<-retrying
		engineOf(s).suspend(hidden)
		close(goOn)
		synctest.Wait()
		engineOf(s).resume(hidden)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  0s ]")
	})
}

// TestSuspensionIsNoLoss holds that tries and time from before a suspension do
// not count against the limits after it.
func TestSuspensionIsNoLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := silentAfter(func(int) string { return "" })
		s, d := openFake(t.Context(), &Options{Reconnect: Reconnect{MaxElapsed: time.Minute}},
			func(ctx context.Context, attempt int) (*response, error) {
				if attempt == 1 || attempt == 3 {
					return nil, errNetwork
				}
				return silent(ctx, attempt)
			})
		defer s.Close()
		time.Sleep(time.Hour)
		engineOf(s).suspend(hidden)
		time.Sleep(time.Hour)
		engineOf(s).resume(hidden)
		time.Sleep(time.Minute)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  1s  2h0m0s  2h0m1s ]")
		expect(t, "state", s.State().ReadyState, StateOpen)
	})
}

// TestHookEndsItsGoroutine holds that a Source ends with a hook that does not
// return.
func TestHookEndsItsGoroutine(t *testing.T) {
	for name, set := range map[string]func(o *Options, exit func()){
		"Request": func(o *Options, exit func()) {
			o.Request = func(context.Context, int) (*Request, error) { exit(); return nil, nil }
		},
		"OnResponse": func(o *Options, exit func()) {
			o.OnResponse = func(*Response) error { exit(); return nil }
		},
		"Retry": func(o *Options, exit func()) {
			o.Reconnect.Retry = func(error) bool { exit(); return false }
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			// The hook waits: else the Source may have ended before it is
			// subscribed to.
			subscribed := make(chan struct{})
			var options Options
			set(&options, func() { <-subscribed; runtime.Goexit() })
			s, _ := openFake(t.Context(), &options, func(context.Context, int) (*response, error) {
				return streamOf(strings.NewReader("")), nil
			})
			sub := subscribe[int](t, s, "", nil)
			close(subscribed)
			synctest.Wait()
			expect(t, name+": state", s.State().ReadyState, StateClosed)
			s.Close()
			sub.Close()
		})
	}
}

// TestSuspendWhileBlocked holds that a connection whose delivery waits for a
// loop ends with a suspension.
func TestSuspendWhileBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, silentAfter(func(attempt int) string {
			return fmt.Sprintf("id: %d\ndata: %d\n\n", attempt, attempt)
		}))
		defer s.Close()
		sub := subscribe[int](t, s, "", &SubscribeOptions{Overflow: Block, QueueLength: 1})
		for cycle := range 3 {
			synctest.Wait()
			expect(t, "dials", len(d.dials), cycle+1)
			engineOf(s).suspend(stored)
			synctest.Wait()
			expect(t, "state", s.State().ReadyState, StateConnecting)
			engineOf(s).resume(stored)
		}
		synctest.Wait()
		// The loop has taken nothing: nor has any connection but the first.
		expect(t, "events", s.Stats().Events, 1)
		s.failed(io.EOF)
		expect(t, "delivered", collect(sub), []string{"1=1", "error: EOF"})
	})
}

// TestLastEventIDAfterBatch holds that an ID that comes without a message counts
// wherever the bytes are cut, for the Store too.
func TestLastEventIDAfterBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{ids: map[string]string{}}
		s, _ := openFake(t.Context(), &Options{Store: store}, silentAfter(func(int) string {
			return "id: 1\ndata: 1\n\nid: 2\n\n"
		}))
		go collect(subscribe[int](t, s, "", nil))
		synctest.Wait()
		expect(t, "last event ID", s.LastEventID(), "2")
		s.Close()
		expect(t, "stored", store.ids["http://test/events"], "2")
	})
}

// TestImpossibleLastEventID holds that a place to begin which no stream can have
// named is an error, of Open or of the Store.
func TestImpossibleLastEventID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, id := range []string{"a\rb", "a\nb", "a\x00b"} {
			if s, err := Open(t.Context(), "http://127.0.0.1:1/", &Options{LastEventID: id}); err == nil {
				s.Close()
				t.Errorf("LastEventID %q: got no error", id)
			}
			store := &memory{ids: map[string]string{"http://test/events": id}}
			s, d := openFake(t.Context(), &Options{Store: store}, silentAfter(func(int) string { return "data: 1\n\n" }))
			states := s.States()
			sub := subscribe[int](t, s, "", nil)
			synctest.Wait()
			expect(t, "sent", d.dials, "[0s ]")
			s.failed(io.EOF)
			expect(t, "events", collect(sub), []string{"=1", "error: EOF"})
			told := 0
			for state := range states {
				if state.ReadyState == StateOpen && state.Err != nil {
					told++
				}
			}
			expect(t, "told", told, 1)
		}
	})
}

// TestOptionsAreCopied holds that a Source heeds its options as they were when
// it was opened.
func TestOptionsAreCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := &Options{Method: "GET"}
		s, d := openFake(t.Context(), options, func(context.Context, int) (*response, error) { return nil, errNetwork })
		options.Method = "PUT"
		time.Sleep(time.Minute)
		synctest.Wait() // for the attempt of that second
		s.Close()
		for _, request := range d.requests {
			expect(t, "method", request.Method, "GET")
		}
	})
}
