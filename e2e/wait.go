//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// lookAgain is the pause between two looks at a condition.
const lookAgain = 10 * time.Millisecond

// tailLines is how much of the console a failure shows.
const tailLines = 30

// fatalf ends the test with the message and the end of the console.
func (p *Page) fatalf(format string, arguments ...any) {
	p.site.t.Helper()
	p.shown = true
	p.site.t.Fatalf("e2e: page %d: %s\nconsole:\n%s", p.number,
		fmt.Sprintf(format, arguments...), indent(p.console.tail(tailLines)))
}

func indent(text string) string {
	return "\t" + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n\t")
}

// waitFor looks at the page until look reports that what it waits for is there.
// look also tells what is there instead. A problem that fails the test anyway
// ends the wait.
func (p *Page) waitFor(what string, look func() (ok bool, instead string)) {
	p.site.t.Helper()
	p.waitForElement("", what, look)
}

// waitForElement is waitFor for what a selector finds: a failure tells which
// other elements there are.
func (p *Page) waitForElement(selector Selector, what string, look func() (ok bool, instead string)) {
	p.site.t.Helper()
	start := time.Now()
	for {
		ok, instead := look()
		if ok {
			return
		}
		if problem := p.firstProblem(); problem != nil {
			p.fatalf("waiting for %s (%s): %s", what, instead, problem)
		}
		if err := p.ctx.Err(); err != nil {
			p.fatalf("waiting for %s (%s): the tab has gone: %v", what, instead, err)
		}
		if time.Since(start) > p.timeout {
			p.fatalf("waiting for %s: %s after %v%s", what, instead, p.timeout, p.alternatives(selector)+p.unheard())
		}
		time.Sleep(lookAgain)
	}
}

// waitForJS waits until good is true of the value of a JavaScript expression.
// An expression that throws is looked at again: it may be about what a page
// that is being loaded does not have yet.
func waitForJS[T any](p *Page, what, expression string, good func(T) bool) T {
	p.site.t.Helper()
	var last T
	p.waitFor(what, func() (bool, string) {
		value, err := eval[T](p, expression)
		if err != nil {
			return false, "got " + err.Error()
		}
		last = value
		return good(value), "got " + quote(value)
	})
	return last
}

// quote shows a value on one line.
func quote(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprintf("%v", value)
	}
	return string(text)
}

// js returns s as a JavaScript string literal.
func js(s string) string {
	literal, err := json.Marshal(s)
	if err != nil {
		panic(err) // encoding/json has a form for every string
	}
	return string(literal)
}

// reading is what a script has read of the first element that a selector finds.
type reading struct {
	Found bool
	Value *string
	Whole string // the beginning of the element's HTML where there is no Value
}

func (r reading) String() string {
	switch {
	case !r.Found:
		return "no such element"
	case r.Value == nil:
		return "it is not there in " + r.Whole
	}
	return "got " + quote(*r.Value)
}

// textContent is an expression for the text of an element: its textContent with each
// run of white space as one space.
const textContent = `element.textContent.replace(/\s+/g, " ").trim()`

// waitForReading waits until good is true of a string that the expression reads
// of the first element that the selector finds.
func (p *Page) waitForReading(what string, selector Selector, expression string, good func(string) bool) string {
	p.site.t.Helper()
	var last reading
	p.waitForElement(selector, what, func() (bool, string) {
		got, err := ask[reading](p, selector, fmt.Sprintf(`([element]) => {
			const value = element ? %s : null;
			const whole = element && value === null ? element.outerHTML.slice(0, 80) : "";
			return {Found: Boolean(element), Value: value, Whole: whole};
		}`, expression))
		if err != nil {
			return false, "got " + err.Error()
		}
		last = got
		return got.Value != nil && good(*got.Value), got.String()
	})
	return *last.Value
}

// Text returns the text of the first element that the selector finds: all of its
// text content, shown or not, with each run of white space as one space. It
// waits for the element.
func (p *Page) Text(selector Selector) string {
	p.site.t.Helper()
	return p.waitForReading("an element "+string(selector), selector, textContent, func(string) bool { return true })
}

// WaitText waits until [Page.Text] of the selector is want.
func (p *Page) WaitText(selector Selector, want string) {
	p.site.t.Helper()
	p.waitForReading(fmt.Sprintf("text %q in %s", want, selector), selector, textContent,
		func(got string) bool { return got == want })
}

// WaitTextContains waits until [Page.Text] of the selector contains part.
func (p *Page) WaitTextContains(selector Selector, part string) {
	p.site.t.Helper()
	p.waitForReading(fmt.Sprintf("text with %q in %s", part, selector), selector, textContent,
		func(got string) bool { return strings.Contains(got, part) })
}

// WaitExpression waits until a JavaScript expression, or what its promise comes
// to, is truthy. It is evaluated many times, so it must change nothing.
func (p *Page) WaitExpression(expression string) {
	p.site.t.Helper()
	script := fmt.Sprintf(`(async () => { const value = await (%s); return {
		ok: Boolean(value), shown: typeof value === "string" ? JSON.stringify(value) : String(value)} })()`, expression)
	p.waitFor(expression, func() (bool, string) {
		value, err := eval[struct {
			OK    bool
			Shown string
		}](p, script)
		if err != nil {
			return false, "got " + err.Error()
		}
		return value.OK, "got " + value.Shown
	})
}

// WaitCount waits until the selector finds n elements.
func (p *Page) WaitCount(selector Selector, n int) {
	p.site.t.Helper()
	p.waitForElement(selector, fmt.Sprintf("%d elements %s", n, selector), func() (bool, string) {
		count, err := ask[int](p, selector, "(found) => found.length")
		if err != nil {
			return false, "got " + err.Error()
		}
		return count == n, "got " + strconv.Itoa(count)
	})
}

// WaitAttribute waits until the attribute of the first element that the selector
// finds has the value want.
func (p *Page) WaitAttribute(selector Selector, name, want string) {
	p.site.t.Helper()
	p.waitForReading(fmt.Sprintf("attribute %s=%q of %s", name, want, selector), selector,
		fmt.Sprintf("element.getAttribute(%s)", js(name)), func(got string) bool { return got == want })
}

// WaitConsole waits until a line of the console of the page or its workers
// contains part.
func (p *Page) WaitConsole(part string) {
	p.site.t.Helper()
	p.waitFor(fmt.Sprintf("console line with %q", part), func() (bool, string) {
		return p.console.contains(part), "no such line"
	})
}

// WaitExit waits until the Go program of the default page has ended and returns
// its exit code. A code other than 0 fails the test unless [GoExit] is allowed.
func (p *Page) WaitExit() int {
	p.site.t.Helper()
	return *waitForJS(p, "the program to exit", "globalThis.exitCode ?? null",
		func(code *int) bool { return code != nil })
}
