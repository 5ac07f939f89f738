//go:build js && wasm

package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// chart is a moving line chart of a history: an SVG that Go draws, labels
// beside it, and a name that says in words what it shows.
type chart struct {
	history func(*model) *history
	top     func(*model, *history) float64 // the axis's upper end
	label   func(float64) quantity         // writes a value of the axis
	name    func(*model) string            // what the chart shows, in words

	still  *jsbridge.Element // the grid, and the picture's name
	moving *jsbridge.Element // the lines: a layer of its own, moved along
	area   *jsbridge.Element
	lines  []*jsbridge.Element
	marks  [3]*jsbridge.Element // the axis's labels from the top down

	drawn  uint64    // version of the history that is drawn
	newest time.Time // the sample at the plane's right edge
	named  time.Time // when the name was last set
	moves  bool
	halt   func() // ends the present movement
}

// nameEvery is how long a chart keeps its name: a screen reader that is on it
// is not told of every sample.
const nameEvery = 5 * time.Second

// build draws what does not change, inside host.
//
// The lines are an SVG of their own above the grid's, so that to move them is
// to move a layer that is painted already: nothing is laid out or painted
// again.
func (c *chart) build(doc *jsbridge.Document, host *jsbridge.Element, lines int) {
	c.still = plane(doc, "still")
	c.still.SetAttribute("role", "img")
	c.still.Append(grid(doc)...)
	c.moving = plane(doc, "moving")
	c.moving.SetAttribute("aria-hidden", "true")
	c.area = newPath(doc, "area")
	c.area.SetAttribute("fill", "url(#fade)")
	c.lines = make([]*jsbridge.Element, lines)
	c.moving.Append(c.area)
	for i := range c.lines {
		c.lines[i] = newPath(doc, "line line-"+strconv.Itoa(i+1))
		c.moving.Append(c.lines[i])
	}
	c.halt = func() {}
	plot := newElement(doc, "div", "plot", "")
	plot.Append(c.still, c.moving)
	host.ReplaceChildren(plot, c.axis(doc), timeAxis(doc))
}

// plane makes an SVG of the charts' fixed size, which the browser stretches. A
// little room above and below keeps lines at the edge whole.
func plane(doc *jsbridge.Document, class string) *jsbridge.Element {
	svg := doc.CreateSVGElement("svg")
	svg.SetAttribute("class", class)
	svg.SetAttribute("viewBox", "0 -2 "+number(planeWidth)+" "+number(planeHeight+4))
	svg.SetAttribute("preserveAspectRatio", "none")
	return svg
}

// grid draws a line at the top, the middle and the bottom of the axis, and one
// for every fifteen seconds.
func grid(doc *jsbridge.Document) []*jsbridge.Element {
	var lines []*jsbridge.Element
	for quarter := range 5 {
		if quarter < 4 {
			x := planeWidth * float64(quarter) / 4
			lines = append(lines, gridLine(doc, "upright", x, 0, x, planeHeight))
		}
		if quarter%2 == 0 {
			y := planeHeight * float64(quarter) / 4
			lines = append(lines, gridLine(doc, "level", 0, y, planeWidth, y))
		}
	}
	return lines
}

func gridLine(doc *jsbridge.Document, class string, x1, y1, x2, y2 float64) *jsbridge.Element {
	line := doc.CreateSVGElement("line")
	line.SetAttribute("class", "grid "+class)
	for name, value := range map[string]float64{"x1": x1, "y1": y1, "x2": x2, "y2": y2} {
		line.SetAttribute(name, number(value))
	}
	return line
}

func newPath(doc *jsbridge.Document, class string) *jsbridge.Element {
	path := doc.CreateSVGElement("path")
	path.SetAttribute("class", class)
	return path
}

// axis makes the labels of the axis. They are for the eye: the chart's name
// says as much.
func (c *chart) axis(doc *jsbridge.Document) *jsbridge.Element {
	axis := newElement(doc, "div", "axis", "")
	axis.SetAttribute("aria-hidden", "true")
	for i := range c.marks {
		c.marks[i] = newElement(doc, "span", "", "")
		axis.Append(c.marks[i])
	}
	return axis
}

func timeAxis(doc *jsbridge.Document) *jsbridge.Element {
	axis := newElement(doc, "div", "time-axis", "")
	axis.SetAttribute("aria-hidden", "true")
	for _, text := range []string{"60 s", "45", "30", "15", "now"} {
		axis.Append(newElement(doc, "span", "", text))
	}
	return axis
}

// paint draws the history where it is new, with the moment edge of the server's
// clock at the right edge. A chart that moves is then carried on by the browser
// on its own, at the pace of time.
func (c *chart) paint(m *model, now, edge time.Time, moves bool) {
	h := c.history(m)
	if len(h.samples) == 0 {
		c.still.SetAttribute("aria-label", "Waiting for the first measurement")
		return
	}
	fresh := h.version != c.drawn
	if fresh {
		c.draw(m, h)
	}
	if fresh || moves != c.moves || !moves {
		c.place(edge, moves)
	}
	if now.Sub(c.named) >= nameEvery {
		c.named = now
		c.still.SetAttribute("aria-label", c.name(m))
	}
}

// place puts the lines where they stand when the right edge shows a moment, and
// lets them go from there if they move: for as long as something of them is
// seen.
func (c *chart) place(edge time.Time, moves bool) {
	from := shifted(c.newest.Sub(edge))
	c.halt()
	c.moves = moves
	c.moving.SetStyle("transform", from)
	if moves {
		c.halt = c.moving.Animate("transform", from, shifted(c.newest.Sub(edge)-window), window)
	}
}

// shifted moves the lines by what a stretch of time is wide. The unit is a
// hundredth of the plot's width, and not of the lines' own: browsers carry on by
// themselves only what does not depend on the size of what is moved.
func shifted(d time.Duration) string {
	return "translateX(" + strconv.FormatFloat(across(d)/planeWidth*100, 'f', 3, 64) + "cqw)"
}

func (c *chart) draw(m *model, h *history) {
	c.drawn, c.newest = h.version, h.latest()
	top := c.top(m, h)
	for i, line := range c.lines {
		line.SetAttribute("d", outline(h, i, top, lineGap, false))
	}
	c.area.SetAttribute("d", outline(h, 0, top, lineGap, true))
	for i, value := range []float64{top, top / 2, 0} {
		c.marks[i].SetText(strings.TrimSpace(c.label(value).String()))
	}
}

func number(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
