//go:build !js

package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/profiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// sampleEvery is how often the page's stack is noted, in case it hangs. It costs
// some ten milliseconds for each Program that is loaded, and then nothing to
// speak of.
const sampleEvery = 100 * time.Millisecond

// lastSamples is how many of them tell what a page hangs in.
const lastSamples = 20

// watch begins what has to be there before anything goes wrong: a trace that was
// asked for, and the samples of the page's stack. A profiler that is started
// later does not know a function that was compiled anew while it runs, and so
// just the one that hangs.
func (p *Page) watch() {
	p.site.t.Helper()
	p.startTrace()
	ctx, cancel := p.bound()
	defer cancel()
	if err := startProfiler(ctx); err != nil {
		p.site.t.Fatalf("e2e: page %d: starting the profiler: %v", p.number, err)
	}
}

func startProfiler(ctx context.Context) error {
	if _, err := chromedp.Call(ctx, profiler.Enable, cdp.Empty{}); err != nil {
		return err
	}
	interval := profiler.SetSamplingIntervalParams{Interval: sampleEvery.Microseconds()}
	if _, err := chromedp.Call(ctx, profiler.SetSamplingInterval, interval); err != nil {
		return err
	}
	_, err := chromedp.Call(ctx, profiler.Start, cdp.Empty{})
	return err
}

const (
	notKnown = "What it is busy with is not known: "
	busyWith = "What it is busy with, the innermost function first (a program linked with -s has no names):\n\n"
)

// busyStack ends what keeps the page from answering, so that it can be looked
// at, and tells what that was.
func (p *Page) busyStack() string {
	ctx, cancel := context.WithTimeout(p.ctx, timescale.Bound(answerWithin))
	defer cancel()
	if _, err := chromedp.Call(ctx, runtime.TerminateExecution, cdp.Empty{}); err != nil {
		return notKnown + err.Error() + "\n"
	}
	noted, err := chromedp.Call(ctx, profiler.Stop, cdp.Empty{})
	if err != nil {
		return notKnown + err.Error() + "\n"
	}
	thread := newThread()
	for _, node := range noted.Profile.Nodes {
		thread.add(int(node.ID), node.CallFrame.FunctionName, node.CallFrame.URL, int(node.CallFrame.LineNumber))
		for _, called := range node.Children {
			thread.parents[int(called)] = int(node.ID)
		}
	}
	for _, id := range noted.Profile.Samples[max(0, len(noted.Profile.Samples)-lastSamples):] {
		thread.seen[int(id)]++
	}
	return busyWith + thread.mostSeen(p.site.serves)
}

// busyThreads tells what the threads of the page's process are busy with, its
// workers', which the page's profiler does not see.
func (p *Page) busyThreads() string {
	for within := traceFor; ; within *= 2 {
		content, err := p.sample(within)
		if err != nil {
			return notKnown + err.Error() + "\n"
		}
		stacks, err := stacksIn(content, p.site.serves)
		if err != nil {
			return notKnown + "reading its profile: " + err.Error() + "\n"
		}
		if len(stacks) > 0 || within > timescale.Bound(2*time.Second) {
			return busyWith + "(Functions that have been running for long may be missing.)\n\n" + strings.Join(stacks, "\n")
		}
	}
}

// stacksIn returns the stack that each busy thread of a trace was seen with most
// often, if something on it is from a URL of ours.
func stacksIn(trace []byte, ours func(url string) bool) ([]string, error) {
	var content struct{ TraceEvents []chunk }
	if err := json.Unmarshal(trace, &content); err != nil {
		return nil, err
	}
	threads := make(map[string]*thread)
	for _, event := range content.TraceEvents {
		if event.Name != "ProfileChunk" {
			continue
		}
		name := fmt.Sprint(event.PID, " ", event.ID)
		if threads[name] == nil {
			threads[name] = newThread()
		}
		event.addTo(threads[name])
	}
	var stacks []string
	for _, name := range slices.Sorted(maps.Keys(threads)) {
		if stack := threads[name].mostSeen(ours); stack != "" {
			stacks = append(stacks, stack)
		}
	}
	return stacks, nil
}

// chunk is the event of a trace that has a part of a thread's profile.
type chunk struct {
	Name string
	ID   string
	PID  int
	Args struct {
		Data struct {
			CPUProfile struct {
				Nodes []struct {
					ID, Parent int
					CallFrame  struct {
						FunctionName, URL string
						LineNumber        int
					}
				}
				Samples []int
			}
		}
	}
}

func (c *chunk) addTo(t *thread) {
	for _, node := range c.Args.Data.CPUProfile.Nodes {
		t.add(node.ID, node.CallFrame.FunctionName, node.CallFrame.URL, node.CallFrame.LineNumber)
		t.parents[node.ID] = node.Parent
	}
	for _, id := range c.Args.Data.CPUProfile.Samples {
		t.seen[id]++
	}
}

// thread is what was sampled of a thread. A frame is a function and what called
// it, by a number.
type thread struct {
	frames  map[int]frame
	parents map[int]int
	seen    map[int]int // as the innermost one
}

type frame struct{ function, url, place string }

func newThread() *thread {
	return &thread{frames: make(map[int]frame), parents: make(map[int]int), seen: make(map[int]int)}
}

// add notes a function. Its line is counted from 0, which also stands for none.
func (t *thread) add(id int, function, url string, line int) {
	place := url
	if line > 0 {
		place += fmt.Sprintf(":%d", line+1)
	}
	t.frames[id] = frame{function: cmp.Or(function, "(anonymous)"), url: url, place: place}
}

// mostSeen returns the stack whose innermost frame was seen most often, or ""
// where nothing on it is ours.
func (t *thread) mostSeen(ours func(url string) bool) string {
	most, samples := 0, 0
	for id, n := range t.seen {
		samples += n
		if n > t.seen[most] {
			most = id
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "in %d of %d samples:\n", t.seen[most], samples)
	found := false
	for id := most; t.frames[id].url != ""; id = t.parents[id] {
		fmt.Fprintf(&b, "%s\n\t%s\n", t.frames[id].function, t.frames[id].place)
		found = found || ours(t.frames[id].url)
	}
	if !found {
		return ""
	}
	return b.String()
}
