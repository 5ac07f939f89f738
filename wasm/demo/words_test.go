package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

func TestStateTexts(t *testing.T) {
	lost := errors.New("eventsource: the connection was lost")
	tests := []struct {
		name         string
		state        eventsource.State
		text         string
		announcement string
	}{
		{"first attempt", eventsource.State{ReadyState: eventsource.StateConnecting, Attempt: 1},
			"connecting (attempt 1)", "Connecting."},
		{"second attempt", eventsource.State{ReadyState: eventsource.StateConnecting, Attempt: 2, Err: lost},
			"connecting (attempt 2)", "The connection was lost. Connecting again."},
		{"open", eventsource.State{ReadyState: eventsource.StateOpen}, "open", "The stream is open."},
		{"closed by us", eventsource.State{ReadyState: eventsource.StateClosed, Err: eventsource.ErrClosed},
			"closed: by this page", "The stream is closed: by this page."},
		{"given up", eventsource.State{ReadyState: eventsource.StateClosed, Err: lost},
			"closed: the connection was lost", "The stream is closed: the connection was lost."},
		{"cancelled", eventsource.State{ReadyState: eventsource.StateClosed, Err: context.Canceled},
			"closed: context canceled", "The stream is closed: context canceled."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := stateText(test.state); got != test.text {
				t.Errorf("got %q, want %q", got, test.text)
			}
			if got := announcement(test.state); got != test.announcement {
				t.Errorf("got %q, want %q", got, test.announcement)
			}
		})
	}
}

func TestSequenceText(t *testing.T) {
	tests := []struct {
		name       string
		ids        []string
		reconnects uint64
		want       string
	}{
		{"no reconnect", []string{"a-1"}, 0, "complete: 1 event, no hole"},
		{"bridged", []string{"a-1", "a-2"}, 2, "complete: 2 events, no hole, 2 reconnects bridged"},
		{"not bridged", []string{"a-1", "a-3"}, 1, "incomplete: 2 events, 1 missing"},
		{"server started again", []string{"a-1", "b-1"}, 1, "complete: 1 event, no hole"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s sequence
			for _, id := range test.ids {
				s.note(id, true)
			}
			if got := sequenceText(&s, test.reconnects); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestHeartbeatText(t *testing.T) {
	ok, degraded := &feed.Heartbeat{Status: feed.StatusOK}, &feed.Heartbeat{Status: feed.StatusDegraded}
	tests := []struct {
		name         string
		heartbeat    *feed.Heartbeat
		age          time.Duration
		status, text string
	}{
		{"none yet", nil, 0, "waiting", "waiting"},
		{"fresh", ok, time.Second, "ok", "ok"},
		{"degraded", degraded, time.Second, "degraded", "degraded"},
		{"late", ok, 4 * time.Second, "late", "none for 4 s"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, text := heartbeatText(test.heartbeat, test.age)
			if text = strings.ReplaceAll(text, noBreak, " "); status != test.status || text != test.text {
				t.Errorf("got %q, %q, want %q, %q", status, text, test.status, test.text)
			}
		})
	}
}

func TestNoticeProblem(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"empty", "", "Write something first."},
		{"short", "hello", ""},
		{"longest", strings.Repeat("🌊", feed.MaxNotice), ""},
		{"too long", strings.Repeat("🌊", feed.MaxNotice+1), "Too long: 1 character over 280."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := noticeProblem(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	tests := []struct {
		name, response, want string
	}{
		{"reason", "no stream open\n", "The server answered 404: no stream open"},
		{"nothing", "", "The server answered 404."},
		{"a page", "<html>", "The server answered 404."},
		{"a long story", strings.Repeat("x", 500), "The server answered 404."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := refusal(404, []byte(test.response)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
