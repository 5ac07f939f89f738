//go:build js && wasm

package main

import (
	"strconv"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// streamView shows the connection and what the Source counts, and holds the
// controls of the stream.
type streamView struct {
	state, detail, announce       *jsbridge.Element
	url, lastID, sequence         *jsbridge.Element
	served, lag, gap              *jsbridge.Element
	events, bytes, batches        *jsbridge.Element
	decodeErrors, reconnects      *jsbridge.Element
	dropped, hold                 *jsbridge.Element
	problem                       *jsbridge.Element
	close, reopen, cut, malformed *jsbridge.Element
	transport                     *jsbridge.Element

	painted   uint64 // version of the model
	announced string
	closed    bool
}

func newStreamView(f *finder) *streamView {
	return &streamView{
		state:        f.id("state"),
		detail:       f.id("state-detail"),
		announce:     f.id("announce"),
		url:          f.id("url"),
		lastID:       f.id("last-event-id"),
		sequence:     f.id("sequence"),
		served:       f.id("served"),
		lag:          f.id("lag"),
		gap:          f.id("gap"),
		events:       f.id("events-total"),
		bytes:        f.id("bytes-total"),
		batches:      f.id("batches"),
		decodeErrors: f.id("decode-errors"),
		reconnects:   f.id("reconnects"),
		dropped:      f.id("dropped"),
		hold:         f.id("longest-hold"),
		problem:      f.id("control-problem"),
		close:        f.id("close"),
		reopen:       f.id("reopen"),
		cut:          f.id("cut"),
		malformed:    f.id("malformed"),
		transport:    f.id("transport"),
	}
}

func (v *streamView) paint(m *model, now time.Time) {
	v.detail.SetText(stateDetail(m.state, m.wait(now)))
	if m.version == v.painted {
		return
	}
	v.painted = m.version
	v.paintState(m)
	stats, lastID := m.counts()
	v.paintSequence(&m.sequence, stats.Reconnects)
	v.paintCounts(stats)
	v.url.SetText(m.url)
	v.lastID.SetText(orDash(lastID))
	v.served.SetText(servedText(m.served))
	v.lag.SetText(milliseconds(m.lag).String())
	v.gap.SetText(gapText(m.gap, m.gaps))
	v.gap.SetAttribute("data-gaps", strconv.Itoa(m.gaps))
	v.problem.SetText(m.controlProblem)
}

func (v *streamView) paintState(m *model) {
	v.state.SetText(stateText(m.state))
	v.state.SetAttribute("data-state", m.state.ReadyState.String())
	if text := announcement(m.state); text != v.announced {
		v.announced = text
		v.announce.SetText(text)
	}
	closed := m.state.ReadyState == eventsource.StateClosed
	v.transport.SetDisabled(false)
	v.cut.SetDisabled(closed)
	v.malformed.SetDisabled(closed)
	if closed {
		exchange(v.close, v.reopen, m.byUs && !v.closed)
	} else {
		exchange(v.reopen, v.close, m.byReopen && v.closed)
	}
	v.closed = closed
}

// exchange disables one button and enables its counterpart. With focus that
// goes along, where it would be lost with the button that has just been worked.
func exchange(disabled, enabled *jsbridge.Element, focus bool) {
	enabled.SetDisabled(false)
	if focus {
		enabled.Focus()
	}
	disabled.SetDisabled(true)
}

func (v *streamView) paintSequence(s *sequence, reconnects uint64) {
	v.sequence.SetText(sequenceText(s, reconnects))
	v.sequence.SetAttribute("data-missing", strconv.FormatUint(s.missing, 10))
	v.sequence.SetAttribute("data-doubled", strconv.FormatUint(s.doubled, 10))
	v.sequence.Toggle("broken", !s.whole())
}

func (v *streamView) paintCounts(s eventsource.Stats) {
	showCount(v.events, s.Events)
	showCount(v.batches, s.Batches)
	showCount(v.decodeErrors, s.DecodeErrors)
	showCount(v.reconnects, s.Reconnects)
	showCount(v.dropped, s.Dropped)
	v.bytes.SetText(size(float64(s.Bytes)).String())
	v.hold.SetText(milliseconds(s.LongestHold).String())
}

// showCount writes a count for people, and for programs in data-value.
func showCount(element *jsbridge.Element, count uint64) {
	element.SetText(thousands(count))
	element.SetAttribute("data-value", strconv.FormatUint(count, 10))
}

func orDash(text string) string {
	if text == "" {
		return "–"
	}
	return text
}

// heartbeatView shows the heartbeat and what it says of the server.
type heartbeatView struct {
	status, seq, detail, machine, beat *jsbridge.Element
	shown                              *feed.Heartbeat
}

func newHeartbeatView(f *finder) *heartbeatView {
	return &heartbeatView{
		status:  f.id("heartbeat-status"),
		seq:     f.id("heartbeat-seq"),
		detail:  f.id("heartbeat-detail"),
		machine: f.id("machine"),
		beat:    f.id("heartbeat-beat"),
	}
}

func (v *heartbeatView) paint(m *model, now time.Time) {
	if m.heartbeat == nil {
		return
	}
	age := now.Sub(m.heartbeatAt)
	status, text := heartbeatText(m.heartbeat, age)
	v.status.SetText(text)
	v.status.SetAttribute("data-status", status)
	if m.heartbeat == v.shown {
		return
	}
	v.shown = m.heartbeat
	v.show(m.heartbeat)
}

func (v *heartbeatView) show(h *feed.Heartbeat) {
	v.seq.SetText(thousands(h.Seq))
	text := plural(uint64(h.Clients), "stream") + " open, serving for " + span(h.Uptime)
	if h.Node != "" {
		text = h.Node + ": " + text
	}
	v.detail.SetText(text)
	v.machine.SetText(machineText(h))
	// Two names for one animation: the change of name starts it again.
	v.beat.SetAttribute("data-beat", [...]string{"even", "odd"}[h.Seq%2])
}

func machineText(h *feed.Heartbeat) string {
	if h.Host == "" {
		return h.OS
	}
	return h.Host + ", " + h.OS
}
