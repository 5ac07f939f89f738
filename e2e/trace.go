//go:build !js

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdpio "github.com/chromedp/cdproto/io"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// cpuProfiler is the category of what samples the stacks of scripts and wasm.
const cpuProfiler = "disabled-by-default-v8.cpu_profiler"

// traceCategories are, without screenshots, those that the Performance panel of
// DevTools records.
var traceCategories = []string{
	"-*", "devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame",
	"disabled-by-default-devtools.timeline.stack", "toplevel", "v8.execute", "blink.console", "blink.user_timing",
	"latencyInfo", "loading", cpuProfiler,
}

// traced is the test whose trace is being recorded. A browser records one trace
// at a time.
var traced struct {
	mu   sync.Mutex
	test testing.TB
}

// startTrace begins the trace of the page's test where -e2e.trace asks for it.
// The trace has all of the test's pages. It is saved when the test ends, be it
// that it passes.
func (p *Page) startTrace() {
	t := p.site.t
	t.Helper()
	if !*trace {
		return
	}
	traced.mu.Lock()
	defer traced.mu.Unlock()
	if traced.test != nil {
		if traced.test != t {
			t.Logf("e2e: no trace.json: the browser is recording the one of %s, which has this page too", traced.test.Name())
		}
		return
	}
	target := chromedp.FromContext(p.ctx)
	recorder := &tracer{session: target.Browser, complete: func(ctx context.Context) iter.Seq2[tracing.EventTracingComplete, error] {
		return chromedp.BrowserEvents(ctx, tracing.TracingComplete)
	}}
	// The trace ends after its pages, whose contexts have ended by then.
	life := context.WithoutCancel(p.ctx)
	ctx, cancel := context.WithTimeout(life, p.answer())
	defer cancel()
	if err := recorder.start(ctx, traceCategories); err != nil {
		t.Errorf("e2e: no trace.json: %v", err)
		return
	}
	traced.test = t
	t.Cleanup(func() { saveTrace(life, t, recorder) })
}

func saveTrace(life context.Context, t testing.TB, recorder *tracer) {
	traced.mu.Lock()
	defer traced.mu.Unlock()
	traced.test = nil
	ctx, cancel := context.WithTimeout(life, timescale.Bound(DefaultTimeout))
	defer cancel()
	content, err := recorder.stop(ctx)
	if err != nil {
		t.Errorf("e2e: no trace.json: %v", err)
		return
	}
	leave(t, "trace, for the Performance panel of DevTools: ", map[string][]byte{"trace.json": content})
}

// traceFor is how long a worker is traced at first that does not answer.
const traceFor = 200 * time.Millisecond

// sampleWithin bounds the trace of a page that may hang. All of the browser's
// processes have a part in it, which takes seconds on a busy machine.
const sampleWithin = 30 * time.Second

// sample returns a trace of what the page runs within a time. The page need not answer.
func (p *Page) sample(within time.Duration) ([]byte, error) {
	traced.mu.Lock()
	defer traced.mu.Unlock()
	if traced.test != nil {
		return nil, fmt.Errorf("the browser is recording trace.json of %s, which tells it too", traced.test.Name())
	}
	target := chromedp.FromContext(p.ctx)
	recorder := &tracer{session: target.Target, complete: func(ctx context.Context) iter.Seq2[tracing.EventTracingComplete, error] {
		return chromedp.Events(ctx, tracing.TracingComplete)
	}}
	ctx, cancel := context.WithTimeout(p.ctx, timescale.Bound(sampleWithin))
	defer cancel()
	if err := recorder.start(ctx, []string{"-*", cpuProfiler}); err != nil {
		return nil, err
	}
	time.Sleep(within)
	return recorder.stop(ctx)
}

// tracer records what a tab's processes do, or what all do, by the DevTools
// session of the tab or of the browser.
type tracer struct {
	session  cdp.Session
	complete func(context.Context) iter.Seq2[tracing.EventTracingComplete, error]
}

func (r *tracer) start(ctx context.Context, categories []string) error {
	_, err := cdp.Call(ctx, r.session, tracing.Start, tracing.StartParams{
		TransferMode: tracing.StartTransferModeReturnAsStream,
		TraceConfig:  &tracing.TraceConfig{IncludedCategories: categories},
	})
	return err
}

// stop returns what was recorded, as JSON.
func (r *tracer) stop(ctx context.Context) ([]byte, error) {
	complete := r.complete(ctx)
	if _, err := cdp.Call(ctx, r.session, tracing.End, cdp.Empty{}); err != nil {
		return nil, err
	}
	for event, err := range complete {
		if err != nil {
			return nil, err
		}
		return r.read(ctx, event.Stream)
	}
	return nil, errors.New("the browser has gone")
}

// read returns what a stream of the browser's holds, and closes it.
func (r *tracer) read(ctx context.Context, stream cdpio.StreamHandle) ([]byte, error) {
	var content bytes.Buffer
	for {
		part, err := cdp.Call(ctx, r.session, cdpio.Read, cdpio.ReadParams{Handle: stream})
		if err != nil {
			return nil, err
		}
		content.Write(part.Data)
		if part.EOF {
			_, err := cdp.Call(ctx, r.session, cdpio.Close, cdpio.CloseParams{Handle: stream})
			return content.Bytes(), err
		}
	}
}
