package server

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrClosed says that a [Feed] has been closed, or that the stream of a [Client]
// has ended.
var ErrClosed = errors.New("server: closed")

// LastEventIDParameter is the query parameter that names a place as the header
// Last-Event-ID does, for clients that cannot set the header: a browser's
// EventSource that is made anew. Where there are both, the header counts.
const LastEventIDParameter = "lastEventId"

// Feed is one event stream with any number of clients. It is an [http.Handler];
// all its methods may be called at the same time. Make one with [New] or [Open].
type Feed struct {
	options Options
	origins crossOrigin
	limits  limits
	window  *window
	crew    crew
	log     Log    // nil for a feed in memory
	pages   *pages // likewise

	stopFollowing context.CancelFunc
	following     sync.WaitGroup

	mu      sync.Mutex
	clients map[*Client]struct{}
	closed  bool          // nobody comes in any more
	drained bool          // and all have been told to leave
	failure error         // why the log is of no more use
	empty   chan struct{} // closed once the feed is closed and has no client

	counters counters
	advised  sync.Map // what has been logged once
}

// counters are what a feed counts as it goes.
type counters struct {
	sent, bytes, gaps, missed atomic.Uint64
	refused                   [len(refusals)]atomic.Uint64
}

// New makes a feed with an empty log in memory: what it holds is gone with the
// process. A nil options stands for the defaults. The caller closes the feed. New
// panics if [Options.Validate] returns an error.
func New(options *Options) *Feed {
	filled := options.withDefaults()
	return newFeed(filled, newWindow(newLogName(), 1, filled.History, filled.HistoryBytes))
}

// Open makes a feed of what a log holds. It returns once the newest messages of
// the log are in memory, as many as options says. A nil options stands for the
// defaults. The caller closes the feed, and then the log's store. ctx is for the
// opening only; the error is that of [Options.Validate], or says what of the log could
// not be read.
func Open(ctx context.Context, log Log, options *Options) (*Feed, error) {
	if !validLogName(log.Name()) {
		return nil, fmt.Errorf("server: a log's name is 1 to %d letters and digits, not %q", maxLogName, log.Name())
	}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	filled := options.withDefaults()
	oldest, newest, err := log.Bounds(ctx)
	if err != nil {
		return nil, fmt.Errorf("server: open the log %s: %w", log.Name(), err)
	}
	from := max(oldest, newest-min(newest, uint64(filled.History))+1)
	f := newFeed(filled, newWindow(log.Name(), from, filled.History, filled.HistoryBytes))
	if err := f.fill(ctx, log, newest); err != nil {
		return nil, fmt.Errorf("server: read the log %s: %w", log.Name(), err)
	}
	f.log = log
	following, stop := context.WithCancel(context.Background())
	f.stopFollowing = stop
	f.pages = newPages(following, log)
	f.following.Go(func() { f.follow(following) })
	return f, nil
}

func newFeed(filled Options, w *window) *Feed {
	origins, err := newCrossOrigin(&filled)
	if err != nil {
		panic(err)
	}
	return &Feed{
		options: filled,
		origins: origins,
		limits: limits{
			all: filled.MaxClients, perAddress: filled.MaxClientsPerAddress,
			address: filled.Address, addresses: make(map[string]int),
		},
		window:        w,
		clients:       make(map[*Client]struct{}),
		empty:         make(chan struct{}),
		stopFollowing: func() {},
	}
}

// fill takes what the log holds up to a number into the window. What is put there
// meanwhile is for follow: a log that is written faster than it is read has no end.
func (f *Feed) fill(ctx context.Context, log Log, newest uint64) error {
	for {
		_, next := f.window.bounds()
		if next > newest {
			return nil
		}
		records, err := log.Read(ctx, next, pageRecords)
		if err != nil || len(records) == 0 {
			return err
		}
		for _, record := range records {
			f.window.take(record)
		}
	}
}

// follow is the one reading of the log.
func (f *Feed) follow(ctx context.Context) {
	_, next := f.window.bounds()
	err := f.log.Follow(ctx, next, f.window.take)
	if ctx.Err() != nil {
		return
	}
	f.options.Logger.Error("the feed has lost its log; its streams end", "feed", f.options.Name, "error", err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = fmt.Errorf("server: %w", err)
	for client := range f.clients {
		client.end(errLogFailed, closeGrace)
	}
}

// unusable returns why nothing can be published or served any more, nil while it
// can.
func (f *Feed) unusable() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return ErrClosed
	}
	return f.failure
}

// Name returns the feed's name, as in [Options].
func (f *Feed) Name() string { return f.options.Name }

// Ready reports why the feed cannot serve or publish at present: an error that
// wraps [ErrClosed] or [ErrLog], or what the log says. Nil means that it can. It
// waits no longer than ctx.
func (f *Feed) Ready(ctx context.Context) error {
	if err := f.unusable(); err != nil || f.log == nil {
		return err
	}
	if err := f.log.Ready(ctx); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// Clients returns the clients whose streams are open at the time of the call, in
// no particular order. [Client.Request] tells them apart.
func (f *Feed) Clients() iter.Seq[*Client] { return slices.Values(f.open()) }

func (f *Feed) open() []*Client {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(maps.Keys(f.clients))
}

// Close ends all streams and makes every later publishing fail with [ErrClosed];
// later requests are answered with 503. Each stream goes on with what the feed
// has in memory for it, up to the last message, and tells its client when to come
// back ([Options.Retry]). Close returns without waiting for the streams, and
// always nil. A client that does not take the end of its stream within a second is
// disconnected. Closing again does nothing.
func (f *Feed) Close() error {
	f.mu.Lock()
	again := f.closed
	f.closed = true
	f.mu.Unlock()
	if again {
		return nil
	}
	f.window.close()
	f.stopFollowing()
	f.following.Wait()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drained = true
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

// add reports false if the feed serves no more.
func (f *Feed) add(client *Client) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || f.failure != nil {
		return false
	}
	f.clients[client] = struct{}{}
	return true
}

func (f *Feed) remove(client *Client) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.clients, client)
	if f.drained && len(f.clients) == 0 {
		close(f.empty)
	}
}

// Stats is what a [Feed] has done so far and holds at present.
type Stats struct {
	Clients   int    // streams open
	Published uint64 // messages that have come into the feed, read from its log or published
	Sent      uint64 // messages written to clients, each counted once per client
	SentBytes uint64 // bytes written to clients, before compression
	Held      int    // messages in memory
	HeldBytes int64  // their encoded size
	Gaps      uint64 // times a client was told that messages are missing
	Missed    uint64 // messages that clients missed by that, where it is known how many
	Refused   uint64 // requests that were not given a stream
}

// Stats returns the feed's counters. Each is exact by itself; together they are
// read while messages go on.
func (f *Feed) Stats() Stats {
	stats := Stats{
		Sent: f.counters.sent.Load(), SentBytes: f.counters.bytes.Load(),
		Gaps: f.counters.gaps.Load(), Missed: f.counters.missed.Load(),
	}
	for i := range f.counters.refused {
		stats.Refused += f.counters.refused[i].Load()
	}
	stats.Published, stats.Held, stats.HeldBytes = f.window.held()
	f.mu.Lock()
	defer f.mu.Unlock()
	stats.Clients = len(f.clients)
	return stats
}
