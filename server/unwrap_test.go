package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// Response writers as middlewares write them.
type (
	statusWriter struct { // the usual mistake
		http.ResponseWriter
		status int
	}
	namedWriter struct {
		status int
		inner  http.ResponseWriter
	}
	unwrapping struct{ http.ResponseWriter }
	flushing   struct{ unwrapping } // flushes what it wraps if that can
	opaque     struct {             // flushes, and hides the deadlines
		http.ResponseWriter
		http.Flusher
	}
)

func (w namedWriter) Header() http.Header         { return w.inner.Header() }
func (w namedWriter) Write(b []byte) (int, error) { return w.inner.Write(b) }
func (w namedWriter) WriteHeader(status int)      { w.inner.WriteHeader(status) }

func (w unwrapping) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w flushing) Flush() { w.ResponseWriter.(http.Flusher).Flush() }

// logged returns a logger and what it has been told.
func logged() (*slog.Logger, *bytes.Buffer) {
	text := new(bytes.Buffer)
	return slog.New(slog.NewTextHandler(text, &slog.HandlerOptions{Level: slog.LevelWarn})), text
}

// A response writer that cannot stream is named, with what it lacks, in the answer
// and once in the log. HEAD is answered like GET.
func TestWriterThatCannotStream(t *testing.T) {
	for _, test := range []struct {
		name string
		wrap func(http.ResponseWriter) http.ResponseWriter
		want []string
	}{
		{"neither Flush nor Unwrap", func(w http.ResponseWriter) http.ResponseWriter { return &statusWriter{ResponseWriter: w} },
			[]string{"*server.statusWriter", "func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }"}},
		{"by value, with a field", func(w http.ResponseWriter) http.ResponseWriter { return namedWriter{inner: w} },
			[]string{"server.namedWriter", "func (w namedWriter) Unwrap() http.ResponseWriter { return w.inner }"}},
		{"inside of others", func(w http.ResponseWriter) http.ResponseWriter { return unwrapping{&statusWriter{ResponseWriter: w}} },
			[]string{"*server.statusWriter"}},
		{"below one that flushes", func(w http.ResponseWriter) http.ResponseWriter {
			return flushing{unwrapping{&statusWriter{ResponseWriter: w}}}
		}, []string{"*server.statusWriter"}},
		{"without a name", func(w http.ResponseWriter) http.ResponseWriter { return struct{ http.ResponseWriter }{w} },
			[]string{"struct { http.ResponseWriter }", "Unwrap() http.ResponseWriter"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			logger, log := logged()
			f := New(&Options{Compress: true, MaxClients: 1, Logger: logger})
			defer f.Close()
			const requests = 3
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				for range requests {
					recorder := httptest.NewRecorder()
					r := httptest.NewRequest(method, "/events", nil)
					r.Header.Set("Accept-Encoding", "gzip")
					f.ServeHTTP(test.wrap(recorder), r)
					text := wantRefused(t, recorder.Result(), http.StatusInternalServerError)
					for _, want := range test.want {
						if !strings.Contains(text, want) {
							t.Errorf("%s: got %q, want %q in it", method, text, want)
						}
						if !strings.Contains(log.String(), want) {
							t.Errorf("%s: got the log %q, want %q in it", method, log, want)
						}
					}
				}
			}
			if got := strings.Count(log.String(), "level=ERROR"); got != 1 || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("got the log %q, want one error", log)
			}
			if got := f.Stats().Refused; got != 2*requests {
				t.Errorf("got %d refused, want %d", got, 2*requests)
			}
			wantNobody(t, f)
		})
	}
}

func TestTimeoutHandlerIsNamed(t *testing.T) {
	logger, log := logged()
	f := New(&Options{Logger: logger})
	defer f.Close()
	recorder := httptest.NewRecorder()
	http.TimeoutHandler(f, time.Minute, "late").ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/", nil))
	text := wantRefused(t, recorder.Result(), http.StatusInternalServerError)
	if !strings.HasPrefix(text, "http.TimeoutHandler") || !strings.Contains(log.String(), "http.TimeoutHandler") {
		t.Errorf("got %q and the log %q, want http.TimeoutHandler named", text, log)
	}
}

// What says only as it is flushed that it cannot be is logged, and its answer is
// broken rather than empty: the status has been written.
func TestWriterThatFailsToFlush(t *testing.T) {
	logger, log := logged()
	f := New(&Options{Logger: logger})
	defer f.Close()
	defer func() {
		if thrown := recover(); thrown != http.ErrAbortHandler {
			t.Errorf("got the panic %v, want http.ErrAbortHandler", thrown)
		}
		if !strings.Contains(log.String(), "server.unsupportedWriter") {
			t.Errorf("got the log %q, want the writer's type", log)
		}
		wantNobody(t, f)
	}()
	f.ServeHTTP(unsupportedWriter{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", nil))
}

type unsupportedWriter struct{ *httptest.ResponseRecorder }

func (unsupportedWriter) FlushError() error { return http.ErrNotSupported }

// A response writer that hides the deadlines leaves streams to the server's write
// timeout: that is said, and only if the server has one.
func TestWriterWithoutDeadlinesIsNamed(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Hour} {
		logger, log := logged()
		f := New(&Options{Logger: logger})
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f.ServeHTTP(opaque{w, w.(http.Flusher)}, r)
		}))
		s.Config.WriteTimeout = timeout
		s.Start()
		for range 3 {
			connect(t, s.URL, "").Body.Close()
		}
		f.Close()
		s.Close()
		want := 0
		if timeout > 0 {
			want = 1
		}
		if got := strings.Count(log.String(), "server.opaque has no Unwrap"); got != want {
			t.Errorf("with a timeout of %v: got the log %q, want %d warnings", timeout, log, want)
		}
	}
}

// A deadline that a middleware gives the request is not the client's leaving: the
// stream ends in good order, and once it is said why.
func TestDeadlineOfAMiddleware(t *testing.T) {
	custom := errors.New("maintenance begins")
	for _, test := range []struct {
		name  string
		limit func(context.Context) (context.Context, context.CancelFunc)
		cause string
		warns int
	}{
		{"deadline", func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Millisecond)
		}, "deadline", 1},
		{"cause", func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(custom)
			return ctx, func() {}
		}, custom.Error(), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			log := new(bytes.Buffer)
			f := New(&Options{Logger: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			defer f.Close()
			for range 2 {
				ctx, cancel := test.limit(t.Context())
				defer cancel()
				recorder := httptest.NewRecorder()
				f.ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
				if body := recorder.Body.String(); strings.Count(body, "retry: ") != 2 {
					t.Errorf("got %q, want a reconnection time at its end", body)
				}
			}
			if got := log.String(); strings.Contains(got, errLeft.Error()) || !strings.Contains(got, test.cause) {
				t.Errorf("got the log %q, want the cause %q in it", got, test.cause)
			}
			if got := strings.Count(log.String(), "level=WARN"); got != test.warns {
				t.Errorf("got the log %q, want %d warnings", log, test.warns)
			}
		})
	}
}
