package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// FromReader returns a Source of the event stream that r holds: a file, a pipe,
// a response's body. It follows the proposal for EventSource.fromReadableStream
// (whatwg/html#12272): the Source is open from the start, its origin is "null",
// it has no URL, and the end of the reader closes it for good, after everything
// that it held was delivered. [Source.Err] then wraps [io.EOF], what the reader
// failed with, or an [eventstream.ErrTooLarge]. Gaps are read as without
// Options.NoGaps.
//
// A reader may have more at once than a queue holds: [Block] makes it wait for
// the loops.
//
// Reading begins with the first subscription, in a goroutine of the Source's
// own. Where r is an [io.Closer] it is closed once, right after the Source has
// ended (at the latest when [Source.Close] returns, where that ended it), which
// must unblock its Read; a reader that cannot be closed is let go once its Read
// returns. The context is the Source's life, as in [Open].
func FromReader(ctx context.Context, r io.Reader) (*Source, error) {
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("eventsource: from reader: %w", err)
	}
	s := newSource()
	t := &readerTransport{stream: newStream(s, "null", func(fn func()) { fn() }), reader: r}
	t.life, t.end = context.WithCancel(context.Background())
	s.start(ctx, t)
	s.opened()
	t.begin()
	return s, nil
}

// readerTransport carries a Source by a reader.
type readerTransport struct {
	*stream
	reader io.Reader
	life   context.Context
	end    context.CancelFunc
	closed atomic.Bool // the reader was
}

func (t *readerTransport) url() string { return "" }

func (t *readerTransport) reconnect() {}

// wait closes the reader, which is code of the caller's: close is called with
// the Source locked. A reader that cannot be closed may read for ever, so it
// waits for nothing.
func (t *readerTransport) wait() {
	if closer, ok := t.reader.(io.Closer); ok && !t.closed.Swap(true) {
		_ = closer.Close() // what it says no longer concerns anybody
	}
}

func (t *readerTransport) begin() { go t.run() }

func (t *readerTransport) close() { t.end() }

func (t *readerTransport) run() {
	err := t.read(t.life, t.reader)
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("eventsource: the event stream has ended: %w", err)
	} else {
		err = fmt.Errorf("eventsource: read the event stream: %w", err)
	}
	t.source.failed(err)
	t.wait()
}
