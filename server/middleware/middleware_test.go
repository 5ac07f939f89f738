package middleware

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	gingzip "github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/gorilla/handlers"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// stack is a way to serve a handler.
type stack struct {
	name       string
	compresses bool
	serve      func(http.Handler) http.Handler
}

var stacks = []stack{
	{"chi", false, func(h http.Handler) http.Handler { return withChi(h) }},
	{"chi Compress", true, func(h http.Handler) http.Handler {
		return withChi(h, chimiddleware.Compress(5, "text/event-stream"))
	}},
	{"chi Compress inside of Logger and Recoverer", true, func(h http.Handler) http.Handler {
		quiet := &chimiddleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0), NoColor: true}
		return withChi(h, chimiddleware.RequestID, chimiddleware.RequestLogger(quiet), chimiddleware.Recoverer,
			chimiddleware.Compress(5, "text/event-stream"))
	}},
	{"gin", false, func(h http.Handler) http.Handler { return withGin(h, gin.LoggerWithWriter(io.Discard), gin.Recovery()) }},
	{"gin gzip", true, func(h http.Handler) http.Handler { return withGin(h, gingzip.Gzip(gingzip.DefaultCompression)) }},
	{"echo", false, func(h http.Handler) http.Handler { return withEcho(h, echomiddleware.Recover()) }},
	{"echo Gzip", true, func(h http.Handler) http.Handler { return withEcho(h, echomiddleware.Gzip()) }},
	{"echo Gzip from 1 KiB on", true, func(h http.Handler) http.Handler {
		return withEcho(h, echomiddleware.GzipWithConfig(echomiddleware.GzipConfig{MinLength: 1 << 10}))
	}},
	{"gorilla", false, func(h http.Handler) http.Handler { return handlers.CombinedLoggingHandler(io.Discard, h) }},
	{"gorilla CompressHandler", true, handlers.CompressHandler},
	{"klauspost gzhttp", true, func(h http.Handler) http.Handler { return gzhttp.GzipHandler(h) }},
}

func withChi(h http.Handler, use ...func(http.Handler) http.Handler) http.Handler {
	r := chi.NewRouter()
	r.Use(use...)
	r.Handle("/", h)
	return r
}

func withGin(h http.Handler, use ...gin.HandlerFunc) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	r := gin.New()
	r.UseH2C = false
	r.Use(use...)
	r.GET("/", gin.WrapH(h))
	r.HEAD("/", gin.WrapH(h))
	return r
}

func withEcho(h http.Handler, use ...echo.MiddlewareFunc) http.Handler {
	e := echo.New()
	e.Use(use...)
	e.GET("/", echo.WrapHandler(h))
	e.HEAD("/", echo.WrapHandler(h))
	return e
}

