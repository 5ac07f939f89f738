package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// longestWaits makes a backoff draw the longest wait each time.
func longestWaits(policy Reconnect) *backoff {
	b := newBackoff(policy)
	b.random = func(d time.Duration) time.Duration { return d }
	return b
}

// shortestWaits makes a backoff draw the shortest wait each time.
func shortestWaits(policy Reconnect) *backoff {
	b := newBackoff(policy)
	b.random = func(time.Duration) time.Duration { return 0 }
	return b
}

var errNetwork = errors.New("network")

// waits returns the waits after failures in a row, as "least-most".
func waits(t *testing.T, policy Reconnect, set func(*backoff), n int, failure error) (got []string) {
	t.Helper()
	least, most := shortestWaits(policy), longestWaits(policy)
	set(least)
	set(most)
	now := time.Now()
	for range n {
		from, ok := least.next(now, failure, 0)
		to, okToo := most.next(now, failure, 0)
		if !ok || !okToo {
			t.Fatal("gave up")
		}
		if from == to {
			got = append(got, from.String())
			continue
		}
		got = append(got, fmt.Sprint(from, "-", to))
	}
	return got
}

// TestBackoff holds between what the waits after failures in a row lie: never below
// the reconnection time, twice as long each time, up to MaxDelay or to what the
// server asks for if that is more.
func TestBackoff(t *testing.T) {
	retry := func(d time.Duration) func(*backoff) { return func(b *backoff) { b.setRetry(d) } }
	unset := func(*backoff) {}
	busy := func(d time.Duration) error { return &ResponseError{Status: 503, RetryAfter: d} }
	policy := Reconnect{Delay: time.Second, MaxDelay: 10 * time.Second}
	for _, test := range []struct {
		name    string
		policy  Reconnect
		set     func(*backoff)
		failure error
		want    string
	}{
		{"by default", Reconnect{}, unset, errNetwork, "[1s-2s 2s-4s 4s-8s 8s-16s 15s-30s 15s-30s]"},
		{"MaxDelay", policy, unset, errNetwork, "[1s-2s 2s-4s 4s-8s 5s-10s 5s-10s 5s-10s]"},
		{"MaxDelay below the default Delay", Reconnect{MaxDelay: 20 * time.Millisecond}, unset, errNetwork, "[20ms 20ms 20ms 20ms 20ms 20ms]"},
		{"Delay above the default MaxDelay", Reconnect{Delay: time.Hour}, unset, errNetwork, "[1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s 1h0m0s]"},
		{"retry: 2000", Reconnect{}, retry(2 * time.Second), errNetwork, "[2s-4s 4s-8s 8s-16s 15s-30s 15s-30s 15s-30s]"},
		{"retry: 2000 before Delay", Reconnect{Delay: time.Minute}, retry(2 * time.Second), errNetwork, "[2s-4s 4s-8s 8s-16s 16s-32s 30s-1m0s 30s-1m0s]"},
		{"retry: 8000 and MaxDelay", policy, retry(8 * time.Second), errNetwork, "[8s-10s 8s-10s 8s-10s 8s-10s 8s-10s 8s-10s]"},
		{"retry: 60000", Reconnect{}, retry(time.Minute), errNetwork, "[1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s]"},
		{"retry: 300000 and MaxDelay", policy, retry(5 * time.Minute), errNetwork, "[5m0s-5m30s 5m0s-5m30s 5m0s-5m30s 5m0s-5m30s 5m0s-5m30s 5m0s-5m30s]"},
		{"retry: 0", Reconnect{}, retry(0), errNetwork, "[0s 20ms-40ms 40ms-80ms 80ms-160ms 160ms-320ms 320ms-640ms]"},
		{"Retry-After", Reconnect{}, unset, busy(3 * time.Second), "[3s-3.3s 3s-4s 4s-8s 8s-16s 15s-30s 15s-30s]"},
		{"Retry-After beyond MaxDelay", policy, unset, busy(time.Hour), "[1h0m0s-1h6m0s 1h0m0s-1h6m0s 1h0m0s-1h6m0s 1h0m0s-1h6m0s 1h0m0s-1h6m0s 1h0m0s-1h6m0s]"},
		{"Retry-After below retry", Reconnect{}, retry(time.Minute), busy(time.Second), "[1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s 1m0s-1m6s]"},
		{"Retry-After and retry: 0", Reconnect{}, retry(0), busy(time.Second), "[1s-1.1s 1s-1.1s 1s-1.1s 1s-1.1s 1s-1.1s 1s-1.1s]"},
	} {
		expect(t, test.name, waits(t, test.policy, test.set, 6, test.failure), test.want)
	}
}

