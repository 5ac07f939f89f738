package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

func TestTake(t *testing.T) {
	var m model
	event := eventsource.Event[received[feed.Load]]{ID: "a-1", Type: "load"}
	if err := withRaw([]byte(`{"one": 1.5, "cores":2}`), &event.Data); err != nil {
		t.Fatal(err)
	}
	if !take(&m, event, nil) {
		t.Error("got false for an event that decoded, want true")
	}
	failure := &eventsource.DecodeError{Type: "cpu", ID: "a-1", Data: []byte(`{"to`), Err: errors.New("cut off")}
	if take(&m, eventsource.Event[received[feed.CPU]]{}, failure) {
		t.Error("got true for an event that did not decode, want false")
	}
	want := []struct{ kind, id, raw, outcome string }{
		{"load", "a-1", `{"one": 1.5, "cores":2}`, "feed.Load{Time:0001-01-01 00:00:00 +0000 UTC One:1.5 Five:0 Fifteen:0 Cores:2}"},
		{"cpu", "a-1", `{"to`, "decode error: cut off"},
	}
	for i, e := range m.log.after(0) {
		if e.kind != want[i].kind || e.id != want[i].id || e.raw != want[i].raw || e.outcome() != want[i].outcome {
			t.Errorf("entry %d: got %+v (%s), want %+v", i, e, e.outcome(), want[i])
		}
	}
	if got := m.sequence.String(); got != "complete: 1 event, no hole" {
		t.Errorf("got sequence %q, want it whole", got)
	}
}

// TestNotices delivers notices as a Source does that is opened again: those
// from before come once more.
func TestNotices(t *testing.T) {
	var m model
	deliver := func(ids ...int) {
		for _, id := range ids {
			m.takeNotice(feed.Notice{Text: fmt.Sprint(id)}, arrival{id: fmt.Sprintf("a-%d", id)})
		}
	}
	texts := func() string {
		var all []string
		for _, n := range m.notices {
			all = append(all, n.Text)
		}
		return strings.Join(all, " ")
	}
	deliver(1, 5)
	deliver(1, 5, 9)
	if got := texts(); got != "9 5 1" {
		t.Errorf("got %q, want each once, the newest first", got)
	}
	for id := 10; id < 50; id++ {
		deliver(id)
	}
	if got := len(m.notices); got != noticeLimit {
		t.Errorf("got %d notices, want %d", got, noticeLimit)
	}
	if got := m.notices[0].Text; got != "49" {
		t.Errorf("got %q on top, want 49", got)
	}
}

func TestDraft(t *testing.T) {
	var m model
	m.sent("", noticeProblem(""))
	if m.noticeProblem == "" || m.noticesSent != 0 {
		t.Errorf("got %q and %d sent, want a problem and none", m.noticeProblem, m.noticesSent)
	}
	m.draft(" a ")
	if m.noticeProblem != "" || m.draftLength != 1 {
		t.Errorf("got %q and length %d, want no problem and 1", m.noticeProblem, m.draftLength)
	}
	m.draft(strings.Repeat("x", feed.MaxNotice+1))
	if m.noticeProblem == "" {
		t.Error("got no problem with a text that is too long, want one")
	}
	m.draft(" a note ")
	m.sent("a note", "")
	if m.noticeProblem != "" || m.noticesSent != 1 || m.draftLength != 0 {
		t.Errorf("got %+v, want it sent", m)
	}
	m.draft("the next")
	m.sent("a note", "") // an answer that comes late
	if m.noticesSent != 1 || m.draftLength == 0 {
		t.Errorf("got %+v, want the next notice as it is being written", m)
	}
}

// TestHistories sees to it that each kind of event reaches its chart.
func TestHistories(t *testing.T) {
	var m model
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	from := arrival{at: at.Add(time.Second)}
	m.takeHeartbeat(feed.Heartbeat{Time: at}, from)
	m.takeCPU(feed.CPU{Time: at, Total: 1}, from)
	m.takeMemory(feed.Memory{Time: at, Used: 2}, from)
	m.takeLoad(feed.Load{Time: at, One: 3, Five: 4}, from)
	m.takeNetwork(feed.Network{Time: at, Down: 5, Up: 6}, from)
	m.takeDisk(feed.Disk{Time: at, Read: 7, Write: 8}, from)
	m.takeProcesses(feed.Processes{Time: at}, from)
	tests := []struct {
		name string
		h    *history
		want [2]float64
	}{
		{"cpu", &m.cpuHistory, [2]float64{1, 0}},
		{"memory", &m.memoryHistory, [2]float64{2, 0}},
		{"load", &m.loadHistory, [2]float64{3, 4}},
		{"network", &m.networkHistory, [2]float64{5, 6}},
		{"disk", &m.diskHistory, [2]float64{7, 8}},
	}
	for _, test := range tests {
		if len(test.h.samples) != 1 || test.h.samples[0].values != test.want {
			t.Errorf("%s: got %+v, want %v", test.name, test.h.samples, test.want)
		}
	}
	if got := m.clock.server(from.at); !got.Equal(at) {
		t.Errorf("got server time %v, want %v", got, at)
	}
}

// TestTransportChange sees to it that what was counted and checked reaches
// across, and that what was left no longer counts.
func TestTransportChange(t *testing.T) {
	var m model
	m.transport = eventsource.Native
	for _, id := range []string{"a-6", "a-7"} {
		take(&m, eventsource.Event[received[feed.Load]]{ID: id, Type: "load"}, nil)
	}
	if got := m.leave(); got != "a-7" {
		t.Errorf("got place %q, want a-7", got)
	}
	if stats, lastID := m.counts(); stats.Events != 2 || lastID != "a-7" {
		t.Errorf("got %d events and last ID %q in between, want 2 and a-7", stats.Events, lastID)
	}
	m.sequence.note("a-8", true)
	if got, want := m.sequence.String(), "complete: 3 events, no hole"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var fresh model
	if got := fresh.leave(); got != "" {
		t.Errorf("got place %q before the first event, want none", got)
	}
}

// TestWait sees to it that an attempt is waited for until its time has come or
// something else happens.
func TestWait(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	later := at.Add(time.Second)
	tests := []struct {
		name  string
		delay time.Duration
		then  func(*model)
		want  time.Duration
	}{
		{"delayed", 3 * time.Second, func(*model) {}, 2 * time.Second},
		{"under way", time.Second / 2, func(*model) {}, 0},
		{"of the browser's own", 0, func(*model) {}, 0},
		{"hurried", 3 * time.Second, (*model).hurry, 0},
		{"open", 3 * time.Second, func(m *model) { m.turn(eventsource.State{ReadyState: eventsource.StateOpen}, later) }, 0},
		{"closed", 3 * time.Second, func(m *model) { m.turn(closedHere, later) }, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var m model
			m.turn(eventsource.State{ReadyState: eventsource.StateConnecting, Attempt: 1, Delay: test.delay}, at)
			test.then(&m)
			if got := m.wait(later); got != test.want {
				t.Errorf("got a wait of %v, want %v", got, test.want)
			}
		})
	}
}
