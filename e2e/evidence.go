//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// answerWithin bounds each question to the page of a failed test: it may hang.
const answerWithin = 5 * time.Second

// saveIfFailed prints the console and leaves it, with a picture of the page, its
// document and the stacks of its program, once, if the test has failed.
func (p *Page) saveIfFailed() {
	p.site.t.Helper()
	if !p.site.t.Failed() || p.saved {
		return
	}
	p.saved = true
	if !p.shown {
		p.site.t.Logf("e2e: page %d: console:\n%s", p.number, indent(p.console.tail(tailLines)))
	}
	files := map[string][]byte{p.fileName("console.txt"): []byte(p.console.tail(maxLines))}
	p.notice()
	stack, hangs := p.goStack()
	if stack != "" {
		files[p.fileName("gostack.txt")] = []byte(stack)
	}
	if hangs {
		p.site.t.Logf("e2e: page %d: %s", p.number, indent(stack)[1:])
	}
	p.look(files)
	leave(p.site.t, fmt.Sprintf("page %d: ", p.number), files)
}

// fileName returns the name of an artifact of the page: the first one's are
// without a prefix.
func (p *Page) fileName(name string) string {
	if p.number > 1 {
		name = fmt.Sprintf("page-%d-%s", p.number, name)
	}
	return p.site.fileName(name)
}

// notice finds out whether the page answers.
func (p *Page) notice() {
	if p.silent() || p.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, timescale.Bound(answerWithin))
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[int]("0")); errors.Is(err, context.DeadlineExceeded) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hung = true
	}
}

// hangs reports whether the page is there and does not answer.
func (p *Page) hangs() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hung && !p.console.gone()
}

// look adds a picture of the page and its document to files.
func (p *Page) look(files map[string][]byte) {
	p.site.t.Helper()
	if p.console.gone() {
		p.site.t.Logf("e2e: page %d: no screenshot and no document: the page has crashed", p.number)
		return
	}
	picture, err := p.screenshot(timescale.Bound(answerWithin))
	if err != nil {
		p.site.t.Logf("e2e: page %d: no screenshot: %v", p.number, err)
	} else {
		files[p.fileName("screenshot.png")] = picture
	}
	ctx, cancel := context.WithTimeout(p.ctx, timescale.Bound(answerWithin))
	defer cancel()
	document, err := chromedp.Run(ctx, chromedp.Evaluate[string](domText))
	if err != nil {
		p.site.t.Logf("e2e: page %d: no document: %v", p.number, err)
		return
	}
	files[p.fileName("dom.html")] = []byte(document)
}
