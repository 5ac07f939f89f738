package eventsource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestOutageIsLogged holds that the third failed attempt in a row is told, once in an
// outage, with the URL, the count and the cause, and that a stream which ends after
// each event, or is lost and comes back, is not taken for an outage.
func TestOutageIsLogged(t *testing.T) {
	const told = "eventsource: http://test/events: 3 attempts in a row have failed, and others follow; the last failure: "
	unavailable := func() *response {
		r := streamOf(strings.NewReader(""))
		r.status = 503
		return r
	}
	for name, test := range map[string]struct {
		answer func(ctx context.Context, attempt int) (*response, error)
		want   string
	}{
		"network": {func(context.Context, int) (*response, error) { return nil, errNetwork }, "[" + told + "network]"},
		"status": {func(context.Context, int) (*response, error) { return unavailable(), nil },
			"[" + told + "the server answered with status 503]"},
		"streams without an event": {func(context.Context, int) (*response, error) { return streamOf(strings.NewReader(":\n\n")), nil },
			"[" + told + "the server has ended the stream]"},
		"a stream for each event": {func(context.Context, int) (*response, error) { return streamOf(strings.NewReader("data: 1\n\n")), nil }, "[]"},
		"every third attempt succeeds": {func(ctx context.Context, attempt int) (*response, error) {
			if attempt%3 == 0 {
				return streamOf(strings.NewReader("data: 1\n\n")), nil
			}
			return nil, errNetwork
		}, "[]"},
		"streams without an event that last": {func(context.Context, int) (*response, error) {
			return streamOf(slowEnd{}), nil
		}, "[]"},
		"two outages": {func(ctx context.Context, attempt int) (*response, error) {
			if attempt == 10 {
				return streamOf(strings.NewReader("data: 1\n\n")), nil
			}
			return nil, fmt.Errorf("failure %d", attempt)
		}, "[" + told + "failure 3 " + told + "failure 13]"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var got []string
			s, _ := openFake(t.Context(), &Options{Log: func(message string) { got = append(got, message) }}, test.answer)
			subscribe[int](t, s, "", nil)
			time.Sleep(time.Hour)
			s.Close()
			expect(t, name, got, test.want)
		})
	}
}

// slowEnd is a stream that says nothing and ends.
type slowEnd struct{}

func (slowEnd) Read([]byte) (int, error) {
	time.Sleep(defaultGoodAfter)
	return 0, fmt.Errorf("cut")
}

// TestSuspensionIsNotLogged holds that a connection which the Source itself has ended
// is not a failed attempt.
func TestSuspensionIsNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s, _ := openFake(t.Context(), &Options{Log: func(message string) { got = append(got, message) }},
			silentAfter(func(int) string { return "" }))
		defer s.Close()
		subscribe[int](t, s, "", nil)
		for range 10 {
			synctest.Wait()
			engineOf(s).suspend(hidden)
			synctest.Wait()
			engineOf(s).resume(hidden)
			synctest.Wait()
			s.Reconnect()
		}
		synctest.Wait()
		expect(t, "logged", got, "[]")
	})
}

// TestLogClosesTheSource holds that Options.Log may close the Source.
func TestLogClosesTheSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Source
		opened := make(chan struct{})
		s, d := openFake(t.Context(), &Options{Log: func(string) { <-opened; s.Close() }},
			func(context.Context, int) (*response, error) { return nil, errNetwork })
		close(opened)
		<-s.Done()
		time.Sleep(time.Hour)
		expect(t, "dials", len(d.dials), 3)
		expect(t, "error", s.Err(), ErrClosed)
	})
}