// TestBackoffGoodAfter holds that a loss counts as the first in a row after a
// connection that was good, and that "retry: 0" makes no loop that never waits even
// if each connection is taken for good.
func TestBackoffGoodAfter(t *testing.T) {
	now := time.Now()
	b := shortestWaits(Reconnect{GoodAfter: time.Minute})
	next := func(openFor time.Duration) time.Duration {
		wait, _ := b.next(now, errEnded, openFor)
		return wait
	}
	expect(t, "waits", []time.Duration{next(0), next(time.Minute - 1), next(time.Minute), next(0)}, "[1s 2s 1s 2s]")
	b = shortestWaits(Reconnect{GoodAfter: 1})
	b.setRetry(0)
	got := []time.Duration{next(1), next(1), next(1)}
	now = now.Add(leastBetween)
	expect(t, "waits after retry: 0", append(got, next(1), next(1)), "[0s 10ms 10ms 0s 10ms]")
}

// TestBackoffJitter holds that the waits are spread upwards from the reconnection
// time.
func TestBackoffJitter(t *testing.T) {
	b := newBackoff(Reconnect{GoodAfter: 1})
	b.setRetry(2 * time.Second)
	low, high := time.Hour, time.Duration(0)
	for range 10000 {
		wait, _ := b.next(time.Now(), errNetwork, 1)
		low, high = min(low, wait), max(high, wait)
	}
	if low < 2*time.Second || low > 2020*time.Millisecond || high > 4*time.Second || high < 3980*time.Millisecond {
		t.Errorf("waits between %v and %v, want them spread from 2s to 4s", low, high)
	}
}

func TestBackoffLimits(t *testing.T) {
	start := time.Now()
	b := longestWaits(Reconnect{MaxAttempts: 3})
	for try := range 4 {
		if _, ok := b.next(start, errNetwork, 0); ok != (try < 3) {
			t.Errorf("MaxAttempts 3: try %d was %t", try+1, ok)
		}
	}
	b = shortestWaits(Reconnect{Delay: time.Second, MaxElapsed: 10 * time.Second})
	now, tries := start, 0
	for {
		wait, ok := b.next(now, errNetwork, 0)
		if !ok {
			break
		}
		tries++
		now = now.Add(wait)
	}
	expect(t, "MaxElapsed 10s: tries", tries, 3) // after 1, 3 and 7 s
	b = longestWaits(NoReconnect)
	if _, ok := b.next(start, errNetwork, time.Hour); ok {
		t.Error("NoReconnect tried again")
	}
	b = longestWaits(Reconnect{Retry: func(err error) bool { return err == errNetwork }})
	if _, ok := b.next(start, errEnded, 0); ok {
		t.Error("Retry was not asked")
	}
}

func TestWorthRetry(t *testing.T) {
	for status, want := range map[int]bool{
		200: false, 204: false, 301: false, 400: false, 401: false, 403: false, 404: false, 410: false,
		408: true, 429: true, 500: true, 502: true, 503: true, 504: true, 599: true,
	} {
		if got := WorthRetry(fmt.Errorf("wrapped: %w", &ResponseError{Status: status})); got != want {
			t.Errorf("%d: got %t, want %t", status, got, want)
		}
	}
	if !WorthRetry(errNetwork) || !WorthRetry(errEnded) {
		t.Error("a failure of the network or an end is not worth another try")
	}
	if !WorthRetry(errGivenUp) || WorthRetry(fmt.Errorf("wrapped: %w", ErrFailed)) {
		t.Error("one EventSource that was given up is to be followed by another, but not the last one")
	}
}

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 6, 8, 49, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                               0,
		"120":                            2 * time.Minute,
		"0":                              0,
		"-5":                             0,
		"1.5":                            0,
		"soon":                           0,
		"99999999999999999999":           0,
		"Fri, 06 Nov 2026 08:49:37 GMT":  37 * time.Second,
		"Friday, 06-Nov-26 08:49:37 GMT": 37 * time.Second,
		"Fri Nov  6 08:49:37 2026":       37 * time.Second,
		"Fri, 06 Nov 2026 08:00:00 GMT":  0,
	} {
		if got := parseRetryAfter(value, now); got != want {
			t.Errorf("%q: got %v, want %v", value, got, want)
		}
	}
}

