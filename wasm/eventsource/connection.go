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
	moved   string // where the last answer came from, after redirects; see follow
}

func newConnection(s *Source, address string, d dialer, options *Options) *connection {
	e := newEngine(s, options)
	c := &connection{stream: newStream(s, "", e.call), engine: e, dialer: d, address: address}
	c.parser.MaxEventSize = options.MaxEventSize
	if options.OnComment != nil {
		c.parser.Comment = c.comment
	}
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
	target := c.target()
	var request Request
	var err error
	c.engine.call(func() { request, err = c.options.request(ctx, target, number) })
	if err != nil {
		return 0, fmt.Errorf("eventsource: %s: %w", c.address, causeOr(ctx, err))
	}
	c.moved = "" // and stays so where this fails: the next attempt is at the address itself
	response, err := c.dialer.dial(ctx, request, c.parser.LastEventID())
	if err != nil {
		return 0, fmt.Errorf("eventsource: %s: %w", request.URL, causeOr(ctx, err))
	}
	defer response.body.Close()
	if err := c.judge(response); err != nil {
		return 0, err
	}
	if request.URL == target {
		c.follow(request, response.url)
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
		c.backoff.setRetry(retry)
	}
	return time.Since(start), causeOr(ctx, err)
}

// comment tells the caller of a comment, unless the Source has ended.
func (c *connection) comment(comment []byte) {
	if c.life.Err() == nil {
		c.engine.call(func() { c.options.OnComment(string(comment)) })
	}
}

// target is where the next request goes, unless a hook says otherwise.
func (c *connection) target() string {
	if c.moved != "" {
		return c.moved
	}
	return c.address
}

// follow notes where redirects have led a request to, which is where the next
// one goes: an EventSource makes its request again as the redirects have left it
// (HTML standard, 9.2.3, with the "current URL" of a request in the Fetch
// standard, 2.2.5). Not so for other methods than GET, which a redirect may have
// changed, nor to another origin with headers that were not meant for it.
func (c *connection) follow(request Request, answered string) {
	changeable := request.Method != "" && request.Method != "GET"
	foreign := len(request.Header) > 0 && originOf(answered) != originOf(c.address)
	if !changeable && !foreign {
		c.moved = answered
	}
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