// TestContextEndsWhileFailing holds that the last failure is not lost when a context
// ends: in Err, in a loop, in a Mux, and by whichever context.
func TestContextEndsWhileFailing(t *testing.T) {
	cause := errors.New("enough")
	failing := func(context.Context, int) (*response, error) { return nil, errNetwork }
	both := func(t *testing.T, what string, err error) {
		t.Helper()
		if !errors.Is(err, cause) || !errors.Is(err, errNetwork) {
			t.Errorf("%s: got %v, want one that wraps %q and %q", what, err, cause, errNetwork)
		}
		expect(t, what, err, "eventsource: http://test/events: network; then the context ended: enough")
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s, _ := openFake(ctx, nil, failing)
		sub := subscribe[int](t, s, "", nil)
		time.Sleep(time.Minute)
		cancel(cause)
		<-s.Done()
		both(t, "Err", s.Err())
		both(t, "state", s.State().Err)
		for _, err := range sub.Events() {
			both(t, "loop", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		s, _ := openFake(t.Context(), nil, failing)
		defer s.Close()
		ctx, cancel := context.WithCancelCause(t.Context())
		var mux Mux
		Handle[int](&mux, "", func(Event[int], error) {})
		result := make(chan error)
		go func() { result <- mux.Run(ctx, s) }()
		time.Sleep(time.Minute)
		cancel(cause)
		both(t, "Mux", <-result)
	})
	synctest.Test(t, func(t *testing.T) { // a connection that is open has no failure
		ctx, cancel := context.WithCancelCause(t.Context())
		silent := silentAfter(func(int) string { return "" })
		s, _ := openFake(ctx, nil, func(ctx context.Context, attempt int) (*response, error) {
			if attempt == 1 {
				return nil, errNetwork
			}
			return silent(ctx, attempt)
		})
		subscribe[int](t, s, "", nil)
		time.Sleep(time.Minute)
		cancel(cause)
		<-s.Done()
		expect(t, "Err while open", s.Err(), cause)
	})
}

// TestOnePrefix holds that each failure names the package and the URL, once.
func TestOnePrefix(t *testing.T) {
	const prefix = "eventsource: http://test/events: "
	mine := errors.New("mine")
	refusing := streamOf(strings.NewReader(""))
	refusing.status = 503
	hanging := func(ctx context.Context, _ int) (*response, error) { <-ctx.Done(); return nil, context.Cause(ctx) }
	answering := func(r *response) func(context.Context, int) (*response, error) {
		return func(context.Context, int) (*response, error) { return r, nil }
	}
	for name, test := range map[string]struct {
		options Options
		answer  func(context.Context, int) (*response, error)
	}{
		"network":    {Options{}, func(context.Context, int) (*response, error) { return nil, errNetwork }},
		"status":     {Options{}, answering(refusing)},
		"end":        {Options{}, answering(streamOf(strings.NewReader("")))},
		"silence":    {Options{IdleTimeout: time.Second}, hanging},
		"Request":    {Options{Request: func(context.Context, int) (*Request, error) { return nil, mine }}, hanging},
		"OnResponse": {Options{OnResponse: func(*Response) error { return mine }}, answering(streamOf(strings.NewReader("")))},
		"too large":  {Options{MaxEventSize: 1}, answering(streamOf(strings.NewReader("data: long\n\n")))},
		"header":     {Options{Request: func(context.Context, int) (*Request, error) { return &Request{Method: "A B"}, nil }}, hanging},
	} {
		synctest.Test(t, func(t *testing.T) {
			test.options.Reconnect = NoReconnect
			s, _ := openFake(t.Context(), &test.options, test.answer)
			_, _ = Subscribe[int](s, "", nil) // an error if the Source has ended already
			<-s.Done()
			if got := s.Err().Error(); !strings.HasPrefix(got, prefix) || strings.Count(got, "eventsource: ") != 1 || strings.Count(got, "http://test") != 1 {
				t.Errorf("%s: got %q, want one prefix %q", name, got, prefix)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		s, _ := openFake(t.Context(), nil, silentAfter(func(int) string { return "" }))
		defer s.Close()
		subscribe[int](t, s, "", nil)
		synctest.Wait()
		engineOf(s).suspend(hidden)
		synctest.Wait()
		expect(t, "suspended", s.State().Err, prefix+"the connection is made anew when the page comes back")
	})
}