// fakeDialer answers each attempt as a test says.
type fakeDialer struct {
	requests []Request
	dials    []dialNote
	start    time.Time
	answer   func(ctx context.Context, attempt int) (*response, error)
}

type dialNote struct {
	at          time.Duration
	lastEventID string
}

func (n dialNote) String() string { return n.at.String() + " " + n.lastEventID }

func (d *fakeDialer) check(Request) error { return nil }

func (d *fakeDialer) carries(string) bool { return true }

func (d *fakeDialer) dial(ctx context.Context, request Request, lastEventID string) (*response, error) {
	d.dials = append(d.dials, dialNote{time.Since(d.start), lastEventID})
	d.requests = append(d.requests, request)
	return d.answer(ctx, len(d.dials))
}

// streamOf is the answer of a server that sends a text and then ends, or fails.
func streamOf(body io.Reader) *response {
	return &response{url: "http://test/events", status: 200, body: io.NopCloser(body),
		header: func(name string) string {
			return map[string]string{"Content-Type": "text/event-stream; charset=utf-8"}[name]
		}}
}

func openFake(ctx context.Context, options *Options, answer func(context.Context, int) (*response, error)) (*Source, *fakeDialer) {
	d := &fakeDialer{start: time.Now(), answer: answer}
	s, err := open(ctx, "http://test/events", options, func(s *Source, url string, options *Options) (transport, error) {
		c := newConnection(s, url, d, options)
		c.backoff.random = func(time.Duration) time.Duration { return 0 }
		return c, nil
	})
	if err != nil {
		panic(err)
	}
	return s, d
}

// TestConnection goes through failures of each kind and holds when each attempt
// is made, what it sends, and that no event is lost or doubled.
func TestConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := &ResponseError{URL: "http://test/events", Status: 410}
		watched := make(chan struct{}) // so that the first state is seen, too
		s, d := openFake(t.Context(), &Options{LastEventID: "0"}, func(ctx context.Context, attempt int) (*response, error) {
			switch attempt {
			case 1:
				<-watched
				return nil, errNetwork
			case 2:
				r := streamOf(nil)
				r.status = 503
				r.body = io.NopCloser(strings.NewReader("busy"))
				r.header = func(name string) string { return map[string]string{"Retry-After": "60"}[name] }
				return r, nil
			case 3:
				return streamOf(strings.NewReader("retry: 3000\nid: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: lost")), nil
			case 4:
				return streamOf(strings.NewReader("id: 3\ndata: 3\n\n")), nil
			}
			r := streamOf(strings.NewReader(""))
			r.status = 410
			return r, nil
		})
		states := s.States()
		close(watched)
		got := collect(subscribe[int](t, s, "", nil))
		expect(t, "events", got, []string{"1=1", "2=2", "3=3", "error: " + gone.Error()})
		var answer *ResponseError
		if !errors.As(s.Err(), &answer) || answer.Status != gone.Status || answer.URL != gone.URL {
			t.Errorf("got %v, want %v", s.Err(), gone)
		}
		// The first wait is 1 s, the second what Retry-After says, then the
		// stream's own time, doubled up to MaxDelay as none of the connections was good.
		expect(t, "dials", d.dials, "[0s 0 1s 0 1m1s 0 1m13s 2 1m28s 3]")
		var seen []string
		for state := range states {
			seen = append(seen, fmt.Sprint(state.ReadyState, " ", state.Attempt, " ", state.Delay))
		}
		expect(t, "states", strings.Join(seen, ", "),
			"connecting 1 0s, connecting 2 1s, connecting 3 1m0s, open 0 0s, connecting 1 12s, open 0 0s, connecting 1 15s, closed 0 0s")
	})
}

// TestConnectionSimulatedDay fails for a day and holds that the server is not
// flooded: no more than two tries in each MaxDelay, after the first few.
func TestConnectionSimulatedDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const day = 24 * time.Hour
		s, d := openFake(t.Context(), nil, func(context.Context, int) (*response, error) { return nil, errNetwork })
		time.Sleep(day)
		s.Close()
		synctest.Wait()
		if got, most := len(d.dials), int(day/(15*time.Second))+10; got > most || got < most-20 {
			t.Errorf("%d tries in a day, want about %d", got, most)
		}
	})
}

