package eventsource

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Options say how a Source connects. Nil and the zero value mean the defaults.
type Options struct {
	// WithCredentials sends cookies and other credentials to an origin that
	// is not the page's own. The server must then name the page's origin in
	// Access-Control-Allow-Origin and allow credentials. Default: they go to
	// the page's own origin only.
	WithCredentials bool
	// Transport names what carries the stream. Default: [HTTP] outside of a
	// browser, and in one [Native] until the browser gives that up, which it does
	// without a reason at an answer that is no event stream: then [Fetch], which
	// sees the answer, carries the stream on for the rest of the Source's
	// lifetime. It is Fetch from the start if another option needs it, or behind a
	// service worker. Native named stays Native: see there.
	Transport Transport
	// Method is the request's method. Default: GET. One that HTTP does not have,
	// HEAD, and CONNECT, TRACE and TRACK with Fetch are errors of Open. Not for
	// Native.
	Method string
	// Header holds the request's further headers, as an http.Header does.
	// Accept, Accept-Encoding, Cache-Control, Pragma and Last-Event-ID are set
	// without it, and what it says of them is left out. One that HTTP cannot
	// carry is an error of Open, and with Fetch one that the browser keeps to
	// itself, such as Cookie or Host. Not for Native.
	//
	// None of them, nor of those of a [Request], leaves the origin of the
	// URL. A redirect to another origin is followed without them all; if the
	// server there does not answer with an event stream then, the
	// [ResponseError] says that they were left out. Over fetch a request that
	// is redirected is made once more, as the browser does not tell where a
	// redirect leads before it has followed it. There, a request with another
	// method than GET is an error if it would leave its origin.
	Header map[string][]string
	// Body is the request's body, sent with each attempt. An empty one is
	// the same as nil. Default: nil. Not for Native.
	Body []byte
	// Request, where it is set, is asked for the request of each attempt anew:
	// for a token that is refreshed, say. Attempt counts from 1. An error of
	// its own is a failed attempt; nil stands for what the other options say. A
	// request that can never be sent ends the Source: one with what is an
	// error of Open in these options, or to another scheme than http and https.
	// It may block, which does not count for IdleTimeout; the context ends with
	// the attempt. Not for Native.
	Request func(ctx context.Context, attempt int) (*Request, error)
	// OnResponse, where it is set, looks at the head of each answer before it
	// is judged. An error fails the attempt with it; Reconnect.Retry decides
	// what follows. Not for Native.
	OnResponse func(*Response) error
	// OnComment, where it is set, is given each comment, without the colon:
	// servers send them to keep a connection alive. It is called at its place:
	// after the events before it have been handled, by loops of
	// [Subscription.Events] and a [Mux], and before those after it are
	// delivered. A loop that has not come so far within a second is not waited
	// for until it goes on. Not for Native.
	OnComment func(comment string)
	// IdleTimeout is how long a connection may say nothing, or leave a request
	// without an answer, before it is taken for dead and made anew, with
	// [ErrIdle] as the cause. Comments count as something said. With Native
	// only gaps, messages of subscribed event types and the heartbeats of package
	// server do ([eventstream.HeartbeatEvent]), for the browser
	// shows nothing else, and the browser's own wait to connect again counts as
	// silence: there it must be well above the time between two of them and
	// the reconnection time. Default: for ever.
	IdleTimeout time.Duration
	// Store keeps the place of what loops have handled over reloads: where it has one for the
	// URL, the stream begins there, as with LastEventID, which goes before it.
	// Default: none.
	Store Store
	// CloseWhileHidden closes the stream while the page is not seen and
	// connects again, with the last event ID, when it is. Default: the stream
	// stays. In a worker and outside of a browser it does nothing.
	CloseWhileHidden bool
	// LastEventID is the place to begin after: what the first request sends
	// as Last-Event-ID. One with a NUL, CR or LF is an error of Open. Default: none. Not for Native.
	LastEventID string
	// MaxEventSize bounds what one event may take, in bytes. Default:
	// [eventstream.DefaultMaxEventSize]. Not for Native.
	MaxEventSize int
	// NoGaps has events of the type "gap" taken for events like any other,
	// whatever they say. It is for a server that has a use of its own for the
	// name; see [GapError]. Default: they are read as Runnel's server means
	// them; with Native they are taken over one by one then, which is slow
	// where there are many.
	NoGaps bool
	// NoIDs leaves the ID of every event empty, of a [DecodeError] and of what a Key
	// is given too. The Source knows its last event ID all the same, and resumes by
	// it. It is for a frontend that does not look at IDs: with Native JavaScript
	// makes a string for each that is read, which takes a tenth of a small event's
	// way. With a Store they are read all the same. Default: events have their IDs.
	NoIDs bool
	// Reconnect says when a lost connection is made again. Native leaves that
	// to the browser for as long as the browser does it, which is after each
	// loss but not after an answer that is no event stream.
	Reconnect Reconnect
	// Log takes a line for the program's log. There is one in each outage, when
	// three attempts in a row have failed and others follow: it has the URL and
	// the cause. A function that does nothing keeps the Source quiet. It must not
	// block: in a browser it may be called inside a JavaScript callback.
	// Default: a warning on the console in a browser, and [log.Print] elsewhere.
	Log func(message string)
	// ResumeParameter is the query parameter by which a further EventSource tells
	// the server its last event ID, as it cannot set the header; "-" for none. So
	// does Fetch in its place to another origin, whose server would have to
	// allow the header first. With HTTP, and with Fetch once a server has refused
	// it by status 400, the parameter has an ID with control characters, which
	// then no header has. Default: "lastEventId", which package server
	// understands.
	ResumeParameter string
}

