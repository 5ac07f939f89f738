package eventsource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestSleepWatch holds that a jump of the clock on the wall is noticed, once and
// within sleepCheck, and that a timer which a browser puts off is none.
func TestSleepWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asleep atomic.Int64 // the time that the clock of timers does not know of
		var woke atomic.Int64
		w := &sleepWatch{
			now:  func() time.Time { return wallClock().Add(time.Duration(asleep.Load())) },
			woke: func() { woke.Add(1) },
		}
		look := func(slept time.Duration, want int) {
			t.Helper()
			asleep.Add(int64(slept))
			time.Sleep(sleepCheck)
			synctest.Wait()
			expect(t, fmt.Sprint("woken up after ", slept), woke.Load(), want)
		}
		w.look() // before it has begun
		w.start()
		time.Sleep(time.Hour)
		look(0, 0)
		look(time.Minute, 0)
		look(-time.Hour, 0)
		look(2*time.Minute, 1)
		look(0, 1)
		asleep.Add(int64(time.Hour))
		w.look() // for a reason: nothing is waited for
		expect(t, "woken up", woke.Load(), 2)
		look(0, 2)
		w.stop()
		w.stop()
		w.look()
		look(time.Hour, 2)
		w.start()
		look(time.Hour, 2)
		w = &sleepWatch{now: w.now, woke: w.woke, late: workerLate}
		w.start()
		defer w.stop()
		look(workerLate-1, 2)
		look(workerLate, 3)
	})
}

// TestStopWatch holds that a page which was stopped for some seconds while it was not
// seen is reported when it is seen again, once, whatever comes first then, its timer or
// that; and that one which only was not seen is not.
func TestStopWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asleep, woke atomic.Int64
		w := &sleepWatch{
			now:  func() time.Time { return wallClock().Add(time.Duration(asleep.Load())) },
			woke: func() { woke.Add(1) },
		}
		pass := func(d time.Duration) {
			time.Sleep(d)
			synctest.Wait()
		}
		w.show() // before it has begun
		w.start()
		defer w.stop()
		for _, test := range []struct {
			name    string
			before  time.Duration // seen, of which the timers do not know
			stopped time.Duration
			timer   bool // comes before the page is seen
			restart bool // as does another connection
			want    int
		}{
			{"not seen for a while", 0, 0, true, false, 0},
			{"late by a little", 0, stopLate - 1, true, false, 0},
			{"stopped", 0, 10 * time.Second, false, false, 1},
			{"stopped, the timer first", 0, 10 * time.Second, true, false, 1},
			{"stopped, and connected again", 0, 10 * time.Second, true, true, 0},
			{"stopped while it was seen", 10 * time.Second, 0, true, false, 0},
		} {
			woke.Store(0)
			asleep.Add(int64(test.before))
			pass(2 * sleepCheck)
			w.hide()
			pass(time.Minute)
			asleep.Add(int64(test.stopped))
			if test.timer {
				pass(2 * sleepCheck)
			} else {
				asleep.Add(int64(sleepCheck)) // which lies at most before the timer is due
			}
			if test.restart {
				w.restart()
			}
			w.show()
			w.show()
			pass(2 * sleepCheck)
			expect(t, test.name+": woken up", woke.Load(), test.want)
		}
	})
}

// TestSlept holds that after a sleep the connection is made anew at once and at
// its place, that what the old one still sends is not delivered, and that a wait
// is over.
func TestSlept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, func(ctx context.Context, attempt int) (*response, error) {
			if attempt == 2 {
				return nil, errNetwork
			}
			return silentAfter(func(int) string { return fmt.Sprintf("id: %d\ndata: %d\n\n", attempt, attempt) })(ctx, attempt)
		})
		defer s.Close()
		sub := subscribe[int](t, s, "", nil)
		states := s.States()
		time.Sleep(time.Hour)
		e := engineOf(s)
		e.sleep.woke() // and the attempt fails
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  1h0m0s 1]")
		e.sleep.woke()
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  1h0m0s 1 1h0m0s 1]")
		expect(t, "state", s.State().ReadyState, StateOpen)
		s.failed(errors.New("end"))
		expect(t, "events", collect(sub), []string{"1=1", "3=3", "error: end"})
		told := 0
		for state := range states {
			if errors.Is(state.Err, errSlept) {
				told++
			}
		}
		expect(t, "told", told, 1)
	})
}

