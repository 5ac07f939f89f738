package main

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// stateText writes the connection's state: "open", "connecting (attempt 2)",
// "closed: by this page".
func stateText(state eventsource.State) string {
	switch state.ReadyState {
	case eventsource.StateConnecting:
		return "connecting (attempt " + strconv.Itoa(max(state.Attempt, 1)) + ")"
	case eventsource.StateClosed:
		return "closed: " + closedReason(state.Err)
	}
	return state.ReadyState.String()
}

func closedReason(err error) string {
	if err == nil || errors.Is(err, eventsource.ErrClosed) {
		return "by this page"
	}
	return reason(err)
}

// reason writes an error for a person: without the name of the package.
func reason(err error) string {
	return strings.TrimPrefix(err.Error(), "eventsource: ")
}

// stateDetail adds to the state what is known of it. Left is how long the
// next attempt is still put off.
func stateDetail(state eventsource.State, left time.Duration) string {
	switch state.ReadyState {
	case eventsource.StateConnecting:
		text := "Waiting for the server's answer."
		if state.Err != nil {
			text = "The connection was lost; what was missed comes once it is back."
		}
		if left > 0 {
			text += " Next attempt in " + span(left+time.Second-1) + "."
		}
		return text
	case eventsource.StateClosed:
		return "No events come until it is opened again."
	}
	return "Events arrive as they happen."
}

// announcement is what a screen reader is told of a change of state.
func announcement(state eventsource.State) string {
	switch {
	case state.ReadyState == eventsource.StateOpen:
		return "The stream is open."
	case state.ReadyState == eventsource.StateClosed:
		return "The stream is " + stateText(state) + "."
	case state.Err != nil:
		return "The connection was lost. Connecting again."
	}
	return "Connecting."
}

// sequenceText adds to the sequence how many reconnects it reached across,
// unless the server has started another log meanwhile.
func sequenceText(s *sequence, reconnects uint64) string {
	text := s.String()
	if reconnects > 0 && s.whole() && s.logs == 1 {
		text += ", " + plural(reconnects, "reconnect") + " bridged"
	}
	return text
}

// gapText writes the latest gap that the server has told of, and how many there
// were.
func gapText(gap *eventstream.Gap, gaps int) string {
	if gap == nil {
		return "none"
	}
	text := "of unknown size"
	if gap.Missed > 0 {
		text = plural(gap.Missed, "event")
	}
	switch gap.Reason {
	case eventstream.GapDropped:
		text += ", no longer in the log"
	case eventstream.GapOtherLog:
		text += ": the server has another log"
	case eventstream.GapAhead:
		text += ": the log has lost its end"
	default:
		text += ": " + string(gap.Reason)
	}
	if gaps > 1 {
		text += " (" + plural(uint64(gaps-1), "gap") + " before)"
	}
	return text
}

// servedText writes out of what log a stream is served.
func servedText(s *feed.Served) string {
	switch {
	case s == nil:
		return "–"
	case s.Log == "cluster":
		return "on a cluster, by " + s.NATS
	case s.Log == "disk":
		return "on disk"
	}
	return "in memory"
}

// heartbeatLate is how long a heartbeat may be away before it is missed: they
// come once a second.
const heartbeatLate = 3 * time.Second

// heartbeatText writes the server's status by the latest heartbeat and its age.
func heartbeatText(h *feed.Heartbeat, age time.Duration) (status, text string) {
	switch {
	case h == nil:
		return "waiting", "waiting"
	case age > heartbeatLate:
		return "late", "none for " + span(age)
	}
	return h.Status, h.Status
}

// noticeProblem says what is wrong with a notice, "" if it can be sent.
func noticeProblem(text string) string {
	switch length := utf8.RuneCountInString(text); {
	case length == 0:
		return "Write something first."
	case length > feed.MaxNotice:
		return "Too long: " + plural(uint64(length-feed.MaxNotice), "character") + " over " + strconv.Itoa(feed.MaxNotice) + "."
	}
	return ""
}

// refusal says what the server answered where it did not do as asked.
func refusal(status int, response []byte) string {
	said := strings.TrimSpace(string(response))
	if said == "" || len(said) > 200 || strings.HasPrefix(said, "<") {
		return "The server answered " + strconv.Itoa(status) + "."
	}
	return "The server answered " + strconv.Itoa(status) + ": " + said
}
