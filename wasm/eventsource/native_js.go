//go:build js && wasm

package eventsource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// native carries a Source by the browser's own EventSource. The browser gives one
// up for good when a server answers with something else than a stream, and does not
// tell what that was. From then on the Source is carried over fetch, which tells
// (see carry), or by one EventSource after the other if the caller has named Native.
// While it is connecting, an EventSource does so by itself; not so behind a service
// worker, where Chromium leaves the last event ID out then.
type native struct {
	*engine
	address string
	givenUp int    // how many the browser has given up in a row that were never open
	origin  string // that of the last event; "" before the first one

	mu      sync.Mutex
	present *generation // the one that may deliver; nil between two
	types   map[string]struct{}
	base    uint64      // the sequence number of the first event of the one made next
	carried *connection // carries the Source over fetch in place of an EventSource; nil at first
}

// generation is one EventSource of the browser's.
type generation struct {
	native *native
	events *jsbridge.EventSource
	place  string // that it goes on from, until the stream gives one; "" afterwards
	slices slicer
	base   uint64
	next   uint64 // the sequence number after the last event that was taken
	origin string // that of the last event
	silent *watchdog
	opened time.Time  // when it was last open; zero before
	lost   time.Time  // when that ended; zero while it is open
	gone   chan error // of capacity one: why it is over
	closed atomic.Bool
	taking sync.Mutex
	more   atomic.Bool // there is more to take over
	holder holder
}

// maxGivenUp is after how many EventSources in a row that the browser has given up
// a Source ends that is to have no other transport. By the default policy that takes
// some minutes, so that it outlives a server that is replaced.
const maxGivenUp = 10

func openNative(s *Source, url string, options *Options) (*native, error) {
	n := &native{engine: newEngine(s, options), types: make(map[string]struct{})}
	s.pull = n.pull
	var err error
	if n.address, err = resolve(url); err != nil {
		return nil, err
	}
	s.beginAt(n.address, options)
	// The first one is made here, so that no event comes before Open returns.
	if err := n.make(s.LastEventID()); err != nil {
		return nil, err
	}
	if err := n.followPage(n.thawed); err != nil {
		n.drop()
		return nil, err
	}
	if n.suspended() {
		n.drop() // the engine makes another one on resuming
	}
	return n, nil
}

func (n *native) url() string    { return n.address }
func (n *native) begin()         { n.run(n.connect) }
func (n *native) canBlock() bool { return false }

// current returns the EventSource that Open has made, or else makes another one,
// but none once ctx has ended.
func (n *native) current(ctx context.Context) (*generation, error) {
	place := n.source.LastEventID() // which locks the Source: that goes before n.mu
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	if n.present == nil {
		if err := n.make(place); err != nil {
			return nil, err
		}
	}
	return n.present, nil
}

// make makes another EventSource, which listens to what the last one did. It goes on
// from a place, which it cannot send as a header, so that stands in the query. n.mu
// is held, or nobody else knows n yet.
func (n *native) make(place string) error {
	url := withParameter(n.address, n.options.resumeParameter(), place)
	g := &generation{native: n, base: n.base, next: n.base, place: place, gone: make(chan error, 1)}
	events, err := jsbridge.OpenEventSource(url, jsbridge.EventSourceOptions{
		WithCredentials: n.options.WithCredentials,
		NoIDs:           n.options.NoIDs,
	}, g.wake)
	if err != nil {
		return err
	}
	g.events = events
	g.silent = newWatchdog(n.options.IdleTimeout, func() { g.end(ErrIdle) })
	for _, name := range n.apart() {
		if err := events.ListenApart(name); err != nil {
			g.close()
			return err
		}
	}
	for name := range n.types {
		if _, err := events.Listen(name); err != nil {
			g.close()
			return err
		}
	}
	n.present = g
	return nil
}

// apart returns the event types that are listened to before there is a subscription,
// each event as a batch: gaps, which may be what comes first, and heartbeats, which
// are what the browser shows of a quiet stream.
func (n *native) apart() []string {
	if n.options.NoGaps {
		return []string{string(eventstream.HeartbeatEvent)}
	}
	return []string{string(eventstream.GapEvent), string(eventstream.HeartbeatEvent)}
}

func (n *native) listen(name string) (next uint64, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.types[name] = struct{}{}
	if n.carried != nil {
		return n.carried.listen(name)
	}
	if n.present == nil {
		return n.base, nil
	}
	next, err = n.present.events.Listen(name)
	next += n.present.base
	// Where events are still to be taken and the EventSource ends before they
	// are, the numbers of the one after it must not be below what the new
	// subscription waits for.
	n.base = max(n.base, next)
	return next, err
}

func (n *native) unlisten(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.types, name)
	if n.present != nil {
		n.present.events.Unlisten(name)
	}
}

// close ends the present EventSource at once, so that a program may end right
// after it; the engine's goroutine follows.
func (n *native) close() {
	n.engine.close()
	n.drop()
}

// drop closes the present EventSource. Nothing comes out of it any more.
func (n *native) drop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.present != nil {
		n.present.close()
		n.base = max(n.base, n.present.next)
		n.present = nil
	}
}

// connect keeps an EventSource until the browser gives it up or ctx ends. An
// attempt that the browser has given up goes on over fetch at once, unless the
// caller has named Native.
func (n *native) connect(ctx context.Context, number int) (openFor time.Duration, failure error) {
	if n.carried == nil {
		openFor, failure = n.keep(ctx)
		if n.options.Transport == Native || !errors.Is(failure, errGivenUp) && !errors.Is(failure, errLost) {
			return openFor, failure
		}
		n.carry()
		if errors.Is(failure, errLost) {
			return openFor, failure
		}
	}
	carriedFor, failure := n.carried.connect(ctx, number)
	return max(openFor, carriedFor), failure
}