// check returns an error that names an option which can mean nothing.
func (o *Options) check() error {
	switch {
	case o.Transport < Auto || o.Transport > HTTP:
		return fmt.Errorf("the option Transport is %d, which is not one of Auto, Native, Fetch and HTTP", int(o.Transport))
	case o.IdleTimeout < 0:
		return negative("IdleTimeout", o.IdleTimeout)
	case o.MaxEventSize < 0:
		return negative("MaxEventSize", o.MaxEventSize)
	}
	return o.Reconnect.check()
}

// negative returns the error for an option that is below zero.
func negative(name string, value any) error {
	return fmt.Errorf("the option %s is %v; it must not be negative", name, value)
}

// clone returns a copy that shares nothing that the caller may go on to change. Nil
// stands for the defaults.
func (o *Options) clone() Options {
	if o == nil {
		return Options{}
	}
	own := *o
	own.Body = bytes.Clone(o.Body)
	own.Header = make(map[string][]string)
	addHeader(own.Header, o.Header)
	return own
}

func (o *Options) resumeParameter() string {
	switch o.ResumeParameter {
	case "":
		return "lastEventId"
	case "-":
		return ""
	}
	return o.ResumeParameter
}

// Transport names what carries an event stream.
type Transport int

const (
	// Auto chooses; see Options.Transport.
	Auto Transport = iota
	// Native is the browser's own EventSource. If the browser gives one up, and
	// the caller has named Native, another one is made by the policy of Reconnect,
	// with the last event ID in the query (Options.ResumeParameter). The browser
	// does not tell the response, nor when the server wants the next request: after
	// ten in a row that were never open, or what Reconnect.MaxAttempts says, the
	// Source ends with [ErrFailed].
	Native
	// Fetch is the browser's fetch with the parser of package eventstream.
	Fetch
	// HTTP is package net/http with the same parser, outside of browsers.
	HTTP
)

// String returns the transport's name.
func (t Transport) String() string {
	switch t {
	case Auto:
		return "auto"
	case Native:
		return "native"
	case Fetch:
		return "fetch"
	case HTTP:
		return "http"
	}
	return fmt.Sprintf("Transport(%d)", int(t))
}

// beyondNative names an option that the browser's EventSource cannot have, or
// returns "".
func (o *Options) beyondNative() string {
	switch {
	case o.Method != "":
		return "Method"
	case len(o.Header) > 0:
		return "Header"
	case len(o.Body) > 0:
		return "Body"
	case o.Request != nil:
		return "Request"
	case o.OnResponse != nil:
		return "OnResponse"
	case o.OnComment != nil:
		return "OnComment"
	case o.LastEventID != "":
		return "LastEventID"
	case o.MaxEventSize != 0:
		return "MaxEventSize"
	}
	return ""
}

// Overflow says what becomes of messages that a subscription's queue has no
// room for, because its loop is slower than the stream. Gaps are no messages: each
// is kept, at its place.
type Overflow int

