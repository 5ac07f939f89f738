//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
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
		if time.Since(start) > p.site.timeout {
			p.fatalf("waiting for %s: %s after %v", what, instead, p.site.timeout)
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

// textOf is an expression for the text of an element, null where there is none:
// its textContent with each run of white space as one space.
func textOf(selector string) string {
	return fmt.Sprintf(`document.querySelector(%s)?.textContent.replace(/\s+/g, " ").trim() ?? null`, js(selector))
}

// Text returns the text of the first element that the CSS selector finds: all
// of its text content, shown or not, with each run of white space as one space.
// It waits for the element.
func (p *Page) Text(selector string) string {
	p.site.t.Helper()
	return *waitForJS(p, "an element "+selector, textOf(selector), func(text *string) bool { return text != nil })
}

// WaitText waits until [Page.Text] of the selector is want.
func (p *Page) WaitText(selector, want string) {
	p.site.t.Helper()
	waitForJS(p, fmt.Sprintf("text %q in %s", want, selector), textOf(selector),
		func(text *string) bool { return text != nil && *text == want })
}

// WaitTextContains waits until [Page.Text] of the selector contains part.
func (p *Page) WaitTextContains(selector, part string) {
	p.site.t.Helper()
	waitForJS(p, fmt.Sprintf("text with %q in %s", part, selector), textOf(selector),
		func(text *string) bool { return text != nil && strings.Contains(*text, part) })
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

// WaitCount waits until the CSS selector finds n elements.
func (p *Page) WaitCount(selector string, n int) {
	p.site.t.Helper()
	waitForJS(p, fmt.Sprintf("%d elements %s", n, selector),
		fmt.Sprintf("document.querySelectorAll(%s).length", js(selector)),
		func(count int) bool { return count == n })
}

// WaitAttribute waits until the attribute of the first element that the CSS
// selector finds has the value want.
func (p *Page) WaitAttribute(selector, name, want string) {
	p.site.t.Helper()
	waitForJS(p, fmt.Sprintf("attribute %s=%q of %s", name, want, selector),
		fmt.Sprintf("document.querySelector(%s)?.getAttribute(%s) ?? null", js(selector), js(name)),
		func(value *string) bool { return value != nil && *value == want })
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
