//go:build js && wasm

package main

import (
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// logView shows the latest events, the newest on top, each with its data as it
// came and as the Go value it became.
type logView struct {
	doc   *jsbridge.Document
	list  *jsbridge.Element
	pause *jsbridge.Element
	note  *jsbridge.Element

	painted uint64 // number of the newest entry shown
	rows    int
	behind  bool // whether there are entries left for the next frame
}

// rowsPerFrame is how many lines one frame gets. A line is some thirty calls
// across: fifty at once would be felt.
const rowsPerFrame = 8

func newLogView(f *finder) *logView {
	return &logView{doc: f.doc, list: f.id("log"), pause: f.id("log-pause"), note: f.id("log-note")}
}

func (v *logView) paint(m *model, _ time.Time) {
	v.pause.SetAttribute("aria-pressed", boolText(m.log.paused))
	if m.log.paused {
		v.behind = false
		v.note.SetText("paused, " + thousands(m.log.total-v.painted) + " newer")
		return
	}
	v.note.SetText("the latest 50")
	fresh := m.log.after(v.painted)
	for _, e := range fresh[:min(len(fresh), rowsPerFrame)] {
		v.list.Prepend(logRow(v.doc, e))
		v.rows++
		v.painted = e.number
	}
	v.behind = v.painted < m.log.total
	for ; v.rows > logLength; v.rows-- {
		v.list.RemoveLastChild()
	}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// logRow makes the line of an entry, which opens to show all of it.
func logRow(doc *jsbridge.Document, e entry) *jsbridge.Element {
	row := doc.CreateElement("li")
	row.SetAttribute("data-type", e.kind)
	row.SetAttribute("data-id", e.id)
	row.SetAttribute("data-decoded", boolText(e.failure == ""))
	details := doc.CreateElement("details")
	outcome := e.outcome()
	details.Append(logSummary(doc, e, outcome), logBody(doc, e, outcome))
	row.Append(details)
	return row
}

func logSummary(doc *jsbridge.Document, e entry, outcome string) *jsbridge.Element {
	summary := doc.CreateElement("summary")
	summary.Append(
		newElement(doc, "time", "when", e.arrived.Local().Format("15:04:05.000")),
		newElement(doc, "span", "type", e.kind),
		newElement(doc, "span", "id", e.id),
		newElement(doc, "span", "raw", e.raw),
		newElement(doc, "span", "decoded", outcome),
	)
	return summary
}

func logBody(doc *jsbridge.Document, e entry, outcome string) *jsbridge.Element {
	body := doc.CreateElement("dl")
	title := "Decoded by Go"
	if e.failure != "" {
		title = "Did not decode"
	}
	for _, part := range [][2]string{{"Raw data", e.raw}, {title, outcome}} {
		value := doc.CreateElement("dd")
		value.Append(newElement(doc, "pre", "", part[1]))
		body.Append(newElement(doc, "dt", "", part[0]), value)
	}
	return body
}
