package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

func TestAttemptTexts(t *testing.T) {
	const url = "http://host/events?tab=x"
	lost := fmt.Errorf("eventsource: %s: %w", url, errors.New("network error"))
	connecting := func(attempt int, delay time.Duration, err error) eventsource.State {
		return eventsource.State{ReadyState: eventsource.StateConnecting, Attempt: attempt, Delay: delay, Err: err}
	}
	tests := []struct {
		name        string
		transport   eventsource.Transport
		state       eventsource.State
		text, cause string
	}{
		{"first", eventsource.Fetch, connecting(1, 0, nil), "connecting, attempt 1", ""},
		{"no delay known", eventsource.Native, connecting(2, 0, lost), "connecting, attempt 2", "network error"},
		{"delayed", eventsource.Fetch, connecting(2, 1234*time.Millisecond, lost), "connecting, attempt 2, in 1.2 s", "network error"},
		{"hardly delayed", eventsource.Fetch, connecting(3, 20*time.Millisecond, lost), "connecting, attempt 3, at once", "network error"},
		{"long", eventsource.Fetch, connecting(3, 90*time.Second, lost), "connecting, attempt 3, in 1 min 30 s", "network error"},
		{"open", eventsource.Fetch, eventsource.State{ReadyState: eventsource.StateOpen}, "open by fetch", ""},
		{"closed by us", eventsource.Native, closedHere, "closed: by this page", ""},
		{"given up", eventsource.Fetch, eventsource.State{ReadyState: eventsource.StateClosed, Err: lost}, "closed: network error", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := &attempt{transport: test.transport, state: test.state, url: url}
			if got := strings.ReplaceAll(a.String(), noBreak, " "); got != test.text || a.cause() != test.cause {
				t.Errorf("got %q because of %q, want %q because of %q", got, a.cause(), test.text, test.cause)
			}
		})
	}
}

func TestAttemptLog(t *testing.T) {
	var l attemptLog
	for i := range 20 {
		l.add(attempt{state: eventsource.State{Attempt: i}})
	}
	if got := len(l.latest); got != attemptLimit || l.total != 20 {
		t.Errorf("got %d of %d, want %d of 20", got, l.total, attemptLimit)
	}
	if got := l.latest[0].state.Attempt; got != 19 {
		t.Errorf("got %d on top, want 19", got)
	}
}
