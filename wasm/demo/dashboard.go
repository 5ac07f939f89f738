//go:build js && wasm

package main

import (
	"context"
	"encoding/json"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// dashboard does what the page asks for: it opens and closes the stream and
// speaks to the server. What comes of it goes into the store.
type dashboard struct {
	ctx   context.Context
	store *store
	tab   string // this tab's name, which nobody can guess

	tasks sync.WaitGroup

	mu        sync.Mutex
	transport eventsource.Transport
	source    *eventsource.Source // the present one, or nil
}

func newDashboard(ctx context.Context, s *store) *dashboard {
	return &dashboard{ctx: ctx, store: s, tab: newTab(), transport: eventsource.Native}
}

// newTab returns 128 bits that nobody can guess: Go's own source of them is a ChaCha8
// that has its seed from the browser's crypto. Package crypto/rand would be 41 KB more
// of the program by brotli.
func newTab() string {
	return strconv.FormatUint(rand.Uint64(), 36) + strconv.FormatUint(rand.Uint64(), 36)
}

// withTab adds this tab's name to a path of the server.
func (d *dashboard) withTab(path string) string {
	return path + "?" + feed.TabParameter + "=" + d.tab
}

// open opens the stream, unless it is open.
func (d *dashboard) open() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.source != nil && d.source.Err() == nil {
		return
	}
	d.connect("", (*model).begin)
}

// carryBy has a transport carry the stream: it closes the present Source and
// opens another after the last event that was handled.
func (d *dashboard) carryBy(transport eventsource.Transport) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var place string
	d.store.update(func(m *model) { place = m.leave() })
	if d.source != nil {
		d.source.Close()
	}
	d.transport = transport
	d.connect(place, (*model).goOn)
}

// connect opens a Source after a place, which begin has the model take as the
// present one, and follows it. d.mu is held.
func (d *dashboard) connect(place string, begin func(*model, *eventsource.Source)) {
	source, err := d.openAfter(place)
	d.source = source
	if err != nil {
		d.store.update(func(m *model) { m.refuse(err) })
		return
	}
	states := source.States() // from the first on
	d.store.update(func(m *model) {
		m.transport = d.transport
		begin(m, source)
	})
	d.tasks.Go(func() { d.followStates(source, states) })
	d.tasks.Go(func() { d.followEvents(source) })
}

// openAfter opens a Source after the event with an ID, or where the server
// begins if that is "".
func (d *dashboard) openAfter(id string) (*eventsource.Source, error) {
	return eventsource.Open(d.ctx, d.withTab(feed.StreamPath), &eventsource.Options{
		Transport: d.transport,
		Store:     beginning(id),
	})
}

// hurry has the attempt made at once that is being waited for.
func (d *dashboard) hurry() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.source != nil {
		d.store.update(func(m *model) { m.hurry() })
		d.source.Reconnect()
	}
}

// end closes the stream.
func (d *dashboard) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.source != nil {
		d.source.Close()
	}
}

// wait returns when everything that was begun has ended.
func (d *dashboard) wait() { d.tasks.Wait() }

// of changes the model for a Source, as long as that is the present one.
func (d *dashboard) of(source *eventsource.Source, change func(*model)) {
	d.store.update(func(m *model) {
		if m.source == source {
			change(m)
		}
	})
}

func (d *dashboard) followStates(source *eventsource.Source, states iter.Seq[eventsource.State]) {
	for state := range states {
		at := time.Now()
		d.of(source, func(m *model) { m.turn(state, at) })
	}
}

// followEvents handles the events of all types in their order, which is what
// the sequence check looks at.
func (d *dashboard) followEvents(source *eventsource.Source) {
	mux := &eventsource.Mux{Options: eventsource.SubscribeOptions{Codec: withRaw}}
	handle(d, source, mux, feed.HeartbeatEvent, (*model).takeHeartbeat)
	handle(d, source, mux, feed.CPUEvent, (*model).takeCPU)
	handle(d, source, mux, feed.MemoryEvent, (*model).takeMemory)
	handle(d, source, mux, feed.LoadEvent, (*model).takeLoad)
	handle(d, source, mux, feed.NetworkEvent, (*model).takeNetwork)
	handle(d, source, mux, feed.DiskEvent, (*model).takeDisk)
	handle(d, source, mux, feed.ProcessesEvent, (*model).takeProcesses)
	handle(d, source, mux, feed.NoticeEvent, (*model).takeNotice)
	handle(d, source, mux, feed.ServedEvent, func(m *model, s feed.Served, _ arrival) { m.takeServed(s) })
	handle(d, source, mux, eventstream.GapEvent, func(m *model, gap eventstream.Gap, from arrival) { m.takeGap(gap, from.id) })
	err := mux.Run(d.ctx, source)
	if err != nil && source.Err() == nil { // else the state tells
		d.of(source, func(m *model) { m.controlProblem = reason(err) })
		source.Close()
	}
}

// handle has the values of an event type change the model.
func handle[T any](d *dashboard, source *eventsource.Source, mux *eventsource.Mux,
	eventType eventstream.EventType[T], change func(*model, T, arrival)) {
	withText := eventstream.EventType[received[T]](eventType)
	eventsource.Handle(mux, withText, func(event eventsource.Event[received[T]], err error) {
		d.of(source, func(m *model) {
			if take(m, event, err) {
				change(m, event.Data.value, arrival{event.ID, event.Arrived})
			}
		})
	})
}

// control asks the server for something that concerns this tab's stream.
func (d *dashboard) control(path string) {
	d.tasks.Add(1)
	defer d.tasks.Done()
	status, response, err := jsbridge.Post(d.ctx, d.withTab(path), "text/plain", nil)
	problem := answerProblem(status, response, err)
	d.store.update(func(m *model) { m.controlProblem = problem })
}

// publish sends a notice to every open tab.
func (d *dashboard) publish(text string) {
	d.tasks.Add(1)
	defer d.tasks.Done()
	text = strings.TrimSpace(text)
	problem := noticeProblem(text)
	if problem == "" {
		problem = d.postNotice(text)
	}
	d.store.update(func(m *model) { m.sent(text, problem) })
}

func (d *dashboard) postNotice(text string) (problem string) {
	body, err := json.Marshal(struct {
		Text string `json:"text"`
	}{text})
	if err != nil {
		return err.Error()
	}
	return answerProblem(jsbridge.Post(d.ctx, feed.NoticePath, "application/json", body))
}

// answerProblem says what is wrong with an answer, "" if the server did what it
// was asked.
func answerProblem(status int, response []byte, err error) string {
	switch {
	case err != nil:
		return "The server cannot be reached: " + err.Error()
	case status >= 300:
		return refusal(status, response)
	}
	return ""
}