const (
	// End ends the subscription: its loop gets the messages that are queued,
	// then [ErrOverflow]. Nothing is dropped unseen.
	End Overflow = iota
	// DropOldest makes room by dropping the oldest queued message.
	DropOldest
	// KeepLatest keeps, of each key, only the latest message: a new one takes
	// the place of a queued one with the same key, at the end of the queue,
	// whether the queue is full or not. The key is told by
	// SubscribeOptions.Key. With more keys than room, the oldest queued
	// message is dropped.
	KeepLatest
	// Block makes room by waiting for the loop: the stream is not read on
	// meanwhile, for no subscription of the Source, so that in the end the
	// server's own writing stands still. What had been read already, up to
	// 64 KiB of the stream, may go beyond the queue's bounds. The browser's
	// EventSource cannot be held back: there it is an error of [Subscribe].
	Block
)

const (
	// DefaultQueueLength is how many messages wait for a loop by default: a burst
	// of that many arrives whole however slow the loop is. It is meant to be more
	// than a server replays at a time, because a stream that is healthy must not end
	// with [ErrOverflow], and an event that is one number takes 100 bytes to wait. It
	// is DefaultQueueBytes that keeps larger ones from filling the memory.
	DefaultQueueLength = 1 << 16
	// DefaultQueueBytes is how many bytes of messages wait for a loop by default:
	// 65,536 messages of 256 bytes, or 1,600 of 10 KB. A loop that stands still keeps
	// no more than that, and up to 6 MiB of what belongs to the messages.
	DefaultQueueBytes = 16 << 20
)

// SubscribeOptions say how a subscription takes its messages. Nil and the zero
// value mean the defaults.
type SubscribeOptions struct {
	// Codec decodes the data. Default: [codec.JSON]. With the codecs of that package
	// the memory of the data is used again at once: an Unmarshaler has to copy what
	// it keeps, as that of package json says.
	Codec codec.Codec
	// Once ends the subscription after its first message, decoded or not. A
	// gap before it is none.
	Once bool
	// QueueLength is how many messages wait for the loop at the most.
	// Default: [DefaultQueueLength].
	QueueLength int
	// QueueBytes is how many bytes the messages that wait for the loop take at the
	// most: their data and IDs. A message that is larger than that has room while no
	// other waits, under each policy. Default: [DefaultQueueBytes].
	QueueBytes int
	// Overflow is what becomes of a message that finds no room. Default:
	// [End]. Dropped messages are counted in [Stats].
	Overflow Overflow
	// Key tells the key of a message for [KeepLatest], which needs it and
	// which alone uses it. Of the message, Type, ID and Data are set; Data is
	// only lent for the call. It is called as messages arrive, while the
	// Source is locked: it must neither block nor use the Source or its
	// subscriptions. A panic in it closes the Source on its way.
	Key func(eventstream.Message) string
}

// withDefaults returns options with every default filled in, or why they
// cannot be.
func (o *SubscribeOptions) withDefaults() (SubscribeOptions, error) {
	var opts SubscribeOptions
	if o != nil {
		opts = *o
	}
	if opts.Codec == nil {
		opts.Codec = codec.JSON
	}
	if opts.QueueLength == 0 {
		opts.QueueLength = DefaultQueueLength
	}
	if opts.QueueBytes == 0 {
		opts.QueueBytes = DefaultQueueBytes
	}
	switch {
	case opts.QueueLength < 0:
		return opts, fmt.Errorf("eventsource: QueueLength %d is negative", opts.QueueLength)
	case opts.QueueBytes < 0:
		return opts, fmt.Errorf("eventsource: QueueBytes %d is negative", opts.QueueBytes)
	case opts.Overflow < End || opts.Overflow > Block:
		return opts, fmt.Errorf("eventsource: Overflow %d is none of End, DropOldest, KeepLatest and Block", opts.Overflow)
	case opts.Overflow == KeepLatest && opts.Key == nil:
		return opts, fmt.Errorf("eventsource: Overflow KeepLatest needs a Key")
	case opts.Overflow != KeepLatest && opts.Key != nil:
		return opts, fmt.Errorf("eventsource: Key is used by Overflow KeepLatest alone; set that, or leave Key out")
	}
	return opts, nil
}