// TestConnectionEndsInEachState closes a Source, and ends its context, while it
// dials, waits, and reads, and holds that nothing stays behind: the bubble would
// not end.
func TestConnectionEndsInEachState(t *testing.T) {
	hang := func(ctx context.Context, _ int) (*response, error) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	fail := func(context.Context, int) (*response, error) { return nil, errNetwork }
	silent := func(ctx context.Context, _ int) (*response, error) {
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(context.Cause(ctx)) })
		return streamOf(r), nil
	}
	for name, answer := range map[string]func(context.Context, int) (*response, error){"dialling": hang, "waiting": fail, "reading": silent} {
		for how, end := range map[string]func(*Source, context.CancelFunc){
			"Close":   func(s *Source, _ context.CancelFunc) { s.Close() },
			"context": func(_ *Source, cancel context.CancelFunc) { cancel() },
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					s, d := openFake(ctx, nil, answer)
					sub := subscribe[int](t, s, "", nil)
					synctest.Wait()
					end(s, cancel)
					<-s.Done()
					collect(sub)
					time.Sleep(time.Hour)
					expect(t, "dials", len(d.dials), 1)
				})
			})
		}
	}
}

// TestRequest holds that each attempt asks for its request anew: a refused token
// is refreshed.
func TestRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		token := "old"
		options := &Options{
			Header: map[string][]string{"x-app": {"test"}, "authorization": {"none"}},
			Request: func(_ context.Context, attempt int) (*Request, error) {
				if attempt == 2 {
					return nil, errors.New("no token to be had")
				}
				return &Request{Header: map[string][]string{"Authorization": {token}}}, nil
			},
			Reconnect: Reconnect{Retry: func(err error) bool {
				var answer *ResponseError
				if errors.As(err, &answer) && answer.Status == 401 {
					token = "new"
					return true
				}
				return WorthRetry(err)
			}},
		}
		s, d := openFake(t.Context(), options, func(ctx context.Context, attempt int) (*response, error) {
			r := streamOf(strings.NewReader("data: 1\n\n"))
			if attempt == 1 {
				r.status = 401
			}
			return r, nil
		})
		defer s.Close()
		for ev, err := range subscribe[int](t, s, "", nil).Events() {
			expect(t, "event", fmt.Sprint(ev.Data, err), "1 <nil>")
			break
		}
		expect(t, "headers", []any{d.requests[0].Header, d.requests[1].Header},
			"[map[Authorization:[old] X-App:[test]] map[Authorization:[new] X-App:[test]]]")
		expect(t, "second wait", d.dials[1].at, 3*time.Second) // 1 s, then 2 s after the attempt that had no token
	})
}

func TestOnResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine := errors.New("not today")
		s, d := openFake(t.Context(), &Options{
			OnResponse: func(r *Response) error {
				if r.Status != 200 || r.URL != "http://test/events" || r.Header("Content-Type") == "" {
					t.Errorf("got %+v", r)
				}
				return mine
			},
			Reconnect: Reconnect{MaxAttempts: 2},
		}, func(context.Context, int) (*response, error) { return streamOf(strings.NewReader("data: 1\n\n")), nil })
		<-s.Done()
		expect(t, "error", s.Err(), "eventsource: http://test/events: not today")
		if !errors.Is(s.Err(), mine) {
			t.Errorf("got %v, want %v", s.Err(), mine)
		}
		expect(t, "dials", len(d.dials), 3)
	})
}

// TestReconnect holds that a wait can be hurried, and that hurrying nothing does
// not shorten a later wait.
func TestReconnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), &Options{Reconnect: Reconnect{Delay: time.Hour, MaxDelay: time.Hour}},
			func(ctx context.Context, attempt int) (*response, error) {
				if attempt == 2 {
					time.Sleep(time.Minute)
				}
				return nil, errNetwork
			})
		defer s.Close()
		synctest.Wait()
		s.Reconnect() // the wait after the first attempt
		time.Sleep(time.Second)
		s.Reconnect() // in the midst of the second attempt
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		expect(t, "dials", d.dials, "[0s  0s  1m0s  1h1m0s ]")
	})
}

// TestIdleTimeout holds that silence is noticed, that comments are none, and
// that a request without an answer is silence too.
func TestIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), &Options{IdleTimeout: 10 * time.Second}, func(ctx context.Context, attempt int) (*response, error) {
			if attempt == 2 {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			r, w := io.Pipe()
			context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
			go func() {
				for range 5 {
					if pause(ctx, 9*time.Second, nil) != nil {
						return
					}
					io.WriteString(w, ":\n")
				}
			}()
			return streamOf(r), nil
		})
		defer s.Close()
		states := s.States()
		subscribe[int](t, s, "", nil)
		time.Sleep(70 * time.Second)
		synctest.Wait()
		// 45 s of comments, 10 s of silence, 1 s of waiting; 10 s without an
		// answer, 2 s of waiting.
		expect(t, "dials", d.dials, "[0s  56s  1m8s ]")
		s.Close()
		expect(t, "idle", idleEnds(states), 2)
	})
}

