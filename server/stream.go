package server

import (
	"errors"
	"fmt"
	"net/http"
)

// ServeHTTP answers a GET with the feed's event stream, from the place that the
// request's Last-Event-ID names (see the package comment), until the client
// leaves, the feed is closed, the grant is withdrawn or the client is cut. HEAD
// gets the headers only, OPTIONS what [Options.Origins] allows. Every other
// answer is plain text: see the package comment too. It panics with
// [http.ErrAbortHandler] when [Client.Cut] says so or a response writer fails to flush
// because it cannot, and lets a panic of one of the
// functions in [Options] pass; no stream begins then.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := f.judge(w, r)
	if s == nil {
		return
	}
	defer s.end()
	s.begin()
	s.run()
}

// judge answers what is no stream, and returns nil then. The caller ends what it
// returns else.
func (f *Feed) judge(w http.ResponseWriter, r *http.Request) *streamWriter {
	admitted, refused := f.admit(w.Header(), r)
	if refused != "" {
		f.refuse(w, refused)
		return nil
	}
	s, refused := f.newStream(w, r, admitted)
	if s == nil {
		admitted.leave()
	}
	if refused != "" {
		f.refuse(w, refused)
	}
	return s
}

// newStream makes the stream of a request that has been admitted, where it is for one.
func (f *Feed) newStream(w http.ResponseWriter, r *http.Request, admitted admission) (*streamWriter, refusal) {
	switch r.Method {
	case http.MethodOptions:
		f.origins.preflight(w.Header())
		w.WriteHeader(http.StatusNoContent)
		return nil, ""
	case http.MethodHead:
		if !f.judgeWriter(w, r) {
			return nil, refusedWriter
		}
		setStreamHeader(w.Header())
		return nil, ""
	}
	if !f.judgeWriter(w, r) {
		return nil, refusedWriter
	}
	from, err := f.start(r.Context(), lastEventID(r))
	if err != nil {
		f.options.Logger.Warn("a stream cannot begin", "feed", f.options.Name, "error", err)
		return nil, refusedLog
	}
	client := newClient(f, w, r)
	client.cursor.Store(from.cursor)
	if !f.add(client) {
		return nil, refusedClosed
	}
	if !admitted.grant.open(client) {
		client.left(errNotBegun)
		f.remove(client)
		return nil, refusedForbidden
	}
	s := &streamWriter{
		feed: f, client: client, response: w, admitted: admitted,
		cursor: from.cursor, gapAt: from.gap, finished: make(chan struct{}),
	}
	s.reader.wake = client.task.wake
	client.task.turn = s.turn
	return s, ""
}

// begin tells of the stream.
func (s *streamWriter) begin() {
	setStreamHeader(s.response.Header())
	if s.feed.options.Opened != nil {
		s.err = errNotBegun // if it panics: the response is of no use then
		s.feed.options.Opened(s.client)
		s.err = nil
	}
	r := s.client.request
	s.feed.options.Logger.Debug("event stream begins", "remote", r.RemoteAddr, "path", r.URL.Path, "last event id", lastEventID(r))
}

// end takes leave of the client.
func (s *streamWriter) end() {
	err := s.client.left(s.err)
	s.admitted.grant.leave(s.client)
	s.feed.remove(s.client)
	s.admitted.leave()
	r := s.client.request
	s.feed.options.Logger.Debug("event stream ends", "remote", r.RemoteAddr, "path", r.URL.Path, "cause", err)
	if errors.Is(err, errCut) {
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, errDeadline) {
		s.feed.adviseOnce(errDeadline, func() {
			s.feed.options.Logger.Warn("a middleware limits the time of a request, which ends event streams: mount the feed outside of it",
				"feed", s.feed.options.Name, "path", r.URL.Path)
		})
	}
	if errors.Is(err, errors.ErrUnsupported) {
		s.feed.options.Logger.Error("the response writer says that it cannot flush, so events cannot be streamed through it",
			"feed", s.feed.options.Name, "path", r.URL.Path, "writer", fmt.Sprintf("%T", s.response), "error", err)
		panic(http.ErrAbortHandler) // the status is on its way: it must not look like a stream that ended well
	}
}

func setStreamHeader(header http.Header) {
	header.Set("Content-Type", "text/event-stream")
	// A proxy that compresses would buffer; one that stores would never end.
	header.Set("Cache-Control", "no-store, no-transform")
	header.Set("X-Accel-Buffering", "no")
	header.Set("X-Content-Type-Options", "nosniff")
}
