//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Why a [Conn] cannot send.
var (
	// ErrEnded says that the test itself has ended, cut or reset the response.
	ErrEnded = errors.New("the response has ended")
	// ErrGone says that the client has left.
	ErrGone = errors.New("the client has left")
)

// Conn is an accepted request and its response, which stays open until the test
// ends it, the client leaves, or the test is over. Sending nothing is how a
// server pauses, and how one never answers: not even the headers go out before
// [Conn.Open] or the first byte.
//
// The methods that return no error fail the test, so they are for its
// goroutine; Write, WriteContext and Replay may be called from any.
type Conn struct {
	Request

	stream   *Stream
	request  *http.Request
	finish   chan func() // what the handler does last
	finished chan struct{}

	mu        sync.Mutex // guards w and what follows
	w         http.ResponseWriter
	status    int
	header    http.Header
	opened    bool
	over      error // why no more can be sent: ErrEnded or ErrGone
	everyByte bool
	wire      net.Conn           // the connection itself, once RawHead has taken it over
	parser    eventstream.Parser // of what was sent
	illegible error              // why that is not parsed any more

	left chan struct{} // closed when the client has left the wire
}

func newConn(s *Stream, request Request, w http.ResponseWriter, r *http.Request) *Conn {
	return &Conn{
		Request: request, stream: s, request: r, w: w, status: http.StatusOK,
		finish: make(chan func(), 1), finished: make(chan struct{}), left: make(chan struct{}),
		header: http.Header{
			"Content-Type":  {"text/event-stream"},
			"Cache-Control": {"no-store"},
		},
	}
}

// serve is the handler of the request: it keeps the response open.
func (c *Conn) serve() {
	defer close(c.finished)
	last, over := func() { panic(http.ErrAbortHandler) }, ErrGone
	select {
	case last = <-c.finish:
		over = ErrEnded
	case <-c.left:
	case <-c.request.Context().Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = over
	if c.wire != nil {
		defer c.wire.Close() // nobody else does
	}
	last()
}

// SetHeader sets a header of the response, or removes it when no value is
// given. It has to come before the first byte is sent.
func (c *Conn) SetHeader(name string, values ...string) {
	c.stream.site.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		c.stream.site.t.Fatalf("e2e: %s: header %s set after the response began", c, name)
	}
	c.header[http.CanonicalHeaderKey(name)] = values
}

// Open sends the status 200 and the headers of an event stream, and no more.
// The first byte of data does so too.
func (c *Conn) Open() {
	c.stream.site.t.Helper()
	c.must(c.WriteContext(context.Background(), nil))
}

// RawHead takes the connection over from HTTP and sends text as it stands, as
// the beginning of the answer: headers that never end, an answer that is none.
// It has to come before anything else is sent; what is sent after it goes out
// as it stands too, without headers or chunks. The connection stays open as any
// other does, and is broken at the end by [Conn.Cut] as by [Conn.End].
func (c *Conn) RawHead(text string) {
	c.stream.site.t.Helper()
	c.mu.Lock()
	opened := c.opened
	err := c.takeOver()
	c.mu.Unlock()
	if opened {
		c.stream.site.t.Fatalf("e2e: %s: a raw head after the response began", c)
	}
	c.must(err)
	c.must(c.WriteContext(context.Background(), []byte(text)))
}

// takeOver has everything that is sent go to the connection itself. c is locked.
func (c *Conn) takeOver() error {
	if c.over != nil || c.opened {
		return c.over
	}
	wire, buffered, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		return fmt.Errorf("%s: %w (%v)", c, ErrGone, err)
	}
	wire.SetDeadline(time.Time{})
	c.opened, c.wire = true, wire
	go func() {
		defer close(c.left)
		io.Copy(io.Discard, buffered) // to the end of what the client sends
	}()
	return nil
}

// WriteSplit sends text in pieces, a write of its own each, cut before the
// bytes at the given offsets, which must ascend and lie within text.
func (c *Conn) WriteSplit(text string, at ...int) {
	c.stream.site.t.Helper()
	if !slices.IsSorted(at) || len(at) > 0 && (at[0] < 0 || at[len(at)-1] > len(text)) {
		c.stream.site.t.Fatalf("e2e: %s: %d bytes cannot be split at %v", c, len(text), at)
	}
	from := 0
	for _, to := range append(slices.Clone(at), len(text)) {
		if to > from {
			c.must(c.WriteContext(context.Background(), []byte(text[from:to])))
		}
		from = to
	}
}

// SplitEveryByte makes everything sent from now on go out byte by byte.
func (c *Conn) SplitEveryByte() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.everyByte = true
}