// TestIdleTimeoutLeavesHooks holds that a Request or OnResponse hook may take longer
// than IdleTimeout, which is for the server.
func TestIdleTimeoutLeavesHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), &Options{
			IdleTimeout: time.Second,
			Reconnect:   Reconnect{MaxAttempts: 3},
			Request: func(ctx context.Context, _ int) (*Request, error) {
				return nil, pause(ctx, time.Minute, nil)
			},
			OnResponse: func(*Response) error {
				time.Sleep(time.Minute)
				return nil
			},
		}, silentAfter(func(int) string { return "data: 1\n\n" }))
		defer s.Close()
		states := s.States()
		for ev, err := range subscribe[int](t, s, "", nil).Events() {
			expect(t, "event", []any{ev.Data, err}, "[1 <nil>]")
			break
		}
		expect(t, "dials", d.dials, "[1m0s ]")
		time.Sleep(2 * time.Second) // in the second attempt's hook
		s.Close()
		expect(t, "taken for dead", idleEnds(states), 1)
	})
}

// TestRefusedID holds that a server which refuses a last event ID with a control
// character in a header gets it in the query, and that other refusals are what they
// are.
func TestRefusedID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, d := openFake(t.Context(), nil, func(_ context.Context, attempt int) (*response, error) {
			r := streamOf(strings.NewReader("id: \x01\ndata: 1\n\n"))
			if attempt == 2 || attempt == 4 {
				r.status = 400
			}
			return r, nil
		})
		got := collect(subscribe[int](t, s, "", nil))
		expect(t, "events", got[:len(got)-1], "[\x01=1 \x01=1]")
		var answer *ResponseError
		if !errors.As(s.Err(), &answer) || answer.Status != 400 {
			t.Errorf("got %v, want the status 400", s.Err())
		}
		expect(t, "dials", d.dials, "[0s  1s \x01 3s  7s ]")
		expect(t, "query", []string{d.requests[1].URL, d.requests[2].URL, d.requests[3].URL},
			"[http://test/events http://test/events?lastEventId=%01 http://test/events?lastEventId=%01]")
	})
}

// idleEnds counts the connections that were taken for dead.
func idleEnds(states iter.Seq[State]) int {
	n := 0
	for state := range states {
		if errors.Is(state.Err, ErrIdle) {
			n++
		}
	}
	return n
}

// TestMoved holds where the next request goes after redirects.
func TestMoved(t *testing.T) {
	const here, same, other = "http://test/events", "http://test/moved", "http://other/events"
	tests := []struct {
		name    string
		options Options
		answers []string // where each attempt is answered from; "" for a failure
		want    []string // where each goes
	}{
		{"same origin", Options{}, []string{same, same}, []string{here, same, same}},
		{"other origin", Options{}, []string{other}, []string{here, other}},
		{"on and on", Options{}, []string{same, other}, []string{here, same, other}},
		{"back where it fails", Options{}, []string{same, "", same}, []string{here, same, here, same}},
		{"headers, same origin", Options{Header: map[string][]string{"Authorization": {"secret"}}},
			[]string{same}, []string{here, same}},
		{"headers, other origin", Options{Header: map[string][]string{"Authorization": {"secret"}}},
			[]string{other}, []string{here, here}},
		{"headers, other origin by way of this", Options{Header: map[string][]string{"Authorization": {"secret"}}},
			[]string{same, other}, []string{here, same, here}},
		{"POST", Options{Method: "POST"}, []string{same}, []string{here, here}},
		{"hook", Options{Request: func(_ context.Context, attempt int) (*Request, error) {
			return &Request{URL: fmt.Sprint(here, attempt)}, nil
		}}, []string{same}, []string{here + "1", here + "2"}},
		{"hook without URL", Options{Request: func(context.Context, int) (*Request, error) { return nil, nil }},
			[]string{same}, []string{here, same}},
	}
	for _, test := range tests {
		synctest.Test(t, func(t *testing.T) {
			s, d := openFake(t.Context(), &test.options, func(ctx context.Context, attempt int) (*response, error) {
				if attempt > len(test.answers) {
					<-ctx.Done()
					return nil, ctx.Err()
				}
				if test.answers[attempt-1] == "" {
					return nil, errNetwork
				}
				answer := streamOf(strings.NewReader(""))
				answer.url = test.answers[attempt-1]
				return answer, nil
			})
			defer s.Close()
			subscribe[int](t, s, "", nil)
			time.Sleep(time.Hour)
			synctest.Wait()
			var got []string
			for _, request := range d.requests {
				got = append(got, request.URL)
			}
			expect(t, test.name, got, test.want)
			expect(t, test.name+": URL", s.URL(), here)
		})
	}
}

