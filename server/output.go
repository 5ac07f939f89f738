package server

import (
	"compress/gzip"
	"net/http"
	"time"
)

// output is where a stream's bytes go: through the compression if there is one,
// paced, into the response.
type output struct {
	client *Client
	paced  *pacedWriter
	zip    *gzip.Writer // nil without compression
	dirty  bool         // something has been written and not flushed
	err    error        // the first one
}

// newOutput sends the header of the answer. It returns an error that wraps
// [errors.ErrUnsupported] if the response cannot be flushed.
//
// The status is written before the flush: a middleware that compresses decides
// then, and one that is flushed first would send its bytes undeclared. What such a
// middleware declares, before that or by the flush, it compresses, and this must
// not compress it too.
func newOutput(client *Client, w http.ResponseWriter) (*output, error) {
	compressed := client.feed.options.Compress && acceptsGzip(client.request) && w.Header().Get("Content-Encoding") == ""
	if client.feed.options.Compress {
		w.Header().Add("Vary", "Accept-Encoding")
	}
	declared := []string{"gzip"}
	if compressed {
		w.Header()["Content-Encoding"] = declared
	}
	paced := &pacedWriter{ResponseWriter: w, client: client, multiplexed: client.request.ProtoMajor >= 2}
	out := &output{client: client, paced: paced}
	w.WriteHeader(http.StatusOK)
	if err := paced.FlushError(); err != nil {
		return nil, err
	}
	if now := w.Header()["Content-Encoding"]; compressed && len(now) == 1 && &now[0] == &declared[0] {
		out.zip = gzip.NewWriter(paced)
	}
	return out, nil
}

func acceptsGzip(r *http.Request) bool {
	return parseAcceptEncoding(r.Header.Values("Accept-Encoding")).of("gzip") > 0
}

// write adds bytes to what the next flush sends. What goes wrong is the flush's
// to tell.
func (o *output) write(b []byte) {
	if o.err != nil {
		return
	}
	o.dirty = true
	o.client.feed.counters.bytes.Add(uint64(len(b)))
	if o.zip != nil {
		_, o.err = o.zip.Write(b)
	} else {
		_, o.err = o.paced.Write(b)
	}
}

// flush sends what has been written.
func (o *output) flush() error {
	if o.err != nil || !o.dirty {
		return o.err
	}
	o.dirty = false
	if o.zip != nil {
		if o.err = o.zip.Flush(); o.err != nil {
			return o.err
		}
	}
	o.err = o.paced.FlushError()
	return o.err
}

// close ends the compression.
func (o *output) close() error {
	if o.zip == nil {
		return nil
	}
	return o.zip.Close()
}

// pacedWriter gives the client the write timeout anew for each piece, so that
// the timeout limits how long a client is stuck and not how large a message is.
type pacedWriter struct {
	http.ResponseWriter
	client      *Client
	multiplexed bool      // many streams on one connection, as HTTP/2 has it
	allowed     int       // bytes that may still be written by the deadline
	deadline    time.Time // the one set last
	freed       bool      // from the http.Server's deadline
}

const piece = 64 << 10

func (w *pacedWriter) Write(b []byte) (written int, err error) {
	for {
		if w.allowed == 0 {
			w.allow()
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
	w.allow()
	w.allowed = 0
	err := http.NewResponseController(w.ResponseWriter).Flush()
	if w.multiplexed {
		// The deadline of a stream that is one of many ends it also while nothing
		// is being written.
		w.deadline = time.Time{}
		w.client.allowWrite(w.deadline)
	}
	return err
}

// allow lets the client have the write timeout from now on, or a little less: to
// move a deadline costs as much as to send a small message.
func (w *pacedWriter) allow() {
	timeout := w.client.feed.options.WriteTimeout
	if timeout < 0 {
		if !w.freed {
			w.freed = true
			w.client.allowWrite(time.Time{})
		}
		return
	}
	now := time.Now()
	if w.deadline.Sub(now) < timeout-timeout/8 {
		w.deadline = now.Add(timeout)
		w.client.allowWrite(w.deadline)
	}
}
