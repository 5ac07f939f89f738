package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/runnel-go/runnel/wasm/eventsource"
)

// attemptLimit is how many changes of state the page keeps.
const attemptLimit = 8

// attempt is one change of the stream's state, as this page saw it.
type attempt struct {
	at        time.Time
	transport eventsource.Transport
	state     eventsource.State
	url       string // of the stream
}

// String says what happened: "connecting, attempt 2, in 1.2 s", "open by fetch",
// "closed: by this page".
func (a *attempt) String() string {
	switch a.state.ReadyState {
	case eventsource.StateConnecting:
		text := "connecting, attempt " + strconv.Itoa(max(a.state.Attempt, 1))
		if a.state.Delay > 0 {
			text += ", " + soon(a.state.Delay)
		}
		return text
	case eventsource.StateClosed:
		return "closed: " + a.withoutURL(closedReason(a.state.Err))
	}
	return a.state.ReadyState.String() + " by " + a.transport.String()
}

// cause says why there is another attempt, "" for the first.
func (a *attempt) cause() string {
	if a.state.ReadyState != eventsource.StateConnecting || a.state.Err == nil {
		return ""
	}
	return a.withoutURL(reason(a.state.Err))
}

// withoutURL leaves the stream's address out of a text: the page shows it once.
func (a *attempt) withoutURL(text string) string {
	if a.url == "" {
		return text
	}
	return strings.TrimPrefix(text, a.url+": ")
}

// soon writes a delay to the tenth of a second: "in 1.2 s", "at once".
func soon(delay time.Duration) string {
	tenths := delay.Round(100 * time.Millisecond)
	switch {
	case tenths == 0:
		return "at once"
	case tenths >= time.Minute:
		return "in " + span(tenths)
	}
	return "in " + strconv.FormatFloat(tenths.Seconds(), 'f', 1, 64) + noBreak + "s"
}

// attemptLog holds the latest changes of state, newest first.
type attemptLog struct {
	latest []attempt
	total  uint64
}

func (l *attemptLog) add(a attempt) {
	l.total++
	l.latest = append([]attempt{a}, l.latest[:min(len(l.latest), attemptLimit-1)]...)
}

// closedHere is the state of a stream that this page has closed.
var closedHere = eventsource.State{ReadyState: eventsource.StateClosed, Err: eventsource.ErrClosed}

// sum adds up what two Sources of one page have counted.
func sum(a, b eventsource.Stats) eventsource.Stats {
	return eventsource.Stats{
		Events:       a.Events + b.Events,
		Bytes:        a.Bytes + b.Bytes,
		DecodeErrors: a.DecodeErrors + b.DecodeErrors,
		Dropped:      a.Dropped + b.Dropped,
		Reconnects:   a.Reconnects + b.Reconnects,
		Batches:      a.Batches + b.Batches,
		LongestHold:  max(a.LongestHold, b.LongestHold),
	}
}
