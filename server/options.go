package server

import (
	"log/slog"
	"net/http"
	"time"
)

// Options says how a [Feed] keeps and sends messages, and to whom. The zero
// value, and a nil *Options, stand for the defaults.
type Options struct {
	// Name is the feed's name, by which a [Grant] allows it and its metrics
	// are told from another feed's. Default "events".
	Name string

	// History is how many messages the feed holds in memory. Default 4096.
	History int
	// HistoryBytes is how many bytes of encoded messages the feed holds in
	// memory; the newest message is held whatever its size. Default 64 MiB.
	HistoryBytes int64
	// Recent is how many of the messages in memory a client without a
	// Last-Event-ID gets first. Default 0: only what is published from then on.
	Recent int

	// Heartbeat is how long a stream may be quiet before it gets a comment line
	// and an event of the type [eventstream.HeartbeatEvent], which package
	// eventsource hides. Default 15 s; a negative one turns it off.
	Heartbeat time.Duration
	// Retry is the reconnection time sent at the beginning and at the end of
	// each stream, in whole milliseconds rounded up. Each time it is made longer
	// by up to a half at random, so that clients which lost their streams at
	// the same moment do not come back at the same moment. Default 2 s; below
	// zero none is sent, and the client keeps its own.
	Retry time.Duration
	// WriteTimeout is how long a client may take to accept 64 KiB, or
	// whatever less there is to write, before its connection is dropped.
	// Default 10 s; below zero there is no limit.
	WriteTimeout time.Duration
	// Compress sends a stream compressed by gzip, each flush whole, to clients
	// that accept it. It costs about 800 KiB of memory for each such stream.
	// Default false.
	Compress bool

	// MaxClients is how many streams may be open at the same time. One more is
	// answered with 503. Default 0: no limit.
	MaxClients int
	// MaxClientsPerAddress is how many of them may come from one address. A
	// browser's tabs come from one, and so does everybody behind a proxy: see
	// Address. Default 0: no limit.
	MaxClientsPerAddress int
	// Address says where a request comes from, for MaxClientsPerAddress: what
	// a proxy of one's own has put into a header, say. Default: the
	// connection's address without its port, and by IPv6 its network of 64
	// bits, since whoever has one address there has all.
	Address func(*http.Request) string

	// Authorize decides about each request, before anything of the answer is
	// sent: GET and HEAD alike. It returns a grant for this feed's name, or an
	// error that wraps [ErrUnauthorized] (401) or [ErrForbidden] (403); another
	// error means that it could not be decided (503). No grant and no error,
	// and a grant for other feeds, are 403. Default: everybody may read.
	Authorize func(*http.Request) (*Grant, error)
	// Origins are the origins, such as "https://example.com", from whose pages
	// the stream may be read beside its own host's; "*" stands for all, and a
	// first label "*" for any one label: "https://*.example.dev". A slash at the
	// end and a scheme's own port are left out; what else is not an origin, such
	// as "example.com" or a URL with a path, is an error. Other
	// pages' requests are answered with 403. Default: none.
	Origins []string
	// Credentials lets those pages send cookies: those of an origin that is in
	// Origins by its name, or by a "*" for its first label. Default false.
	Credentials bool
	// AllowHeaders are names of request headers that those pages may send, beside
	// Authorization, Cache-Control and Last-Event-ID: "X-Api-Key", say. Default:
	// none.
	AllowHeaders []string

	// Opened is called in the stream's goroutine for each stream that has been
	// admitted, before anything is written to it: a message that it sends by
	// [Client.Send] is the first one.
	Opened func(*Client)
	// Logger is told, at level Debug, of streams that begin and end, and of
	// faults of the log. A middleware that keeps streams from working is an error or
	// a warning there, once for each kind. Default [slog.Default].
	Logger *slog.Logger
}

// Defaults of [Options].
const (
	defaultName         = "events"
	defaultHistory      = 4096
	defaultHistoryBytes = 64 << 20
	defaultHeartbeat    = 15 * time.Second
	defaultRetry        = 2 * time.Second
	defaultWriteTimeout = 10 * time.Second
)

// Validate reports an entry of Origins or AllowHeaders that can never match. The error
// says what to write instead. [Open] returns it, and [New] panics with it. Nil options
// are valid.
func (o *Options) Validate() error {
	if o == nil {
		return nil
	}
	_, err := newCrossOrigin(o)
	return err
}

func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	orDefault(&filled.Name, defaultName)
	if filled.History <= 0 {
		filled.History = defaultHistory
	}
	if filled.HistoryBytes <= 0 {
		filled.HistoryBytes = defaultHistoryBytes
	}
	orDefault(&filled.Heartbeat, defaultHeartbeat)
	orDefault(&filled.Retry, defaultRetry)
	orDefault(&filled.WriteTimeout, defaultWriteTimeout)
	orDefault(&filled.Logger, slog.Default())
	if filled.Address == nil {
		filled.Address = remoteAddress
	}
	filled.Recent = max(filled.Recent, 0)
	filled.Retry = max(filled.Retry, 0)
	return filled
}

func orDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