// TestSleptWhileSuspended holds that a connection which begins after a suspension, or
// after another one was renewed, is not renewed for what the clock was late before.
func TestSleptWhileSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, silentAfter(func(int) string { return "" }))
		defer s.Close()
		e := engineOf(s)
		var asleep atomic.Int64
		e.sleep.mu.Lock()
		e.sleep.now = func() time.Time { return wallClock().Add(time.Duration(asleep.Load())) }
		e.sleep.mu.Unlock()
		wait := func(want int) {
			t.Helper()
			e.sleep.show()
			time.Sleep(2 * sleepCheck)
			synctest.Wait()
			expect(t, "dials", len(d.dials), want)
		}
		wait(1)
		e.suspend(stored)
		synctest.Wait()
		asleep.Add(int64(time.Hour))
		e.resume(stored)
		synctest.Wait()
		wait(2)
		asleep.Add(int64(time.Hour))
		s.Reconnect()
		synctest.Wait()
		wait(3)
	})
}

// TestReconnectWhileOpen holds that a connection is made anew on demand.
func TestReconnectWhileOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, silentAfter(func(attempt int) string {
			return fmt.Sprintf("id: %d\ndata: %[1]d\n\n", attempt)
		}))
		defer s.Close()
		sub := subscribe[int](t, s, "", nil)
		for range 2 {
			time.Sleep(time.Minute)
			s.Reconnect()
		}
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  1m0s 1 2m0s 2]")
		s.failed(errors.New("end"))
		expect(t, "events", collect(sub), []string{"1=1", "2=2", "3=3", "error: end"})
	})
}

// TestOnComment holds that each comment is told, and none once the Source is
// closed, by this function or another.
func TestOnComment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Source
		var got []string
		s, _ = openFake(t.Context(), &Options{OnComment: func(comment string) {
			got = append(got, comment)
			if comment == "end" {
				s.Close()
			}
		}}, func(context.Context, int) (*response, error) {
			return streamOf(strings.NewReader(":one\n: two \ndata: 1\n:\n\n:end\n:late\n")), nil
		})
		expect(t, "events", collect(subscribe[int](t, s, "", nil)), "[=1]")
		expect(t, "comments", fmt.Sprintf("%q", got), `["one" " two " "" "end"]`)
	})
}

// TestNudge holds that what makes an attempt likelier to succeed ends a wait,
// but not one that the server has asked for, which the caller alone can end; and
// that a suspension meanwhile does not end it either.
func TestNudge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), &Options{Reconnect: Reconnect{Delay: time.Hour, MaxDelay: time.Hour}},
			func(ctx context.Context, attempt int) (*response, error) {
				if attempt == 1 {
					return nil, errNetwork
				}
				return nil, &ResponseError{Status: 503, RetryAfter: 2 * time.Hour}
			})
		defer s.Close()
		e := engineOf(s)
		time.Sleep(time.Second)
		e.nudge()
		synctest.Wait()
		expect(t, "dials after a nudge", d.dials, "[0s  1s ]")
		time.Sleep(time.Second)
		e.nudge()
		e.renew(errSlept)
		synctest.Wait()
		expect(t, "dials too early", len(d.dials), 2)
		for range 2 {
			e.suspend(hidden)
			synctest.Wait()
			e.resume(hidden)
			synctest.Wait()
		}
		e.suspend(hidden)
		e.resume(hidden)
		synctest.Wait()
		expect(t, "dials on resuming too early", len(d.dials), 2)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  1s  2h0m1s ]")
		s.Reconnect()
		synctest.Wait()
		expect(t, "dials on demand", len(d.dials), 4)
		e.suspend(hidden)
		synctest.Wait()
		s.Reconnect()
		e.resume(hidden)
		synctest.Wait()
		expect(t, "dials on demand while suspended", len(d.dials), 5)
	})
}
