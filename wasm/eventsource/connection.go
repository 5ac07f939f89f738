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
	// check returns an error that wraps errRequest for a request that can never
	// be sent.
	check(request Request) error
	// carries reports whether a header can carry a last event ID.
	carries(lastEventID string) bool
}

// connection carries a Source by streams that it reads itself. It is what fetch
// and net/http have in common.
type connection struct {
	*stream
	*engine
	dialer  dialer
	address string
	moved   string // where the last answer came from, after redirects; see follow
	inQuery bool   // the query has each last event ID with a control character
}

func newConnection(s *Source, address string, d dialer, options *Options) *connection {
	c := connectionOf(newEngine(s, options), address, d)
	c.parser.Restart(s.beginAt(address, options))
	return c
}

// connectionOf returns a connection that an engine makes, at no place yet.
func connectionOf(e *engine, address string, d dialer) *connection {
	c := &connection{stream: newStream(e.source, "", e.call), engine: e, dialer: d, address: address}
	c.parser.MaxEventSize = e.options.MaxEventSize
	if e.options.OnComment != nil {
		c.parser.Comment = c.comment
	}
	return c
}

func (c *connection) url() string { return c.address }

// begin starts to connect.
func (c *connection) begin() { c.run(c.connect) }

// connect makes one connection and reads it to its end.
func (c *connection) connect(ctx context.Context, number int) (openFor time.Duration, failure error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	request, target, err := c.request(ctx, number)
	if err != nil {
		return 0, causeOr(ctx, err)
	}
	c.moved = "" // and stays so where this fails: the next attempt is at the address itself
	lastEventID := c.place(&request)
	watch := newWatchdog(c.options.IdleTimeout, func() { cancel(ErrIdle) }) // after the hook, which may take its time
	defer watch.stop()
	response, err := c.dialer.dial(ctx, request, lastEventID)
	if err != nil {
		return 0, named(request.URL, causeOr(ctx, err))
	}
	defer response.body.Close()
	watch.pause() // until the stream is read: OnResponse may take its time, too
	if err := c.judge(response); err != nil {
		return 0, c.withoutHeader(lastEventID, err)
	}
	if request.URL == target {
		c.follow(request, response.url)
	}
	start := time.Now()
	c.origin = originOf(response.url)
	c.parser.Restart(c.parser.LastEventID())
	c.engine.source.opened()
	err = c.read(ctx, watch.reader(response.body))
	if errors.Is(err, io.EOF) {
		err = errEnded
	}
	if retry, ok := c.parser.ReconnectionTime(); ok {
		c.backoff.setRetry(retry)
	}
	return time.Since(start), causeOr(ctx, err)
}

// request returns the request of an attempt to connect, or why it cannot be made. Target
// is its URL unless a hook has named one.
func (c *connection) request(ctx context.Context, number int) (request Request, target string, err error) {
	c.engine.call(func() { request, err = c.options.request(ctx, "", number) })
	if err != nil {
		return request, "", err
	}
	if request.URL == "" {
		target = c.target(request)
		request.URL = target
	}
	return request, target, c.dialer.check(request)
}

// place returns the last event ID that a header is to carry. If none can, it puts it
// into the request's query, as an EventSource that is made again has it.
func (c *connection) place(request *Request) (lastEventID string) {
	lastEventID = c.parser.LastEventID()
	if c.dialer.carries(lastEventID) && !(c.inQuery && hasControl(lastEventID)) {
		return lastEventID
	}
	request.URL = withParameter(request.URL, c.options.resumeParameter(), lastEventID)
	return ""
}

// withoutHeader returns a refusal, or an error that is worth another attempt. It returns
// the latter if the header had a last event ID with a control character, which many
// servers refuse; the next request has that in the query.
func (c *connection) withoutHeader(lastEventID string, refusal error) error {
	var answer *ResponseError
	if !hasControl(lastEventID) || !errors.As(refusal, &answer) || answer.Status != 400 {
		return refusal
	}
	c.inQuery = true
	return fmt.Errorf("%w %q", errRefusedID, lastEventID)
}

// comment tells the caller of a comment at its place: what stood before it is
// delivered first, and taken by the loops that go on.
func (c *connection) comment(comment []byte) {
	text := string(comment)
	c.stream.flush()
	c.engine.source.awaitTaken(c.life)
	if c.life.Err() == nil {
		c.engine.call(func() { c.options.OnComment(text) })
	}
}

// target is where a request goes, unless a hook says otherwise: where the last
// redirects have led, but not to another origin with own headers.
func (c *connection) target(request Request) string {
	if c.moved == "" || c.isForeign(request, c.moved) {
		return c.address
	}
	return c.moved
}

// isForeign reports whether a request's own headers must not be sent to a URL.
func (c *connection) isForeign(request Request, url string) bool {
	return len(request.Header) > 0 && originOf(url) != originOf(c.address)
}

// follow notes where redirects have led a request to, which is where the next
// one goes: an EventSource makes its request again as the redirects have left it
// (HTML standard, 9.2.3, with the "current URL" of a request in the Fetch
// standard, 2.2.5). Not so for other methods than GET, which a redirect may have
// changed, nor to another origin with headers that were not meant for it.
func (c *connection) follow(request Request, answered string) {
	changeable := request.Method != "" && request.Method != "GET"
	if !changeable && !c.isForeign(request, answered) {
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
