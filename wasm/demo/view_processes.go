//go:build js && wasm

package main

import (
	"strconv"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// processesView shows the busiest processes as a table.
type processesView struct {
	doc   *jsbridge.Document
	count *jsbridge.Element
	body  *jsbridge.Element
	rows  []processRow
	shown *feed.Processes
}

type processRow struct{ row, name, pid, cpu, bar, memory *jsbridge.Element }

func newProcessesView(f *finder) *processesView {
	return &processesView{doc: f.doc, count: f.id("processes-count"), body: f.id("processes-body")}
}

func (v *processesView) paint(m *model, _ time.Time) {
	if m.processes == v.shown {
		return
	}
	v.shown = m.processes
	v.count.SetText(thousands(uint64(m.processes.Count)) + " running")
	if len(v.rows) != len(m.processes.Top) {
		v.build(len(m.processes.Top))
	}
	for i, process := range m.processes.Top {
		v.rows[i].show(process)
	}
}

func (v *processesView) build(count int) {
	v.rows = make([]processRow, count)
	rows := make([]*jsbridge.Element, count)
	for i := range v.rows {
		v.rows[i] = newProcessRow(v.doc)
		rows[i] = v.rows[i].row
	}
	v.body.ReplaceChildren(rows...)
}

func newProcessRow(doc *jsbridge.Document) processRow {
	r := processRow{
		row:    doc.CreateElement("tr"),
		name:   newElement(doc, "th", "", ""),
		pid:    newElement(doc, "td", "pid", ""),
		cpu:    newElement(doc, "span", "", ""),
		bar:    newElement(doc, "span", "bar", ""),
		memory: newElement(doc, "td", "", ""),
	}
	r.name.SetAttribute("scope", "row")
	track := newElement(doc, "span", "track", "")
	track.Append(r.bar)
	cell := newElement(doc, "td", "busy", "")
	cell.Append(track, r.cpu)
	r.row.Append(r.name, r.pid, cell, r.memory)
	return r
}

func (r *processRow) show(p feed.Process) {
	r.name.SetText(p.Name)
	r.name.SetAttribute("title", p.Name)
	r.pid.SetText(strconv.Itoa(int(p.PID)))
	r.cpu.SetText(percent(p.CPU).number + noBreak + "%")
	r.bar.SetStyle("--level", strconv.FormatFloat(min(p.CPU/100, 1), 'f', 3, 64))
	r.memory.SetText(size(float64(p.Memory)).String())
}
