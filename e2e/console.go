//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// What a console keeps, however much a page writes.
const (
	maxLines    = 1000
	maxLineText = 8 << 10
	maxProblems = 50
	// maxDeath is how many lines are kept of how a Go program began to die, however
	// many come after them.
	maxDeath = 100
)

// line is one message of a page's console.
type line struct {
	level  string // as DevTools names it: log, info, warning, error, exception, …
	source string // part of the browser that wrote it; "" for the page itself
	text   string
	url    string
	stack  string
}

func (l line) String() string {
	text := l.level + ": " + l.text
	if l.source != "" {
		text = l.source + " " + text
	}
	if l.url != "" {
		text += " (" + l.url + ")"
	}
	if l.stack != "" {
		text += "\n" + l.stack
	}
	return text
}

// console keeps the last lines that a page and its workers wrote, the first lines of
// how a Go program died, and every problem among them.
type console struct {
	mu       sync.Mutex
	lines    []line
	dropped  int
	death    []line // the first lines of the last one
	diedAt   int    // how many lines came before it
	problems []*problem
	crashed  bool // the page's process has
	over     bool // the page has been told its end
}

// listen takes a DevTools event of the page.
func (c *console) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		c.add(line{level: string(e.Type), text: argumentsText(e.Args)})
	case *runtime.EventExceptionThrown:
		c.add(exceptionLine(e.ExceptionDetails))
	case *log.EventEntryAdded:
		c.add(line{level: string(e.Entry.Level), source: string(e.Entry.Source), text: e.Entry.Text, url: e.Entry.URL})
	case *inspector.EventTargetCrashed:
		c.mu.Lock()
		c.crashed = true
		c.mu.Unlock()
		c.fault(&problem{kind: Crash, text: "the page's process has crashed"})
	}
}

func (c *console) add(l line) {
	l.text = shorten(l.text)
	if p := problemIn(l); p != nil && !c.outlived(p) {
		c.fault(p)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.lines) == maxLines {
		c.lines = slices.Delete(c.lines, 0, maxLines/4)
		c.dropped += maxLines / 4
	}
	if goDied.MatchString(l.text) {
		c.death, c.diedAt = nil, c.dropped+len(c.lines)
	} else if len(c.death) == 0 || len(c.death) == maxDeath {
		c.lines = append(c.lines, l)
		return
	}
	c.death, c.lines = append(c.death, l), append(c.lines, l)
}

// shorten returns the beginning and the end of a text that is too long for a line.
func shorten(text string) string {
	left := len(text) - maxLineText
	if left <= 0 {
		return text
	}
	head, tail := text[:maxLineText/2], text[len(text)-maxLineText/2:]
	return fmt.Sprintf("%s\n... %d bytes left out ...\n%s", strings.ToValidUTF8(head, ""), left, strings.ToValidUTF8(tail, ""))
}

func (c *console) fault(p *problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A program that panics exits with code 2: that is one problem, not two.
	if p.kind == GoExit && p.text == "exit code: 2" && c.hasLocked(GoPanic) {
		return
	}
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, p)
	}
}

// end notes that the page is told its end now.
func (c *console) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
}

// outlived reports whether p is a call of a program that has ended with its page.
// In a real tab there is no page any more that could make the call: a timer, or a
// promise that a handler waited for. What the program has left for JavaScript to
// call is counted, and is a problem as that.
func (c *console) outlived(p *problem) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.over && exited.MatchString(p.text)
}

// died reports whether the Go program has ended in a way that leaves its
// callbacks behind.
func (c *console) died() bool { return c.has(GoPanic, GoExit, Crash) }

// gone reports whether the page's process has crashed.
func (c *console) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.crashed
}

// has reports whether there was a problem of one of the kinds.
func (c *console) has(kinds ...Kind) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hasLocked(kinds...)
}

func (c *console) hasLocked(kinds ...Kind) bool {
	return slices.ContainsFunc(c.problems, func(p *problem) bool { return slices.Contains(kinds, p.kind) })
}

// contains reports whether a line holds part.
func (c *console) contains(part string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.lines, func(l line) bool { return strings.Contains(l.text, part) })
}

// tail returns the last lines as text, n at most. If a Go program died before them,
// the first lines of its death take the place of some: they tell why it died, and the
// stacks of many goroutines may follow them.
func (c *console) tail(n int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := max(0, len(c.lines)-n)
	var head []line
	if len(c.death) > 0 && c.diedAt < c.dropped+from {
		head = c.death[:min(len(c.death), n/2)]
		from = max(0, min(len(c.lines), c.diedAt+len(head)-c.dropped), len(c.lines)-n+len(head))
	}
	var b strings.Builder
	shown := 0 // how many lines have been shown or left out
	show := func(at int, lines []line) {
		if at > shown {
			fmt.Fprintf(&b, "... %d lines left out ...\n", at-shown)
		}
		for _, l := range lines {
			b.WriteString(l.String() + "\n")
		}
		shown = at + len(lines)
	}
	if len(head) > 0 {
		show(c.diedAt, head)
	}
	show(c.dropped+from, c.lines[from:])
	if b.Len() == 0 {
		return "(empty)\n"
	}
	return b.String()
}

func exceptionLine(e *runtime.ExceptionDetails) line {
	l := line{level: "exception", text: e.Text, url: e.URL}
	if e.Exception != nil {
		description, stack, _ := strings.Cut(valueText(e.Exception), "\n")
		l.text, l.stack = e.Text+" "+description, stack
	}
	return l
}

func argumentsText(arguments []*runtime.RemoteObject) string {
	texts := make([]string, len(arguments))
	for i, a := range arguments {
		texts[i] = valueText(a)
	}
	return strings.Join(texts, " ")
}

// valueText returns a JavaScript value as a console shows it, or nearly so.
func valueText(v *runtime.RemoteObject) string {
	var text string
	switch {
	case json.Unmarshal(v.Value, &text) == nil:
		return text
	case len(v.Value) > 0:
		return string(v.Value)
	case v.UnserializableValue != "":
		return string(v.UnserializableValue)
	case v.Preview != nil && v.Subtype != runtime.RemoteObjectSubtypeError:
		return previewText(v.Preview)
	case v.Description != "":
		return v.Description
	}
	return string(v.Type)
}

func previewText(p *runtime.ObjectPreview) string {
	parts := make([]string, len(p.Properties))
	for i, property := range p.Properties {
		parts[i] = property.Name + ": " + property.Value
	}
	if p.Overflow {
		parts = append(parts, "…")
	}
	return p.Description + " {" + strings.Join(parts, ", ") + "}"
}