// keep keeps an EventSource until the browser gives it up or ctx ends.
func (n *native) keep(ctx context.Context) (openFor time.Duration, failure error) {
	defer n.drop()
	g, err := n.current(ctx)
	if err != nil {
		return 0, err
	}
	select {
	case failure = <-g.gone:
	case <-ctx.Done():
		failure = context.Cause(ctx)
	}
	if !g.opened.IsZero() {
		n.givenUp = 0
	}
	if g.origin != "" {
		n.origin = g.origin
	}
	if errors.Is(failure, errGivenUp) {
		n.givenUp++
		failure = n.enough(failure)
	}
	return g.openFor(), failure
}

// enough returns the failure of an EventSource that the browser has given up, or
// one that ends the Source if that has happened too often: what the server answers
// is not known then, and it may have answered 204 to be left alone.
func (n *native) enough(failure error) error {
	if n.givenUp < maxGivenUp || n.options.Reconnect.MaxAttempts > 0 { // which is the caller's own limit
		return failure
	}
	return fmt.Errorf("eventsource: %s: %w: the browser has given it up %d times in a row and does not tell why; "+
		"the transport %v tells", n.address, ErrFailed, n.givenUp, Fetch)
}

// wake takes over what has arrived, unless that is to stay in the browser for now.
// The browser calls it again for the rest.
func (g *generation) wake() {
	g.silent.heard()
	for first := true; g.takesOver(first); first = false {
		if !g.take() || !pace.lasts() {
			return
		}
	}
}

// takesOver reports whether a slice is to be taken over, which may be the first in
// this turn. If none is, wake is called again in another turn.
func (g *generation) takesOver(first bool) bool {
	steps, behind := g.native.source.behind()
	left := 0
	if g.holder.takesOver(first, steps, behind, func() (count, bytesEach int) {
		left, _ = g.events.Left() // it fails once it is closed, with nothing left
		return left, g.slices.bytesEach
	}) {
		return true
	}
	if first && left > 0 {
		g.more.Store(true)
		_ = g.events.Later() // fails once it is closed, which is the end of it
	}
	return false
}

// pull takes over a slice of what is left in the browser, for a loop that has nothing
// more to do in a turn that may go on. In a burst Chromium dispatches a megabyte of
// events in a turn of its own: with a slice in each of ours they would have to wait
// there, where they take several times the memory.
func (n *native) pull() bool {
	n.mu.Lock()
	g := n.present
	n.mu.Unlock()
	if g == nil || !g.more.Load() || !pace.lasts() {
		return false
	}
	if _, behind := n.source.behind(); behind { // another loop: it goes first
		return false
	}
	g.take()
	return true
}

// take takes over one slice, and reports whether there is more.
func (g *generation) take() (more bool) {
	g.taking.Lock() // a Store's or a Key's code may have others run
	defer g.taking.Unlock()
	if g.closed.Load() {
		return false
	}
	b := g.native.source.reuse.last() // whatever its room is: of what comes, the size is not known yet
	taken, err := g.events.Take(g.slices.max(), b.data)
	g.more.Store(taken.More)
	if taken.Count == 0 {
		g.native.source.reuse.put(b)
	}
	switch {
	case err != nil:
		g.end(fmt.Errorf("eventsource: %s: %w", g.native.address, err))
	case taken.State != "":
		g.next = g.base + taken.First + 1
		g.changeState(taken)
	case taken.Count > 0:
		g.next = g.base + taken.First + uint64(taken.Count)
		g.slices.saw(taken.Count, len(taken.Fields))
		b.first, b.types = g.base+taken.First, taken.Types
		b.origin, b.arrived = taken.Origin, time.Now()
		g.origin = taken.Origin
		b.lastID = taken.LastEventID
		if err := b.setFields(taken.Fields, taken.Count, !g.native.options.NoIDs); err != nil {
			g.more.Store(false)
			g.end(fmt.Errorf("eventsource: %s: %w", g.native.address, err))
			return false
		}
		if b.lastID == "" {
			b.lastID = g.place
		} else {
			g.place = ""
		}
		g.native.source.deliver(b)
	}
	return taken.More
}

func (g *generation) changeState(change jsbridge.Batch) {
	switch change.ReadyState {
	case jsbridge.Open:
		g.opened, g.lost = time.Now(), time.Time{}
		g.native.source.opened()
	case jsbridge.Connecting:
		g.lost = time.Now()
		if jsbridge.BehindServiceWorker() {
			g.end(errLost)
			return
		}
		g.native.source.reconnecting(errLost, 0)
	case jsbridge.Closed:
		g.end(named(g.native.address, errGivenUp))
	}
}

// openFor returns for how long it was open when it was last.
func (g *generation) openFor() time.Duration {
	switch {
	case g.opened.IsZero():
		return 0
	case g.lost.IsZero():
		return time.Since(g.opened)
	}
	return g.lost.Sub(g.opened)
}

func (g *generation) close() {
	g.closed.Store(true)
	g.silent.stop()
	g.events.Close()
}

// end tells the engine that the EventSource is of no more use.
func (g *generation) end(failure error) {
	select {
	case g.gone <- failure:
	default:
	}
}
