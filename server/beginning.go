package server

import (
	"context"
	"fmt"
	"net/http"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// beginning is where a stream begins: the number of the first message it may have,
// and, where the client's place is none of this log's, why.
type beginning struct {
	cursor uint64
	gap    eventstream.GapReason // "" if there is none, or none known yet
}

// lastEventID returns the place that a request names. The header is the browser's
// own, and newer than a query that a client once made its URL with.
func lastEventID(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id
	}
	return r.URL.Query().Get(LastEventIDParameter)
}

// start finds the place that an ID names, as the package comment tells. The error
// is that of a log which cannot be asked.
func (f *Feed) start(ctx context.Context, id string) (beginning, error) {
	if id == "" {
		return beginning{cursor: f.window.recent(f.options.Recent)}, nil
	}
	log, number, ok := parseID(id)
	if ok && log == f.window.log {
		return f.after(ctx, number)
	}
	oldest, _, err := f.bounds(ctx)
	if err != nil {
		return beginning{}, err
	}
	if !ok {
		return beginning{oldest, eventstream.GapMalformed}, nil
	}
	return beginning{oldest, eventstream.GapOtherLog}, nil
}

// after is the place after a number of this log. The window may be behind: what
// another process has published is known to its clients before it is here.
func (f *Feed) after(ctx context.Context, number uint64) (beginning, error) {
	if _, next := f.window.bounds(); number < next {
		return beginning{cursor: number + 1}, nil
	}
	_, next, err := f.bounds(ctx)
	if err != nil {
		return beginning{}, err
	}
	if number < next {
		return beginning{cursor: number + 1}, nil
	}
	return beginning{next, eventstream.GapAhead}, nil
}

// bounds returns what the log has: from oldest to below next.
func (f *Feed) bounds(ctx context.Context) (oldest, next uint64, err error) {
	if f.log == nil {
		oldest, next = f.window.bounds()
		return oldest, next, nil
	}
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	oldest, newest, err := f.log.Bounds(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("server: ask the log %s: %w", f.window.log, err)
	}
	return oldest, newest + 1, nil
}

// next returns messages from cursor on, which may begin above it where some are
// gone; or none, and r is woken once there are some. It waits for the log until
// ctx is done or the stream has ended, which is an error.
func (f *Feed) next(ctx context.Context, ended <-chan struct{}, cursor uint64, r *reader) (span, error) {
	s, from := f.window.read(cursor, r)
	if cursor >= from || f.pages == nil {
		return s, nil
	}
	older, err := f.pages.from(ctx, ended, cursor)
	if err != nil || !older.empty() {
		return older, err
	}
	return s, nil
}
