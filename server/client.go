package server

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// ErrBusy says that a [Client] has not taken the messages sent to it alone
// before.
var ErrBusy = errors.New("server: client is busy")

// Why a stream ended, apart from errors of writing and the client's leaving.
var (
	errFeedClosed = errors.New("the feed is closed")
	errLogFailed  = errors.New("the feed has lost its log")
	errWithdrawn  = errors.New("the grant is withdrawn")
	errLeft       = errors.New("the client has left")
	errDeadline   = errors.New("the request's context has reached its deadline")
	errCanceled   = errors.New("the request's context is canceled")
	errCut        = errors.New("the connection is cut by the server")
	errNotBegun   = errors.New("the stream has not begun")
	errPanicked   = errors.New("the response panicked")
)

const (
	directQueue = 16          // messages sent to one client alone that may wait
	closeGrace  = time.Second // for a client to take the end of its stream
)

// Client is one open stream of a [Feed], through which a server can act on that
// stream only. [Feed.Clients] lists them. It remains usable, if useless, after
// its stream has ended.
type Client struct {
	feed    *Feed
	request *http.Request
	cursor  atomic.Uint64 // number of the next message it gets
	ended   chan struct{} // closed when cause is set
	task    task          // writes the stream

	mu      sync.Mutex
	cause   error                    // why the stream ends; nil while it goes on
	direct  [][]byte                 // blocks for this client alone
	control *http.ResponseController // nil once the handler returns: it is invalid then
}

func newClient(f *Feed, w http.ResponseWriter, r *http.Request) *Client {
	return &Client{
		feed:    f,
		request: r,
		ended:   make(chan struct{}),
		task:    task{crew: &f.crew},
		control: http.NewResponseController(w),
	}
}

// Request returns the request that the stream answers. Its context is done once
// the stream has ended. The caller must not change it.
func (c *Client) Request() *http.Request { return c.request }

// Lag returns by how many messages the client is behind: those that the feed has
// and the client has not been written yet, its filter's included.
func (c *Client) Lag() uint64 {
	_, next := c.feed.window.bounds()
	return next - min(next, c.cursor.Load())
}

// Send writes a message to this client only, between the messages of the feed.
// It must have no ID, so that the client's last event ID stays a place in the
// feed. Nil means that the message is going to be written, not that it has
// arrived; it is not replayed after a reconnection. A filter does not hold it
// back.
//
// The error is that of [EncodeMessage]; it is [ErrClosed] if the stream has
// ended, and [ErrBusy] if the client has not taken the sixteen messages sent to
// it before.
func (c *Client) Send(m eventstream.Message) error {
	block, err := encode(&m)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.cause != nil:
		return ErrClosed
	case len(c.direct) == directQueue:
		return ErrBusy
	}
	c.direct = append(c.direct, append(block, '\n'))
	c.task.wake()
	return nil
}

// directs takes the blocks that wait for this client alone.
func (c *Client) directs() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	blocks := c.direct
	c.direct = nil
	return blocks
}

// Cut breaks the client's connection in the middle of the response, as a fault
// of the network would: what has not been sent yet is lost, and the client finds
// an incomplete response. It does not wait. Cutting a stream that has ended does
// nothing.
//
// It works by the panic [http.ErrAbortHandler] in the handler's goroutine, which
// net/http takes without logging it.
func (c *Client) Cut() { c.end(errCut, 0) }

// end tells the stream to end, and gives a write that is under way the grace to
// finish.
func (c *Client) end(cause error, grace time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause != nil {
		return
	}
	c.cause = cause
	close(c.ended)
	c.limitWrite(time.Now().Add(grace))
	c.task.wake()
}

func (c *Client) hasEnded() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

func (c *Client) endedBy(cause error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cause == cause
}

// left takes note that the handler is about to return, for the given cause
// unless there was one before, and returns the cause.
func (c *Client) left(cause error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.control = nil
	if c.cause == nil {
		c.cause = cause
		close(c.ended)
	}
	return c.cause
}

// allowWrite sets the deadline of writes, unless the stream is to end: the one
// set then stays. The zero time is none.
func (c *Client) allowWrite(deadline time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.limitWrite(deadline)
	}
}

// limitWrite is called with the mutex held. A response writer that knows no
// deadlines is written to without.
func (c *Client) limitWrite(deadline time.Time) {
	if c.control != nil {
		_ = c.control.SetWriteDeadline(deadline)
	}
}
