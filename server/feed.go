package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

var (
	// ErrClosed says that a [Feed] has been closed, or that the stream of a
	// [Client] has ended.
	ErrClosed = errors.New("server: closed")
	// ErrBusy says that a [Client] has not taken the messages sent to it alone
	// before.
	ErrBusy = errors.New("server: client is busy")
	// ErrID says that a message came with an ID of its own: a feed numbers its
	// messages itself.
	ErrID = errors.New("the feed gives the IDs")
)

// LastEventIDParameter is the query parameter that names a place as the header
// Last-Event-ID does, for clients that cannot set the header: a browser's
// EventSource that is made anew. Where there are both, the header counts.
const LastEventIDParameter = "lastEventId"

// Feed is one event stream with any number of clients. It is an [http.Handler];
// all its methods may be called at the same time. Make one with [New].
type Feed struct {
	options Options
	history *history

	mu      sync.Mutex
	clients map[*Client]struct{}
	closed  bool
	empty   chan struct{} // closed once the feed is closed and has no client

	sent   atomic.Uint64
	gaps   atomic.Uint64
	missed atomic.Uint64
}

// New makes a feed with an empty log. A nil options stands for the defaults. The
// caller closes the feed.
func New(options *Options) *Feed {
	filled := options.withDefaults()
	return &Feed{
		options: filled,
		history: newHistory(filled.History, filled.HistoryBytes),
		clients: make(map[*Client]struct{}),
		empty:   make(chan struct{}),
	}
}

// Publish sends v, encoded by [encoding/json], as an event of the given type to
// every client of f, and returns the ID it has been given. It does not wait for
// any client.
//
// The error says which event type could not be encoded or written, wraps
// [ErrClosed] after [Feed.Close], or is the cause of ctx if that was done
// before; nothing has been published then.
func Publish[T any](ctx context.Context, f *Feed, typ eventstream.EventType[T], v T) (id string, err error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("server: encode %q event: %w", typ.Name(), err)
	}
	return f.PublishMessage(ctx, eventstream.Message{Type: string(typ), Data: data})
}

// PublishMessage sends a message as it is to every client, and returns the ID it
// has been given. m must have none of its own. It does not wait for any client.
//
// The error wraps [ErrID], what [eventstream.Message.Validate] found, or
// [ErrClosed], or is the cause of ctx if that was done before; nothing has been
// published then.
func (f *Feed) PublishMessage(ctx context.Context, m eventstream.Message) (id string, err error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	encoded, size, err := encode(&m)
	if err != nil {
		return "", err
	}
	return f.history.append(encoded, size)
}

// Clients returns the clients whose streams are open at the time of the call, in
// no particular order. [Client.Request] tells them apart.
func (f *Feed) Clients() iter.Seq[*Client] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Values(slices.Collect(maps.Keys(f.clients)))
}

// Close ends all streams and makes every later publishing fail with [ErrClosed];
// later requests are answered with 503. It returns without waiting for the
// streams, and always nil. A client that does not take the end of its stream
// within a second is disconnected. Closing again does nothing.
func (f *Feed) Close() error {
	f.history.close()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	if len(f.clients) == 0 {
		close(f.empty)
	}
	for client := range f.clients {
		client.end(errFeedClosed, closeGrace)
	}
	return nil
}

// Shutdown closes the feed and waits until all its streams have ended. It returns
// the cause of ctx if that is done earlier.
func (f *Feed) Shutdown(ctx context.Context) error {
	f.Close()
	select {
	case <-f.empty:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// add reports false if the feed is closed.
func (f *Feed) add(client *Client) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.clients[client] = struct{}{}
	return true
}

func (f *Feed) remove(client *Client) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.clients, client)
	if f.closed && len(f.clients) == 0 {
		close(f.empty)
	}
}

// Stats is what a [Feed] has done so far and holds at present.
type Stats struct {
	Clients   int    // streams open
	Published uint64 // messages published
	Sent      uint64 // messages written to clients, each counted once per client
	Held      int    // messages the log holds
	HeldBytes int64  // their encoded size
	Gaps      uint64 // times a client's place was not, or no longer, in the log
	Missed    uint64 // messages that clients missed by that, where it is known how many
}

// Stats returns the feed's counters. Each is exact by itself; together they are
// read while messages go on.
func (f *Feed) Stats() Stats {
	stats := Stats{Sent: f.sent.Load(), Gaps: f.gaps.Load(), Missed: f.missed.Load()}
	stats.Published, stats.Held, stats.HeldBytes = f.history.held()
	f.mu.Lock()
	defer f.mu.Unlock()
	stats.Clients = len(f.clients)
	return stats
}
