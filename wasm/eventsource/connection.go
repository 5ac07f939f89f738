package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// dialer makes the connections of a transport that reads its streams itself.
type dialer interface {
	// dial requests an event stream and returns once the headers of the
	// answer are there. The context is the life of the request and of the
	// response's body.
	dial(ctx context.Context, request Request, lastEventID string) (*response, error)
}

// connection carries a Source by streams that it reads itself. It is what fetch
// and net/http have in common.
type connection struct {
	*stream
	*engine
	dialer  dialer
	address string
}

func newConnection(s *Source, address string, d dialer, options *Options) *connection {
	e := newEngine(s, options)
	c := &connection{stream: newStream(s, "", e.call), engine: e, dialer: d, address: address}
	c.parser.MaxEventSize = options.MaxEventSize
	c.parser.Restart(s.beginAt(address, options))
	return c
}

func (c *connection) url() string { return c.address }

// begin starts to connect.
func (c *connection) begin() { c.run(c.connect) }

// connect makes one connection and reads it to its end.
func (c *connection) connect(ctx context.Context, number int) (openFor time.Duration, failure error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := newWatchdog(c.options.IdleTimeout, func() { cancel(ErrIdle) })
	defer watch.stop()
	response, err := c.dial(ctx, number)
	if err != nil {
		return 0, fmt.Errorf("eventsource: %s: %w", c.address, causeOr(ctx, err))
	}
	defer response.body.Close()
	if err := c.judge(response); err != nil {
		return 0, err
	}
	start := time.Now()
	c.origin = originOf(response.url)
	c.parser.Restart(c.parser.LastEventID())
	c.engine.source.opened()
	err = c.read(ctx, watch.over(response.body))
	if errors.Is(err, io.EOF) {
		err = errEnded
	}
	if retry, ok := c.parser.ReconnectionTime(); ok {
		c.backoff.retry = retry
	}
	return time.Since(start), causeOr(ctx, err)
}

func (c *connection) dial(ctx context.Context, number int) (*response, error) {
	var request Request
	var err error
	c.engine.call(func() { request, err = c.options.request(ctx, c.address, number) })
	if err != nil {
		return nil, err
	}
	return c.dialer.dial(ctx, request, c.parser.LastEventID())
}

// judge says why an answer is none to read, or nil.
func (c *connection) judge(r *response) error {
	if c.options.OnResponse != nil {
		var err error
		c.engine.call(func() { err = c.options.OnResponse(&Response{URL: r.url, Status: r.status, Header: r.header}) })
		if err != nil {
			return err
		}
	}
	return r.check(time.Now())
}

// causeOr returns why ctx ended, or err where it has not: an ended context
// comes out of a request as all kinds of errors.
func causeOr(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
