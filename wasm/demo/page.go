//go:build js && wasm

package main

import (
	"context"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

const (
	// rest is how long the page rests when the model does not change: what it
	// shows of the time that passes is in seconds.
	rest = time.Second
	// lag is by how much the moving charts are behind the server's time. A
	// sample is known before its place comes into sight, so lines flow in
	// instead of jumping.
	lag = 1200 * time.Millisecond
)

// view is one part of the page. It paints what has changed since it last did.
type view interface {
	paint(m *model, now time.Time)
}

// page is everything that is painted.
type page struct {
	stream   *streamView
	attempts *attemptsView
	notices  *noticesView
	log      *logView
	views    []view
	charts   []*chart

	edge  time.Time // the moment of the server's clock at the charts' right edge
	moved bool      // whether the charts moved when last painted
	still chan bool // receives whether motion is unwanted
	calm  bool
	stop  func()
}

// newPage finds the parts of the page. It returns an error that names every id
// that is missing. Release lets go of what the page holds.
func newPage(doc *jsbridge.Document) (*page, error) {
	f := &finder{doc: doc}
	p := &page{
		stream:   newStreamView(f),
		attempts: newAttemptsView(f),
		notices:  newNoticesView(f),
		log:      newLogView(f),
		still:    make(chan bool, 1),
	}
	cpu, memory, load, network, disk := newCPUView(f), newMemoryView(f), newLoadView(f), newNetworkView(f), newDiskView(f)
	p.views = []view{p.stream, p.attempts, newHeartbeatView(f), cpu, memory, load, network, disk, newProcessesView(f), p.notices, p.log}
	p.charts = []*chart{cpu.chart, memory.chart, load.chart, network.chart, disk.chart}
	if err := f.err(); err != nil {
		return nil, err
	}
	return p, p.watchMotion()
}

// watchMotion keeps p.calm with the wish of the person at the screen.
func (p *page) watchMotion() (err error) {
	p.calm, p.stop, err = jsbridge.WatchMedia("(prefers-reduced-motion: reduce)", func(calm bool) {
		select {
		case <-p.still: // only the latest counts
		default:
		}
		p.still <- calm
	})
	return err
}

func (p *page) release() { p.stop() }

// connect has the controls of the page ask the dashboard.
func (p *page) connect(d *dashboard) (remove func(), err error) {
	var removers []func()
	remove = func() {
		for _, r := range removers {
			r()
		}
	}
	for _, c := range p.controls(d) {
		r, err := c.element.On(c.eventType, jsbridge.OnOptions{PreventDefault: c.instead}, c.do)
		if err != nil {
			remove()
			return nil, err
		}
		removers = append(removers, r)
	}
	return remove, nil
}

// control is something on the page that a person can work.
type control struct {
	element   *jsbridge.Element
	eventType string
	instead   bool // of what the browser would do
	do        func(jsbridge.DOMEvent)
}

// click is a button that does something.
func click(button *jsbridge.Element, do func()) control {
	return control{button, "click", false, func(jsbridge.DOMEvent) { do() }}
}

func (p *page) controls(d *dashboard) []control {
	return []control{
		click(p.stream.close, func() {
			d.store.update(func(m *model) { m.byUs = true })
			d.end()
		}),
		click(p.stream.reopen, d.open),
		click(p.stream.cut, func() { d.control(feed.CutPath) }),
		click(p.stream.malformed, func() { d.control(feed.MalformedPath) }),
		// The group and not each of its buttons, so that choices keep their order.
		{p.stream.transport, "change", false, func(e jsbridge.DOMEvent) { d.carryBy(transportOf(e.TargetID)) }},
		click(p.attempts.hurry, d.hurry),
		{p.notices.form, "submit", true, func(jsbridge.DOMEvent) { d.publish(p.notices.field.Value()) }},
		{p.notices.field, "input", false, func(jsbridge.DOMEvent) {
			text := p.notices.field.Value()
			d.store.update(func(m *model) { m.draft(text) })
		}},
		click(p.log.pause, func() { d.store.update(func(m *model) { m.log.paused = !m.log.paused }) }),
		click(p.log.list, func() { d.store.update(func(m *model) { m.log.paused = true }) }),
	}
}

// transportOf returns the transport that a radio button stands for.
func transportOf(id string) eventsource.Transport {
	if id == "transport-fetch" {
		return eventsource.Fetch
	}
	return eventsource.Native
}

// run paints until ctx ends, and returns its cause.
func (p *page) run(ctx context.Context, s *store) error {
	for {
		if err := s.wait(ctx, p.untilNext()); err != nil {
			return err
		}
		if err := jsbridge.NextFrame(ctx); err != nil {
			return err
		}
		select {
		case p.calm = <-p.still:
		default:
		}
		s.view(func(m *model) { p.paint(m, time.Now()) })
	}
}

// untilNext returns how long nothing needs painting unless the model changes.
func (p *page) untilNext() time.Duration {
	switch {
	case p.log.behind:
		return 0
	case p.attempts.left > 0:
		return min(p.attempts.left, rest)
	}
	return rest
}

func (p *page) paint(m *model, now time.Time) {
	for _, v := range p.views {
		v.paint(m, now)
	}
	// A closed stream stands still, and so does a page that motion is
	// unwanted on.
	moves := !p.calm && m.clock.known && m.state.ReadyState != eventsource.StateClosed
	switch {
	case moves, p.moved && !p.calm:
		p.edge = m.clock.server(now).Add(-lag)
	case p.calm:
		p.edge = m.newest
	}
	p.moved = moves
	for _, c := range p.charts {
		c.paint(m, now, p.edge, moves)
	}
}
