//go:build js && wasm

package eventsource

import (
	"context"

	"github.com/runnel-go/runnel/jsbridge"
)

// carry has fetch carry the Source from now on, for the rest of its lifetime: at the
// place of the last EventSource, for the same subscriptions, and by the same policy.
// No EventSource is open.
//
// It does not go back to an EventSource later. The browser has given one up, so the
// server is one whose answers have to be seen; and each change would make a
// connection for nothing.
func (n *native) carry() {
	lastEventID := n.source.LastEventID() // which locks the Source: that goes before n.mu
	n.mu.Lock()
	defer n.mu.Unlock()
	c := connectionOf(n.engine, n.address, n.carrier())
	c.parser.Restart(lastEventID)
	c.next = n.base
	if len(n.types) > 0 {
		c.noteWanted()
	}
	n.carried = c
}

// carrier returns what requests the stream in place of an EventSource.
func (n *native) carrier() carrier {
	d := carrier{newFetchDialer(n.options), n.options.resumeParameter(), jsbridge.Origin(), false}
	d.moved = n.origin != "" && n.origin != d.page
	return d
}

// carrier requests what an EventSource had: to another origin the place goes in the
// query, for the browser asks the server before it sends a page's own header
// Last-Event-ID there, which it does not before an EventSource's.
type carrier struct {
	*fetchDialer
	parameter string
	page      string // the page's origin
	moved     bool   // the events came from another origin than that
}

func (d carrier) dial(ctx context.Context, r Request, lastEventID string) (*response, error) {
	if d.parameter != "" && (d.moved || originOf(r.URL) != d.page) {
		r.URL, lastEventID = withParameter(r.URL, d.parameter, lastEventID), ""
	}
	return d.fetchDialer.dial(ctx, r, lastEventID)
}

// thawed is called when the page is: see openFetch for why a carried one connects
// again.
func (n *native) thawed() {
	n.mu.Lock()
	carried := n.carried != nil
	n.mu.Unlock()
	if carried {
		n.renew(errThawed)
		return
	}
	n.nudge()
}
