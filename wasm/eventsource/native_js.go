//go:build js && wasm

package eventsource

import (
	"fmt"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// native carries a Source by the browser's own EventSource.
type native struct {
	source *Source
	events *jsbridge.EventSource
	slices slicer
}

func openNative(s *Source, url string, withCredentials bool) (*native, error) {
	n := &native{source: s}
	events, err := jsbridge.OpenEventSource(url, withCredentials, n.wake)
	if err != nil {
		return nil, err
	}
	n.events = events
	return n, nil
}

func (n *native) url() string                        { return n.events.URL() }
func (n *native) listen(name string) (uint64, error) { return n.events.Listen(name) }
func (n *native) unlisten(name string)               { n.events.Unlisten(name) }
func (n *native) close()                             { n.events.Close() }

// wake takes over one slice of what has arrived. The browser calls it again for
// the rest.
func (n *native) wake() {
	taken, err := n.events.Take(n.slices.max())
	switch {
	case err != nil:
		n.source.failed(fmt.Errorf("eventsource: %s: %w", n.url(), err))
	case taken.State != "":
		n.changeState(taken)
	case taken.Count > 0:
		n.slices.saw(taken.Count, len(taken.Fields))
		n.source.deliver(&batch{
			first:   taken.First,
			types:   taken.Types,
			fields:  taken.Fields,
			origin:  taken.Origin,
			arrived: time.Now(),
		})
	}
}

func (n *native) changeState(change jsbridge.Batch) {
	switch change.ReadyState {
	case jsbridge.Open:
		n.source.opened()
	case jsbridge.Connecting:
		n.source.reconnecting(errLost)
	case jsbridge.Closed:
		n.source.failed(fmt.Errorf("eventsource: %s: %w: the browser has given it up and does not tell why "+
			"(a status other than 200, a type other than text/event-stream, or another origin without CORS headers)",
			n.url(), ErrFailed))
	}
}
