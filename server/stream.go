package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/tmaxmax/go-sse"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// ServeHTTP answers a GET with the feed's event stream, from the place that the
// request's Last-Event-ID names (see the package comment), until the client
// leaves, the feed is closed or the client is cut. HEAD gets the headers only,
// another method 405, and a GET after [Feed.Close] 503. It panics with
// [http.ErrAbortHandler], and nothing else, when [Client.Cut] says so.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refuseMethod(w, "GET, HEAD")
		return
	}
	if r.Method == http.MethodHead {
		setStreamHeader(w.Header())
		return
	}
	client := newClient(f, w, r)
	if !f.add(client) {
		http.Error(w, "the event stream is closed", http.StatusServiceUnavailable)
		return
	}
	defer f.remove(client)
	setStreamHeader(w.Header())

	log := f.options.Logger.With("remote", r.RemoteAddr, "path", r.URL.Path)
	log.Debug("event stream begins", "last event id", r.Header.Get("Last-Event-ID"))
	err := client.left(f.stream(client, w, r))
	log.Debug("event stream ends", "cause", err)
	if errors.Is(err, errCut) {
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		http.Error(w, "this server cannot stream", http.StatusInternalServerError)
	}
}

func setStreamHeader(header http.Header) {
	header.Set("Content-Type", "text/event-stream")
	// A proxy that compresses would buffer; one that stores would never end.
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Accel-Buffering", "no")
	header.Set("X-Content-Type-Options", "nosniff")
}

func refuseMethod(w http.ResponseWriter, allow string) {
	w.Header().Set("Allow", allow)
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
}

// stream writes to one client until something ends it, and returns what did.
func (f *Feed) stream(client *Client, w http.ResponseWriter, r *http.Request) error {
	session, err := sse.Upgrade(&pacedWriter{ResponseWriter: w, client: client}, r)
	if err != nil {
		return err
	}
	writer := streamWriter{feed: f, client: client, session: session}
	// Not the session's: an invalid ID would be no ID there.
	cursor, known := f.history.start(lastEventID(r), f.options.Recent)
	if !known {
		writer.gap(0)
	}
	if err := writer.greet(cursor); err != nil {
		return err
	}
	heartbeat := newAlarm(f.options.Heartbeat)
	defer heartbeat.stop()
	for {
		after, again, err := writer.log(cursor)
		if err != nil {
			return err
		}
		if after > cursor {
			heartbeat.restart()
		}
		cursor = after
		select {
		case <-client.ended:
			return nil // client knows why
		case <-r.Context().Done():
			return context.Cause(r.Context())
		case message := <-client.direct:
			err = writer.send(message)
			heartbeat.restart()
		case <-heartbeat.c:
			err = writer.comment("heartbeat")
			heartbeat.restart()
		case <-again:
		}
		if err != nil {
			return err
		}
	}
}

// lastEventID returns the place that a request names. The header is the browser's
// own, and newer than a query that a client once made its URL with.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get(LastEventIDParameter)
}

// streamWriter writes one stream. Each of its methods flushes what it wrote.
type streamWriter struct {
	feed    *Feed
	client  *Client
	session *sse.Session
	batch   [64]*sse.Message
}

// greet writes the block that a stream begins with: the reconnection time, if
// there is one, and as the last event ID the place before cursor.
func (s *streamWriter) greet(cursor uint64) error {
	id, err := sse.NewID(s.feed.history.id(cursor - 1))
	if err != nil {
		return err
	}
	return s.send(&sse.Message{ID: id, Retry: wholeMilliseconds(s.feed.options.Retry)})
}

// log writes the next messages of the log. It returns the cursor after them and
// a channel that is closed once it is worth asking again.
func (s *streamWriter) log(cursor uint64) (after uint64, again <-chan struct{}, err error) {
	n, missed, again := s.feed.history.read(cursor, s.batch[:])
	if missed > 0 {
		s.gap(missed)
	}
	after = cursor + missed + uint64(n)
	if n == 0 {
		return after, again, nil
	}
	defer clear(s.batch[:n]) // a quiet client must not keep what the log has dropped
	if err := s.send(s.batch[:n]...); err != nil {
		return after, nil, err
	}
	s.feed.sent.Add(uint64(n))
	return after, again, nil
}

// gap is where a client learns that the log does not hold its place. missed is
// how many messages it has lost; 0 if that cannot be known. The messages that
// follow the gap have not been written yet.
func (s *streamWriter) gap(missed uint64) {
	s.feed.gaps.Add(1)
	s.feed.missed.Add(missed)
}

func (s *streamWriter) comment(text string) error {
	encoded, _, err := encode(&eventstream.Message{Comment: text})
	if err != nil {
		return err
	}
	return s.send(encoded)
}

func (s *streamWriter) send(messages ...*sse.Message) error {
	for _, message := range messages {
		if err := s.session.Send(message); err != nil {
			return err
		}
	}
	return s.session.Flush()
}

// pacedWriter gives the client the write timeout anew for each piece, so that
// the timeout limits how long a client is stuck and not how large a message is.
type pacedWriter struct {
	http.ResponseWriter
	client  *Client
	allowed int // bytes that may still be written by the deadline set last
}

const piece = 64 << 10

func (w *pacedWriter) Write(b []byte) (written int, err error) {
	for {
		if w.allowed == 0 {
			w.client.allowWrite()
			w.allowed = piece
		}
		part := b[written:min(len(b), written+w.allowed)]
		n, err := w.ResponseWriter.Write(part)
		written += n
		w.allowed -= len(part)
		if err != nil || written == len(b) {
			return written, err
		}
	}
}

// FlushError ends a piece: what is written next may come much later.
func (w *pacedWriter) FlushError() error {
	w.client.allowWrite()
	w.allowed = 0
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// alarm is a timer that may be off.
type alarm struct {
	after time.Duration
	timer *time.Timer
	c     <-chan time.Time // nil, never ready, if the alarm is off
}

func newAlarm(after time.Duration) *alarm {
	if after <= 0 {
		return &alarm{}
	}
	timer := time.NewTimer(after)
	return &alarm{after: after, timer: timer, c: timer.C}
}

func (a *alarm) restart() {
	if a.timer != nil {
		a.timer.Reset(a.after)
	}
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
