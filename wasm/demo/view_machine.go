//go:build js && wasm

package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// lineGap is without a sample for how long a chart's line is interrupted. A busy
// machine measures late, and a rate holds for all the time since the sample
// before it: so it is many times what lies between two events.
const lineGap = 10 * time.Second

// cpuView shows how busy the processors are, together and each.
type cpuView struct {
	chart *chart
	total *figure
	cores *meters
	count *jsbridge.Element
	shown *feed.CPU
}

func newCPUView(f *finder) *cpuView {
	v := &cpuView{
		total: f.figure("cpu-total"),
		cores: &meters{doc: f.doc, list: f.id("cpu-cores")},
		count: f.id("cpu-count"),
		chart: &chart{
			history: func(m *model) *history { return &m.cpuHistory },
			top:     func(*model, *history) float64 { return 100 },
			label:   wholePercent,
			name: func(m *model) string {
				return "CPU over the last minute, all cores together: now " + percent(m.cpu.Total).String()
			},
		},
	}
	v.chart.build(f.doc, f.id("cpu-chart"), 1)
	return v
}

func (v *cpuView) paint(m *model, _ time.Time) {
	if m.cpu == v.shown {
		return
	}
	v.shown = m.cpu
	v.total.show(percent(m.cpu.Total))
	v.count.SetText(plural(uint64(len(m.cpu.Cores)), "core"))
	v.cores.show(m.cpu.Cores)
}

// meters is a row of bars, one for each core.
type meters struct {
	doc  *jsbridge.Document
	list *jsbridge.Element
	bars []meter
}

type meter struct{ bar, value *jsbridge.Element }

func (ms *meters) show(shares []float64) {
	if len(shares) != len(ms.bars) {
		ms.build(len(shares))
	}
	for i, share := range shares {
		ms.bars[i].bar.SetStyle("--level", strconv.FormatFloat(share/100, 'f', 3, 64))
		ms.bars[i].value.SetText(wholePercent(share).number + noBreak + "%")
	}
}

func (ms *meters) build(count int) {
	ms.bars = make([]meter, count)
	items := make([]*jsbridge.Element, count)
	for i := range items {
		bar := newElement(ms.doc, "span", "bar", "")
		track := newElement(ms.doc, "span", "track", "")
		track.Append(bar)
		value := newElement(ms.doc, "span", "value", "")
		name := newElement(ms.doc, "span", "name", "core "+strconv.Itoa(i))
		items[i] = newElement(ms.doc, "li", "", "")
		items[i].Append(name, track, value)
		ms.bars[i] = meter{bar, value}
	}
	ms.list.ReplaceChildren(items...)
}

// memoryView shows main memory.
type memoryView struct {
	chart                 *chart
	share                 *figure
	used, available, swap *jsbridge.Element
	shown                 *feed.Memory
}

func newMemoryView(f *finder) *memoryView {
	v := &memoryView{
		share:     f.figure("memory-share"),
		used:      f.id("memory-used"),
		available: f.id("memory-available"),
		swap:      f.id("memory-swap"),
		chart: &chart{
			history: func(m *model) *history { return &m.memoryHistory },
			top:     func(m *model, _ *history) float64 { return max(float64(m.memory.Total), 1) },
			label:   func(v float64) quantity { return shortSize(v) },
			name: func(m *model) string {
				return "Memory in use over the last minute: now " + usedOf(m.memory.Used, m.memory.Total)
			},
		},
	}
	v.chart.build(f.doc, f.id("memory-chart"), 1)
	return v
}

func (v *memoryView) paint(m *model, _ time.Time) {
	if m.memory == v.shown {
		return
	}
	v.shown = m.memory
	v.share.show(percent(share(m.memory.Used, m.memory.Total)))
	v.used.SetText(usedOf(m.memory.Used, m.memory.Total) + " in use")
	v.available.SetText(size(float64(m.memory.Available)).String())
	v.swap.SetText(swapText(m.memory))
}

func swapText(memory *feed.Memory) string {
	if memory.SwapTotal == 0 {
		return "none"
	}
	return usedOf(memory.SwapUsed, memory.SwapTotal)
}

// loadView shows the load average.
type loadView struct {
	chart     *chart
	one, five *figure
	fifteen   *jsbridge.Element
	cores     *jsbridge.Element
	shown     *feed.Load
}