// Write implements [io.Writer] by [Conn.WriteContext], bounded by the site's
// timeout alone.
func (c *Conn) Write(p []byte) (int, error) {
	if err := c.WriteContext(context.Background(), p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteContext sends p at once, in a write of its own: a chunk of the response
// and, if it is small enough, one segment of TCP. (The client may still read
// two of them in one go.) It returns when the operating system has taken the
// bytes, and an error when the client has left ([ErrGone]), the response has
// ended ([ErrEnded]), or the client did not read enough before ctx ended or the
// site's timeout passed; after such a delay the response is broken.
func (c *Conn) WriteContext(ctx context.Context, p []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.open(); err != nil {
		return fmt.Errorf("%s: %w", c, err)
	}
	out := c.sink()
	out.SetWriteDeadline(time.Now().Add(c.stream.site.within())) // the server's own writer supports it
	stop := context.AfterFunc(ctx, func() { out.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	size := max(len(p), 1)
	if c.everyByte {
		size = 1
	}
	for piece := range slices.Chunk(p, size) {
		if err := writeNow(out, piece); err != nil {
			return fmt.Errorf("%s: writing %d bytes: %w", c, len(p), c.reason(ctx, err))
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("%s: %w", c, c.reason(ctx, err))
	}
	if c.wire == nil && c.illegible == nil {
		c.illegible = c.parser.Parse(p, func(event eventstream.Received) { c.stream.sent(event.Type) })
	}
	return nil
}

// sink is where a response goes.
type sink interface {
	io.Writer
	Flush() error
	SetWriteDeadline(time.Time) error
}

// response is HTTP's sink.
type response struct {
	http.ResponseWriter
	*http.ResponseController
}

// wire is the connection as a sink.
type wire struct{ net.Conn }

func (wire) Flush() error { return nil }

// sink returns where to write. c is locked.
func (c *Conn) sink() sink {
	if c.wire != nil {
		return wire{c.wire}
	}
	return response{c.w, http.NewResponseController(c.w)}
}

// open writes the headers if that has not been done. c is locked.
func (c *Conn) open() error {
	if c.over != nil {
		return c.over
	}
	if c.request.Context().Err() != nil {
		return ErrGone
	}
	if c.opened {
		return nil
	}
	c.opened = true
	for name, values := range c.header {
		if len(values) > 0 {
			c.w.Header()[name] = values
		}
	}
	c.w.WriteHeader(c.status)
	return nil
}

func writeNow(out sink, p []byte) error {
	if _, err := out.Write(p); err != nil {
		return err
	}
	return out.Flush()
}

// reason returns what a person wants to know about a failed write.
func (c *Conn) reason(ctx context.Context, err error) error {
	var late net.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the client did not read on: %w", context.Cause(ctx))
	case errors.As(err, &late) && late.Timeout():
		return fmt.Errorf("the client did not read on within %v: %w", c.stream.site.within(), err)
	default:
		return fmt.Errorf("%w (%v)", ErrGone, err)
	}
}

// End ends the response as a server does that has no more to say. Like Cut and
// Reset it returns when nothing more can be sent, and does nothing when the
// response has ended already or the client has left.
func (c *Conn) End() { c.last(func() {}) }

// Cut breaks the connection off in the middle of the response: the client sees
// an incomplete body, or no response at all if nothing was sent.
func (c *Conn) Cut() { c.last(func() { panic(http.ErrAbortHandler) }) }

// Reset breaks the connection with a TCP reset, which also drops what the
// client has not read yet.
func (c *Conn) Reset() { c.last(c.reset) }

func (c *Conn) last(do func()) {
	select {
	case c.finish <- do:
	default:
	}
	<-c.finished
}

func (c *Conn) reset() {
	conn := c.wire
	if conn == nil {
		var err error
		if conn, _, err = http.NewResponseController(c.w).Hijack(); err != nil {
			panic(http.ErrAbortHandler) // no connection left to reset
		}
	}
	if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok {
		tcp.SetLinger(0) // on failure the client sees a cut instead
	}
	conn.Close()
}

// WaitGone waits until the client has left, as the server sees it, or the
// response has ended. It fails the test when ctx ends or the site's timeout
// passes first.
func (c *Conn) WaitGone(ctx context.Context) {
	c.stream.site.t.Helper()
	timeout := time.NewTimer(c.stream.site.within())
	defer timeout.Stop()
	select {
	case <-c.finished:
	case <-ctx.Done():
		c.stream.site.t.Fatalf("e2e: %s: the client has not left: %v", c, context.Cause(ctx))
	case <-timeout.C:
		c.stream.site.t.Fatalf("e2e: %s: the client has not left within %v", c, c.stream.site.within())
	}
}

// String names the stream and the attempt.
func (c *Conn) String() string {
	return fmt.Sprintf("stream %s, attempt %d", c.stream.path, c.Attempt)
}

func (c *Conn) must(err error) {
	c.stream.site.t.Helper()
	if err != nil {
		c.stream.site.t.Fatalf("e2e: %v", err)
	}
}
