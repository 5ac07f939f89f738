//go:build !js

package e2e

import (
	"slices"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// lettingGo bounds how long a program may take to let go of its callbacks and to
// end its goroutines after pagehide, beside the site's timeout.
const lettingGo = 10 * time.Second

// hide tells the program, here and in the default page's worker, that its page
// is over.
const hide = `(() => {
	dispatchEvent(new PageTransitionEvent("pagehide", {persisted: false}));
	globalThis.e2eWorker?.hide();
})()`

// Close ends the page's life as a user does who closes the tab: its program is
// told by a pagehide event and must let go of every callback and end its
// goroutines, then the tab is closed. Problems fail the test. It is called at
// the end of the test and is idempotent.
func (p *Page) Close() {
	p.site.t.Helper()
	if p.closed {
		return
	}
	p.closed = true
	p.site.log.note("page %d ends", p.number)
	p.awaken()
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
	at := ""
	if goDied.MatchString(problems[0].text) {
		at = placesOf(p.deathOfGo())
	}
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	problems[0].told, problems[0].at = true, at
	return problems[0]
}

// untold returns the problems that fail the test and were not yet told.
func (p *Page) untold() []*problem {
	allowed := p.allowances()
	p.console.mu.Lock()
	defer p.console.mu.Unlock()
	var untold []*problem
	for _, problem := range p.console.problems {
		if !problem.told && !problem.allowed(allowed) && !problem.aboutIcon() && !p.site.scripted(problem) {
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

// end tells the page's program that the page is over and waits until nothing is
// left of it that is not allowed.
func (p *Page) end() {
	if p.console.died() || p.ctx.Err() != nil || p.silent() {
		return // nobody is left who could let go
	}
	told := -1 // how many programs have been
	for start := time.Now(); ; time.Sleep(lookAgain) {
		left, err := eval[live](p, stillAlive())
		if err != nil {
			p.console.fault(&problem{kind: Crash, text: "asking for what is alive: " + err.Error()})
			return
		}
		if left.Programs > told {
			p.stacks = left.Stacks
			p.console.end()
			// Now, and once more where a program was being loaded and has begun
			// since: it has not heard the first one.
			if _, err := eval[any](p, hide); err != nil {
				p.console.fault(&problem{kind: Crash, text: "telling the page its end: " + err.Error()})
				return
			}
			told = left.Programs
			continue
		}
		problems := slices.DeleteFunc(left.problems(), func(problem *problem) bool { return problem.allowed(p.allowances()) })
		if len(problems) == 0 || p.console.died() {
			return
		}
		if left.Silent || time.Since(start) > min(timescale.Bound(lettingGo), p.timeout) {
			for _, problem := range problems {
				p.console.fault(problem)
			}
			return
		}
	}
}

// silent reports whether the page has crashed or left a question unanswered.
func (p *Page) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hung || p.console.gone()
}
