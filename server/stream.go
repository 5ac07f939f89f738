package server

import (
	"errors"
	"net/http"
)

// ServeHTTP answers a GET with the feed's event stream, from the place that the
// request's Last-Event-ID names (see the package comment), until the client
// leaves, the feed is closed, the grant is withdrawn or the client is cut. HEAD
// gets the headers only, OPTIONS what [Options.Origins] allows. Every other
// answer is plain text: see the package comment too. It panics with
// [http.ErrAbortHandler] when [Client.Cut] says so, and lets a panic of one of the
// functions in [Options] pass; no stream begins then.
func (f *Feed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	admitted, refused := f.admit(w.Header(), r)
	if refused != "" {
		f.refuse(w, refused)
		return
	}
	defer admitted.leave()
	switch r.Method {
	case http.MethodOptions:
		f.origins.preflight(w.Header())
		w.WriteHeader(http.StatusNoContent)
		return
	case http.MethodHead:
		setStreamHeader(w.Header())
		return
	}
	from, err := f.start(r.Context(), lastEventID(r))
	if err != nil {
		f.options.Logger.Warn("a stream cannot begin", "feed", f.options.Name, "error", err)
		f.refuse(w, refusedLog)
		return
	}
	f.serve(w, r, admitted, from)
}

func (f *Feed) serve(w http.ResponseWriter, r *http.Request, admitted admission, from beginning) {
	client := newClient(f, w, r)
	client.cursor.Store(from.cursor)
	if !f.add(client) {
		f.refuse(w, refusedClosed)
		return
	}
	defer f.remove(client)
	if !admitted.grant.open(client) {
		f.refuse(w, refusedForbidden)
		return
	}
	defer admitted.grant.leave(client)
	defer client.left(errPanicked) // if Options.Opened does: the response is of no use then
	setStreamHeader(w.Header())
	if f.options.Opened != nil {
		f.options.Opened(client)
	}
	log := f.options.Logger
	log.Debug("event stream begins", "remote", r.RemoteAddr, "path", r.URL.Path, "last event id", lastEventID(r))
	err := client.left(f.stream(client, w, admitted, from))
	log.Debug("event stream ends", "remote", r.RemoteAddr, "path", r.URL.Path, "cause", err)
	if errors.Is(err, errCut) {
		panic(http.ErrAbortHandler)
	}
	if errors.Is(err, errors.ErrUnsupported) {
		w.Header().Del("Content-Encoding")
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

// stream writes to one client until something ends it, and returns what did.
func (f *Feed) stream(client *Client, w http.ResponseWriter, admitted admission, from beginning) error {
	out, err := newOutput(client, w)
	if err != nil {
		return err
	}
	writer := streamWriter{feed: f, client: client, out: out, filter: admitted.filter, cursor: from.cursor}
	if err := writer.greet(from.gap); err != nil {
		return err
	}
	return writer.run()
}