// TestBackoffHuge holds that times near the longest there is do not overflow.
func TestBackoffHuge(t *testing.T) {
	for _, delay := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64/2 + 1} {
		b := newBackoff(Reconnect{Delay: delay, MaxDelay: math.MaxInt64})
		for range 4 {
			if wait, ok := b.next(time.Now(), errNetwork, 0); !ok || wait < delay {
				t.Errorf("Delay %d: got %v, %t", delay, wait, ok)
			}
		}
		b = newBackoff(Reconnect{})
		b.setRetry(delay)
		for range 4 {
			if wait, ok := b.next(time.Now(), errNetwork, 0); !ok || wait < delay {
				t.Errorf("retry %d: got %v, %t", delay, wait, ok)
			}
		}
	}
}

// TestRetryIsHeeded holds that no attempt is made before the reconnection time that
// the stream has set, whatever hurries it, unless the program asks for it; and that
// the first one is made at once after "retry: 0".
func TestRetryIsHeeded(t *testing.T) {
	for _, test := range []struct {
		name, retry string
		asks        bool
		want        string
	}{
		{"one minute", "60000", false, "[0s  1m0s 1 2m0s 1]"},
		{"one minute, and the program asks", "60000", true, "[0s  1s 1 1m1s 1]"},
		{"none", "0", false, "[0s  0s 1 20ms 1]"},
		{"more than there is", strings.Repeat("9", 30), false, "[0s ]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, d := openFake(t.Context(), nil, func(ctx context.Context, attempt int) (*response, error) {
				switch attempt {
				case 1:
					return streamOf(strings.NewReader("retry: " + test.retry + "\nid: 1\ndata: 1\n\n")), nil
				case 2:
					return nil, errNetwork
				}
				return silentAfter(func(int) string { return "" })(ctx, attempt)
			})
			defer s.Close()
			subscribe[int](t, s, "", nil)
			time.Sleep(time.Second)
			engineOf(s).nudge()
			if test.asks {
				s.Reconnect()
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			expect(t, test.name, d.dials, test.want)
		})
	}
}

// TestImpossibleOptions holds that an option which can mean nothing is an error of
// Open that names it.
func TestImpossibleOptions(t *testing.T) {
	for name, options := range map[string]*Options{
		"IdleTimeout":           {IdleTimeout: -1},
		"MaxEventSize":          {MaxEventSize: -1},
		"Transport":             {Transport: 4},
		"Reconnect.Delay":       {Reconnect: Reconnect{Delay: -time.Second}},
		"Reconnect.MaxDelay":    {Reconnect: Reconnect{MaxDelay: -1}},
		"Reconnect.GoodAfter":   {Reconnect: Reconnect{GoodAfter: -1}},
		"Reconnect.MaxElapsed":  {Reconnect: Reconnect{MaxElapsed: -1}},
		"Reconnect.MaxAttempts": {Reconnect: Reconnect{MaxAttempts: -1}},
		"shorter":               {Reconnect: Reconnect{Delay: 2, MaxDelay: 1}},
	} {
		s, err := Open(t.Context(), "http://127.0.0.1:1/", options)
		if err == nil {
			s.Close()
			t.Errorf("%s: got no error", name)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("got %q, which does not name %s", err, name)
		}
	}
}

// TestKeyWithoutKeepLatest holds that a Key which nothing would use is an error.
func TestKeyWithoutKeepLatest(t *testing.T) {
	s, _ := openFake(t.Context(), nil, func(context.Context, int) (*response, error) { return nil, errNetwork })
	defer s.Close()
	options := &SubscribeOptions{Key: func(eventstream.Message) string { return "" }}
	if _, err := Subscribe[int](s, "", options); err == nil || !strings.Contains(err.Error(), "Key") {
		t.Errorf("got %v, want an error that names Key", err)
	}
}
