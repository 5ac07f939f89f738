package server

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Why a stream ended, apart from errors of writing and the client's leaving.
var (
	errFeedClosed = errors.New("the feed is closed")
	errCut        = errors.New("the connection is cut by the server")
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
	direct  chan *sse.Message
	ended   chan struct{} // closed when cause is set

	mu      sync.Mutex
	cause   error                    // why the stream ends; nil while it goes on
	control *http.ResponseController // nil once the handler returns: it is invalid then
}

func newClient(f *Feed, w http.ResponseWriter, r *http.Request) *Client {
	return &Client{
		feed:    f,
		request: r,
		direct:  make(chan *sse.Message, directQueue),
		ended:   make(chan struct{}),
		control: http.NewResponseController(w),
	}
}

// Request returns the request that the stream answers. Its context is done once
// the stream has ended. The caller must not change it.
func (c *Client) Request() *http.Request { return c.request }

// Send writes a message to this client only, between the messages of the feed.
// It must have no ID, so that the client's last event ID stays a place in the
// feed. Nil means that the message is going to be written, not that it has
// arrived; it is not replayed after a reconnection.
//
// The error wraps [ErrID] or what [eventstream.Message.Validate] found; it is
// [ErrClosed] if the stream has ended, and [ErrBusy] if the client has not taken
// the sixteen messages sent to it before.
func (c *Client) Send(m eventstream.Message) error {
	encoded, _, err := encode(&m)
	if err != nil {
		return err
	}
	select {
	case <-c.ended:
		return ErrClosed
	default:
	}
	select {
	case c.direct <- encoded:
		return nil
	default:
		return ErrBusy
	}
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
	c.limitWrite(grace)
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

// allowWrite gives the client the write timeout from now on, unless the stream
// is to end: the deadline set then stays.
func (c *Client) allowWrite() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cause == nil {
		c.limitWrite(c.feed.options.WriteTimeout)
	}
}

// limitWrite sets the deadline of writes; below zero there is none. The mutex is
// held. A response writer that knows no deadlines is written to without.
func (c *Client) limitWrite(timeout time.Duration) {
	if c.control == nil {
		return
	}
	var deadline time.Time
	if timeout >= 0 {
		deadline = time.Now().Add(timeout)
	}
	_ = c.control.SetWriteDeadline(deadline)
}
