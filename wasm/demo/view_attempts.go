//go:build js && wasm

package main

import (
	"strconv"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// attemptsView shows the latest changes of state, and holds the button that
// hurries an attempt which is being waited for.
type attemptsView struct {
	doc           *jsbridge.Document
	list          *jsbridge.Element
	hurry         *jsbridge.Element
	native, fetch *jsbridge.Element // the chosen one takes the focus of the button

	painted uint64        // how many changes have been shown
	rows    uint64        // how many of them are
	left    time.Duration // of the wait when last painted, 0 where there is none
}

func newAttemptsView(f *finder) *attemptsView {
	return &attemptsView{
		doc:    f.doc,
		list:   f.id("attempts"),
		hurry:  f.id("hurry"),
		native: f.id("transport-native"),
		fetch:  f.id("transport-fetch"),
	}
}

func (v *attemptsView) paint(m *model, now time.Time) {
	v.paintWait(m, now)
	fresh := min(m.attempts.total-v.painted, uint64(len(m.attempts.latest)))
	v.painted = m.attempts.total
	for i := int(fresh) - 1; i >= 0; i-- { // the newest comes to the top
		v.list.Prepend(attemptItem(v.doc, &m.attempts.latest[i]))
	}
	for v.rows += fresh; v.rows > attemptLimit; v.rows-- {
		v.list.RemoveLastChild()
	}
}

func (v *attemptsView) paintWait(m *model, now time.Time) {
	before := v.left
	v.left = m.wait(now)
	if before > 0 && v.left == 0 && m.hurried {
		v.chosen(m).Focus() // it would be lost with the button
	}
	v.hurry.SetDisabled(v.left == 0)
}

func (v *attemptsView) chosen(m *model) *jsbridge.Element {
	if m.transport == eventsource.Fetch {
		return v.fetch
	}
	return v.native
}

// attemptItem makes the line of a change of state, with its parts for programs
// in attributes.
func attemptItem(doc *jsbridge.Document, a *attempt) *jsbridge.Element {
	item := doc.CreateElement("li")
	item.SetAttribute("data-state", a.state.ReadyState.String())
	item.SetAttribute("data-transport", a.transport.String())
	item.SetAttribute("data-attempt", strconv.Itoa(a.state.Attempt))
	item.SetAttribute("data-delay", strconv.FormatInt(a.state.Delay.Milliseconds(), 10))
	when := newElement(doc, "time", "", a.at.Local().Format(time.TimeOnly))
	when.SetAttribute("datetime", a.at.Format(time.RFC3339))
	item.Append(when, newElement(doc, "p", "what", a.String()))
	if cause := a.cause(); cause != "" {
		item.Append(newElement(doc, "p", "cause", cause))
	}
	return item
}
