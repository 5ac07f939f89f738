package server

import (
	"fmt"
	"net/http"
	"reflect"
	"time"
)

// innermost returns the response writer that the others wrap, as far as they say
// so by a method Unwrap.
func innermost(w http.ResponseWriter) http.ResponseWriter {
	for {
		wrapper, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return w
		}
		inner := wrapper.Unwrap()
		if inner == nil {
			return w
		}
		w = inner
	}
}

// canFlush reports whether what is written to w can be sent at once. The innermost
// writer decides: a Flush that wraps a writer without one panics or does nothing.
func canFlush(w http.ResponseWriter) bool {
	switch innermost(w).(type) {
	case http.Flusher, interface{ FlushError() error }:
		return true
	}
	return false
}

// canLimitWrites reports whether writes to w can be given a deadline.
func canLimitWrites(w http.ResponseWriter) bool {
	_, ok := innermost(w).(interface{ SetWriteDeadline(time.Time) error })
	return ok
}

// unstreamable says why events cannot be streamed through w, and what to do.
func unstreamable(w http.ResponseWriter) string {
	t := reflect.TypeOf(innermost(w))
	if t.String() == "*http.timeoutWriter" {
		return "http.TimeoutHandler holds a response back until its handler returns, so events cannot be streamed: mount the feed outside of it"
	}
	return fmt.Sprintf("the response writer %s has neither Flush nor Unwrap, so events cannot be streamed through it: add the line %s, or mount the feed outside of that middleware", t, unwrapLine(t))
}

// unwrapLine returns the method that a response writer lacks.
func unwrapLine(t reflect.Type) string {
	receiver, bare := "", t
	if t.Kind() == reflect.Pointer {
		receiver, bare = "*", t.Elem()
	}
	if name := bare.Name(); name != "" {
		receiver += name
	} else {
		receiver += "T"
	}
	return fmt.Sprintf("func (w %s) Unwrap() http.ResponseWriter { return w.%s }", receiver, wrappedField(bare))
}

// wrappedField returns the name of the field that holds the wrapped writer.
func wrappedField(t reflect.Type) string {
	const usual = "ResponseWriter"
	if t.Kind() != reflect.Struct {
		return usual
	}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Type.Kind() == reflect.Interface && field.Type.Implements(reflect.TypeFor[http.ResponseWriter]()) {
			return field.Name
		}
	}
	return usual
}

// adviseOnce logs what a middleware does to the feed's streams, once for each key.
func (f *Feed) adviseOnce(key any, advise func()) {
	if _, advised := f.advised.LoadOrStore(key, nil); !advised {
		advise()
	}
}

// unlimited is the key under which a response writer's type was reported to know no
// deadlines.
type unlimited struct{ reflect.Type }

// judgeWriter reports whether a stream can be written to w. It logs, once for each
// type of response writer, what is wrong.
func (f *Feed) judgeWriter(w http.ResponseWriter, r *http.Request) bool {
	if !canFlush(w) {
		f.adviseOnce(reflect.TypeOf(innermost(w)), func() {
			f.options.Logger.Error(unstreamable(w), "feed", f.options.Name, "path", r.URL.Path)
		})
		return false
	}
	srv, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if srv == nil || srv.WriteTimeout <= 0 || canLimitWrites(w) {
		return true
	}
	t := reflect.TypeOf(innermost(w))
	f.adviseOnce(unlimited{t}, func() {
		f.options.Logger.Warn(fmt.Sprintf("the response writer %s has no Unwrap, so http.Server.WriteTimeout ends each stream: add the line %s, or mount the feed outside of that middleware", t, unwrapLine(t)),
			"feed", f.options.Name, "path", r.URL.Path, "timeout", srv.WriteTimeout)
	})
	return true
}
