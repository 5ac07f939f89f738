//go:build !js

package e2e

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/domdebugger"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Bounds of what a failed wait tells about event types.
const (
	maxTypes   = 100 // that are counted of one stream
	maxSources = 20  // of a page that are asked for their listeners
)

// sent counts an event that was sent.
func (s *Stream) sent(eventType string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.types[eventType]; !known && len(s.types) == maxTypes {
		return
	}
	if s.types == nil {
		s.types = make(map[string]int)
	}
	s.types[eventType]++
}

// sentTypes returns the event types that the site's streams have sent, each with how
// often and where.
func (s *Site) sentTypes() map[string]string {
	s.mu.Lock()
	streams := slices.SortedFunc(maps.Values(s.streams), func(a, b *Stream) int { return strings.Compare(a.path, b.path) })
	s.mu.Unlock()
	sent := make(map[string]string)
	for _, stream := range streams {
		stream.mu.Lock()
		for name, count := range stream.types {
			if sent[name] != "" {
				sent[name] += ", "
			}
			sent[name] += fmt.Sprintf("%d on %s", count, stream.path)
		}
		stream.mu.Unlock()
	}
	return sent
}

// unheard names the event types that the server has sent and that the page does not
// listen to, for a wait that has failed: one of the two may have the wrong name. It is
// "" if there are no such types, or if it is not known what the page listens to.
func (p *Page) unheard() string {
	sent := p.site.sentTypes()
	maps.DeleteFunc(sent, func(name, _ string) bool { return reserved(name) })
	if len(sent) == 0 || p.silent() {
		return ""
	}
	ctx, cancel := context.WithTimeout(p.ctx, timescale.Bound(answerWithin))
	defer cancel()
	heard, known := p.heard(ctx)
	if !known {
		return ""
	}
	return unheardText(sent, heard)
}

// reserved reports whether an event type is one of those that Runnel's client listens
// to by itself.
func reserved(name string) bool {
	return name == eventstream.GapEvent.Name() || strings.HasPrefix(name, "runnel.")
}

// unheardText returns the message about what was sent and is not among what is heard.
func unheardText(sent map[string]string, heard []string) string {
	var unheard []string
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if !slices.Contains(heard, name) {
			unheard = append(unheard, fmt.Sprintf("%q (%s)", name, sent[name]))
		}
	}
	if len(unheard) == 0 {
		return ""
	}
	listens := "it listens to no event type"
	if len(heard) > 0 {
		listens = fmt.Sprintf("it listens to %q", heard)
	}
	return fmt.Sprintf("\nthe server has sent events of types that the page does not listen to: %s; %s",
		strings.Join(unheard, ", "), listens)
}

// heard returns the event types that the page and its worker listen to, in order:
// those of Go programs with package jsbridge, over any transport, and those of the
// page's EventSource objects. It is not known if there is neither.
func (p *Page) heard(ctx context.Context) (types []string, known bool) {
	programs, err := chromedp.Run(ctx, chromedp.Evaluate[struct {
		Programs int
		Types    []string
	}](fmt.Sprintf(subscribedTypes, timescale.Bound(workerAnswerTime).Milliseconds()), asThePage))
	if err != nil {
		return nil, false
	}
	ofBrowser, sources, err := listenedTypes(ctx)
	if err != nil {
		return nil, false
	}
	heard := make(map[string]bool)
	for _, name := range slices.Concat(programs.Types, ofBrowser) {
		heard[name] = !reserved(name)
	}
	maps.DeleteFunc(heard, func(_ string, counts bool) bool { return !counts })
	return slices.Sorted(maps.Keys(heard)), programs.Programs+sources > 0
}

// subscribedTypes is a script for what the page's program, and that of the default
// page's worker, have subscribed to.
const subscribedTypes = `(async () => {
	const within = %d;
	const worker = globalThis.e2eWorker &&
		await Promise.race([e2eWorker.live(), new Promise((resolve) => setTimeout(resolve, within))]);
	const all = [globalThis[Symbol.for("runnel.live")], worker].map((live) => live?.types).filter(Boolean);
	const names = (types) => Object.keys(types).filter((name) => types[name] > 0);
	return {Programs: all.length, Types: all.flatMap(names)};
})()`

// listenedTypes returns the event types that the page's EventSource objects have
// listeners for, and how many objects there are. What a connection itself dispatches is
// not among them.
func listenedTypes(ctx context.Context) (types []string, sources int, err error) {
	const group = "runnel e2e: unheard"
	prototype, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "EventSource.prototype", ObjectGroup: group})
	if err != nil || prototype.Result.ObjectID == "" {
		return nil, 0, err
	}
	defer chromedp.Call(ctx, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: group})
	found, err := chromedp.Call(ctx, runtime.QueryObjects, runtime.QueryObjectsParams{PrototypeObjectID: prototype.Result.ObjectID, ObjectGroup: group})
	if err != nil {
		return nil, 0, err
	}
	members, err := chromedp.Call(ctx, runtime.GetProperties, runtime.GetPropertiesParams{ObjectID: found.Objects.ObjectID, OwnProperties: new(true)})
	if err != nil {
		return nil, 0, err
	}
	for _, member := range members.Result {
		if member.Value == nil || member.Value.ObjectID == "" || member.Value.ClassName != "EventSource" || sources == maxSources {
			continue
		}
		sources++
		listeners, err := chromedp.Call(ctx, domdebugger.GetEventListeners, domdebugger.GetEventListenersParams{ObjectID: member.Value.ObjectID})
		if err != nil {
			return nil, 0, err
		}
		for _, listener := range listeners.Listeners {
			if listener.Type != "open" && listener.Type != "error" {
				types = append(types, listener.Type)
			}
		}
	}
	return types, sources, nil
}
