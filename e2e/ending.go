//go:build !js

package e2e

import (
	"fmt"
	"time"
)

// lettingGo bounds how long a program may take to let go of its callbacks after
// pagehide, beside the site's timeout.
const lettingGo = 5 * time.Second

// pictureWithin bounds the screenshot of a failed test: the page may hang.
const pictureWithin = 5 * time.Second

// hide tells the program, here and in the default page's worker, that its page
// is over.
const hide = `(() => {
	dispatchEvent(new PageTransitionEvent("pagehide", {persisted: false}));
	globalThis.e2eWorker?.hide();
})()`

// stillAlive is what JavaScript may still call of the page's program and the
// default page's worker.
const stillAlive = `(async () => {
	const counts = [globalThis[Symbol.for("runnel.live")], await globalThis.e2eWorker?.live()];
	const sum = {Callbacks: 0, Listeners: 0};
	for (const count of counts) {
		sum.Callbacks += count?.callbacks ?? 0;
		sum.Listeners += count?.listeners ?? 0;
	}
	return sum;
})()`

type live struct{ Callbacks, Listeners int }

// Close ends the page's life as a user does who closes the tab: its program is
// told by a pagehide event and must let go of every callback, then the tab is
// closed. Problems fail the test. It is called at the end of the test and is
// idempotent.
func (p *Page) Close() {
	p.site.t.Helper()
	if p.closed {
		return
	}
	p.closed = true
	p.report()
	// First the picture of what the test saw, then the end.
	p.saveIfFailed()
	p.end()
	p.report()
	p.saveIfFailed()
	p.shut()
}

// firstProblem returns a problem that fails the test, or nil. What it returns
// counts as told.
func (p *Page) firstProblem() *problem {
	problems := p.untold()
	if len(problems) == 0 {
		return nil
	}
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	problems[0].told = true
	return problems[0]
}

// untold returns the problems that fail the test and were not yet told.
func (p *Page) untold() []*problem {
	allowed := p.allowances()
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	var untold []*problem
	for _, problem := range p.console.problems {
		if !problem.told && !problem.allowed(allowed) && !p.site.scripted(problem) {
			untold = append(untold, problem)
		}
	}
	return untold
}

// report fails the test for each problem that it has not been told of.
func (p *Page) report() {
	p.site.t.Helper()
	for {
		problem := p.firstProblem()
		if problem == nil {
			return
		}
		p.site.t.Errorf("e2e: page %d: %s", p.number, problem)
	}
}

// end tells the page's program that the page is over and waits until it has let
// go of its callbacks.
func (p *Page) end() {
	if p.console.died() || p.ctx.Err() != nil || p.silent() {
		return // nobody is left who could let go
	}
	if _, err := eval[any](p, hide); err != nil {
		p.console.fault(&problem{kind: Crash, text: "telling the page its end: " + err.Error()})
		return
	}
	for start := time.Now(); ; time.Sleep(lookAgain) {
		left, err := eval[live](p, stillAlive)
		if err != nil {
			p.console.fault(&problem{kind: Crash, text: "asking for live callbacks: " + err.Error()})
			return
		}
		if left == (live{}) || p.console.died() {
			return
		}
		if time.Since(start) > min(lettingGo, p.site.timeout) {
			p.console.fault(&problem{kind: LeftAlive,
				text: fmt.Sprintf("after pagehide: %d callbacks, %d listeners", left.Callbacks, left.Listeners)})
			return
		}
	}
}

// silent reports whether the page has crashed or left a question unanswered.
func (p *Page) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hung || p.console.has(Crash)
}

// saveIfFailed prints the console and saves it with a picture of the page, once,
// if the test has failed.
func (p *Page) saveIfFailed() {
	p.site.t.Helper()
	if !p.site.t.Failed() || p.saved {
		return
	}
	p.saved = true
	if !p.shown {
		p.site.t.Logf("e2e: page %d: console:\n%s", p.number, indent(p.console.tail(tailLines)))
	}
	p.save("console.txt", []byte(p.console.tail(maxLines)))
	if p.silent() {
		p.site.t.Logf("e2e: page %d: no screenshot: the page does not answer", p.number)
		return
	}
	picture, err := p.screenshot(pictureWithin)
	if err != nil {
		p.site.t.Logf("e2e: page %d: no screenshot: %v", p.number, err)
		return
	}
	p.save("screenshot.png", picture)
}

func (p *Page) save(name string, content []byte) {
	p.site.t.Helper()
	if p.number > 1 {
		name = fmt.Sprintf("page-%d-%s", p.number, name)
	}
	path, err := saveArtifact(p.site.t, name, content)
	if err != nil {
		p.site.t.Logf("e2e: page %d: saving %s: %v", p.number, name, err)
		return
	}
	p.site.t.Logf("e2e: page %d: saved %s", p.number, path)
}