func newLoadView(f *finder) *loadView {
	v := &loadView{
		one:     f.figure("load-one"),
		five:    f.figure("load-five"),
		fifteen: f.id("load-fifteen"),
		cores:   f.id("load-cores"),
		chart: &chart{
			history: func(m *model) *history { return &m.loadHistory },
			top:     func(_ *model, h *history) float64 { return roundUp(h.peak(), 1) },
			label:   func(v float64) quantity { return quantity{number: number(v)} },
			name: func(m *model) string {
				return "Load over the last minute: now " + loadAverage(m.load.One).number +
					", with " + plural(uint64(m.load.Cores), "core")
			},
		},
	}
	v.chart.build(f.doc, f.id("load-chart"), 2)
	return v
}

func (v *loadView) paint(m *model, _ time.Time) {
	if m.load == v.shown {
		return
	}
	v.shown = m.load
	v.one.show(loadAverage(m.load.One))
	v.five.show(loadAverage(m.load.Five))
	v.fifteen.SetText(loadAverage(m.load.Fifteen).number)
	v.cores.SetText(strconv.Itoa(m.load.Cores))
}

// networkView shows what goes over the network.
type networkView struct {
	chart               *chart
	down, up            *figure
	busiest, interfaces *jsbridge.Element
	shown               *feed.Network
}

func newNetworkView(f *finder) *networkView {
	v := &networkView{
		down:       f.figure("network-down"),
		up:         f.figure("network-up"),
		busiest:    f.id("network-busiest"),
		interfaces: f.id("network-interfaces"),
		chart: &chart{
			history: func(m *model) *history { return &m.networkHistory },
			top:     rateTop,
			label:   rateLabel,
			name: func(m *model) string {
				return "Network over the last minute: now " + rate(m.network.Down).String() + " down, " +
					rate(m.network.Up).String() + " up"
			},
		},
	}
	v.chart.build(f.doc, f.id("network-chart"), 2)
	return v
}

func (v *networkView) paint(m *model, _ time.Time) {
	if m.network == v.shown {
		return
	}
	v.shown = m.network
	v.down.show(rate(m.network.Down))
	v.up.show(rate(m.network.Up))
	v.busiest.SetText(busiestInterface(m.network.Interfaces))
	v.interfaces.SetText(strconv.Itoa(len(m.network.Interfaces)))
}

// busiestInterface names the interface that most goes over, loopback included.
func busiestInterface(all []feed.Interface) string {
	if len(all) == 0 {
		return "none"
	}
	busiest := all[0]
	for _, i := range all[1:] {
		if i.Down+i.Up > busiest.Down+busiest.Up {
			busiest = i
		}
	}
	return busiest.Name + ", " + rate(busiest.Down+busiest.Up).String()
}

// diskView shows what goes to and from the disks.
type diskView struct {
	chart       *chart
	read, write *figure
	used        *jsbridge.Element
	shown       *feed.Disk
}

func newDiskView(f *finder) *diskView {
	v := &diskView{
		read:  f.figure("disk-read"),
		write: f.figure("disk-write"),
		used:  f.id("disk-used"),
		chart: &chart{
			history: func(m *model) *history { return &m.diskHistory },
			top:     rateTop,
			label:   rateLabel,
			name: func(m *model) string {
				return "Disks over the last minute: now " + rate(m.disk.Read).String() + " read, " +
					rate(m.disk.Write).String() + " written"
			},
		},
	}
	v.chart.build(f.doc, f.id("disk-chart"), 2)
	return v
}

func (v *diskView) paint(m *model, _ time.Time) {
	if m.disk == v.shown {
		return
	}
	v.shown = m.disk
	v.read.show(rate(m.disk.Read))
	v.write.show(rate(m.disk.Write))
	v.used.SetText(m.disk.Path + " " + usedOf(m.disk.Used, m.disk.Total))
}

// rateTop ends the axis at a round number, 10 kB/s at the least so that next to
// nothing looks like it.
func rateTop(_ *model, h *history) float64 { return roundUp(h.peak(), 10_000) }

// rateLabel writes a rate of the axis, which is round.
func rateLabel(v float64) quantity {
	if v == 0 {
		return quantity{number: "0"}
	}
	q := rate(v)
	q.number = trimZeros(q.number)
	return q
}

// shortSize writes bytes with as few decimals as an axis needs.
func shortSize(v float64) quantity {
	if v == 0 {
		return quantity{number: "0"}
	}
	q := size(v)
	q.number = trimZeros(q.number)
	return q
}

func trimZeros(number string) string {
	if !strings.Contains(number, ".") {
		return number
	}
	return strings.TrimRight(strings.TrimRight(number, "0"), ".")
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// usedOf writes "3.10 of 7.75 GiB", or with both units where they differ.
func usedOf(used, total uint64) string {
	u, t := size(float64(used)), size(float64(total))
	if u.unit == t.unit {
		return u.number + " of " + t.String()
	}
	return u.String() + " of " + t.String()
}