// client speaks that version of HTTP only, and undoes no compression by itself.
func client(t *testing.T, major int) *http.Client {
	t.Helper()
	transport := &http.Transport{DisableCompression: true, Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(major == 1)
	transport.Protocols.SetUnencryptedHTTP2(major == 2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.Config = server.NewHTTPServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func do(t *testing.T, c *http.Client, method, url, accept string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timescale.Bound(time.Minute))
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept-Encoding", accept)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

// decoded is the body as its Content-Encoding says. It fails the test if that is said
// twice.
func decoded(t *testing.T, res *http.Response) (body *bufio.Reader, encoding string) {
	t.Helper()
	encodings := res.Header.Values("Content-Encoding")
	switch {
	case len(encodings) == 0:
		return bufio.NewReader(res.Body), ""
	case len(encodings) > 1 || encodings[0] != "gzip":
		t.Fatalf("got the encodings %q, want gzip or none", encodings)
	}
	plain, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(plain), "gzip"
}

// data returns the data of the next event, in one line.
func data(t *testing.T, body *bufio.Reader) string {
	t.Helper()
	for {
		line, err := body.ReadString('\n')
		if err != nil {
			t.Fatalf("read the stream: %v, after %q", err, line)
		}
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			return strings.TrimSuffix(text, "\n")
		}
	}
}

// Behind each middleware a stream is what its header says it is; each event comes
// before the next one is published; and the stream ends whole.
func TestStream(t *testing.T) {
	for _, stack := range stacks {
		for _, compress := range []bool{false, true} {
			for _, accept := range []string{"", "gzip"} {
				for major := 1; major <= 2; major++ {
					name := fmt.Sprintf("%s/feed compresses %t/accepts %q/HTTP %d", stack.name, compress, accept, major)
					t.Run(name, func(t *testing.T) {
						feed := server.New(&server.Options{Compress: compress, Logger: slog.New(slog.DiscardHandler)})
						defer feed.Close()
						s := serve(t, stack.serve(feed))
						res := do(t, client(t, major), http.MethodGet, s.URL, accept)
						if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
							t.Fatalf("got %s, %q, want an event stream", res.Status, got)
						}
						body, encoding := decoded(t, res)
						if want := accept == "gzip" && (compress || stack.compresses); (encoding == "gzip") != want {
							t.Errorf("got the encoding %q, want gzip: %t", encoding, want)
						}
						for i := range 20 {
							text := strings.Repeat("x", 7*i*i)
							if _, err := feed.PublishMessage(t.Context(), eventstream.Message{Data: []byte(text)}); err != nil {
								t.Fatal(err)
							}
							if got := data(t, body); got != text {
								t.Fatalf("event %d: got %q, want %q", i, got, text)
							}
						}
						feed.Close()
						rest, err := io.ReadAll(body)
						if err != nil || !strings.HasPrefix(string(rest), "\nretry: ") {
							t.Errorf("got %q, %v, want a reconnection time and the end", rest, err)
						}
					})
				}
			}
		}
	}
}

// HEAD is answered behind each middleware, at once.
func TestHead(t *testing.T) {
	for _, stack := range stacks {
		t.Run(stack.name, func(t *testing.T) {
			feed := server.New(&server.Options{Logger: slog.New(slog.DiscardHandler)})
			defer feed.Close()
			s := serve(t, stack.serve(feed))
			res := do(t, client(t, 1), http.MethodHead, s.URL, "gzip")
			if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
				t.Errorf("got %s, %q, want an event stream", res.Status, got)
			}
		})
	}
}

// text is a log that handlers may write to at the same time.
type text struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (l *text) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.Write(b)
}

func (l *text) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bytes.String()
}

// A stream within chi's Timeout ends in good order, and the log names the cause.
func TestChiTimeout(t *testing.T) {
	var said text
	feed := server.New(&server.Options{Logger: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	defer feed.Close()
	s := serve(t, withChi(feed, chimiddleware.Timeout(20*time.Millisecond)))
	res := do(t, client(t, 1), http.MethodGet, s.URL, "")
	body, err := io.ReadAll(res.Body)
	if err != nil || strings.Count(string(body), "retry: ") != 2 {
		t.Errorf("got %q, %v, want a reconnection time at the end", body, err)
	}
	s.Close() // the handler has returned
	if got := said.String(); strings.Contains(got, "the client has left") || strings.Count(got, "level=WARN") != 1 ||
		!strings.Contains(got, "deadline exceeded") {
		t.Errorf("got the log %q, want one warning of a deadline", got)
	}
}

// A middleware whose writer cannot flush is named to the client and in the log, for
// GET and HEAD.
func TestTimeoutHandler(t *testing.T) {
	var said text
	feed := server.New(&server.Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	defer feed.Close()
	for _, stack := range stacks {
		s := serve(t, http.TimeoutHandler(stack.serve(feed), time.Minute, "late"))
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			res := do(t, client(t, 1), method, s.URL, "")
			answer, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusInternalServerError {
				t.Errorf("%s, %s: got %s, %v, want 500", stack.name, method, res.Status, err)
			}
			if method == http.MethodGet && !strings.HasPrefix(string(answer), "http.TimeoutHandler") {
				t.Errorf("%s: got %q, want http.TimeoutHandler named", stack.name, answer)
			}
		}
	}
	if got := strings.Count(said.String(), "level=ERROR"); got != 1 {
		t.Errorf("got the log %q, want one error", said.String())
	}
}
