package server

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// connectZipped opens a stream with that Accept-Encoding.
func connectZipped(t *testing.T, client *http.Client, url, accept string) *conn {
	t.Helper()
	client.Transport.(*http.Transport).DisableCompression = true
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accept != "" {
		req.Header.Set("Accept-Encoding", accept)
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	body := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(body); err != nil {
			t.Fatal(err)
		}
	}
	c := &conn{t: t, Response: res, blocks: &blockReader{bufio.NewReader(body)}}
	c.first = c.block()
	return c
}

// Each event comes whole, before the next one is published.
func TestCompressedStreamHoldsNothingBack(t *testing.T) {
	f := New(&Options{Compress: true, WriteTimeout: -1})
	bothVersions(t, f, func(t *testing.T, url string, client *http.Client) {
		c := connectZipped(t, client, url, "gzip")
		if got := c.Header.Get("Content-Encoding"); got != "gzip" {
			t.Fatalf("got %q, want gzip", got)
		}
		for i := range 100 {
			text := strings.Repeat("x", i*i)
			publish(t, f, text)
			c.want(text)
		}
		c.Body.Close()
	})
}

func TestAcceptEncoding(t *testing.T) {
	for _, compress := range []bool{true, false} {
		f, url := serve(t, &Options{Compress: compress})
		for accept, zipped := range map[string]bool{
			"": false, "gzip": true, "GZIP": true, "x-gzip": true, "br, gzip;q=0.1": true, "*": true, "*;q=0.5, identity": true, "deflate, br": false,
			"gzip;q=0": false, "gzip;q=0.0, *": false, "identity": false, "gzip;q=2": false, "gzip;level=9": false, "*;q=0": false, "gzipped": false,
		} {
			c := connectZipped(t, clientOf(t, 1), url, accept)
			if got := c.Header.Get("Content-Encoding") == "gzip"; got != (zipped && compress) {
				t.Errorf("compress %t, %q: got %q", compress, accept, c.Header.Get("Content-Encoding"))
			}
			if got := c.Header.Get("Vary") == "Accept-Encoding"; got != compress {
				t.Errorf("compress %t, %q: got Vary: %q", compress, accept, c.Header.Get("Vary"))
			}
			publish(t, f, accept+" ")
			c.want(accept + " ")
			c.Body.Close()
		}
	}
}

// A compressed stream ends as the format has it, whatever ends it in good order.
func TestCompressedStreamEndsWhole(t *testing.T) {
	for name, end := range map[string]func(*Feed, *Grant, *fakeLog){
		"closed":    func(f *Feed, _ *Grant, _ *fakeLog) { f.Close() },
		"withdrawn": func(_ *Feed, g *Grant, _ *fakeLog) { g.Withdraw() },
		"lost":      func(_ *Feed, _ *Grant, l *fakeLog) { l.do(func() { l.lost = ErrLog }) },
	} {
		t.Run(name, func(t *testing.T) {
			grant, l := NewGrant(AllFeeds), newFakeLog(1)
			f := open(t, l, &Options{Compress: true, Logger: quiet, Authorize: func(*http.Request) (*Grant, error) { return grant, nil }})
			bothVersions(t, f, func(t *testing.T, url string, client *http.Client) {
				if f.unusable() != nil || !grant.allows("events") {
					return // ended by the other version's test
				}
				other := clientOf(t, 3-major(client))
				conns := []*conn{connectZipped(t, client, url, "gzip"), connectZipped(t, other, url, "gzip")}
				end(f, grant, l)
				for _, c := range conns {
					rest, err := io.ReadAll(c.blocks.lines)
					if err != nil || !strings.HasPrefix(string(rest), "retry: ") {
						t.Errorf("%s: got %q, %v, want a reconnection time and the end", c.Proto, rest, err)
					}
				}
			})
		})
	}
}

func major(client *http.Client) int {
	if client.Transport.(*http.Transport).Protocols.UnencryptedHTTP2() {
		return 2
	}
	return 1
}

// failingWriter takes the header and then nothing.
type failingWriter struct{ *httptest.ResponseRecorder }

func (w failingWriter) Write([]byte) (int, error) { return 0, errors.New("broken") }

func TestCompressedStreamThatBreaks(t *testing.T) {
	f := New(&Options{Compress: true, MaxClients: 1})
	defer f.Close()
	for range 2 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Encoding", "gzip")
		f.ServeHTTP(failingWriter{httptest.NewRecorder()}, r)
		wantNobody(t, f)
	}
}

// lateZip compresses as middlewares do: it decides as the status is written.
type lateZip struct {
	*httptest.ResponseRecorder
	zip     *gzip.Writer
	atFlush bool // it declares only then, whatever was declared before
}

func (w *lateZip) WriteHeader(status int) {
	w.zip = gzip.NewWriter(w.ResponseRecorder)
	if !w.atFlush {
		w.Header().Set("Content-Encoding", "gzip")
		w.ResponseRecorder.WriteHeader(status)
	}
}

func (w *lateZip) Write(b []byte) (int, error) { return w.zip.Write(b) }

func (w *lateZip) Flush() {
	if w.zip != nil {
		if w.atFlush {
			w.Header().Set("Content-Encoding", "gzip")
		}
		w.zip.Flush()
	}
	w.ResponseRecorder.Flush()
}

// A middleware that compresses declares it before the first byte, and the feed does
// not compress what the middleware does.
func TestMiddlewareThatCompresses(t *testing.T) {
	for _, test := range []struct {
		name                     string
		compress, early, atFlush bool
	}{
		{name: "declares with the status"},
		{name: "declares before the handler", compress: true, early: true},
		{name: "declares as it is flushed", compress: true, atFlush: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := New(&Options{Compress: test.compress, Opened: func(c *Client) { c.feed.Close() }})
			w := &lateZip{ResponseRecorder: httptest.NewRecorder(), atFlush: test.atFlush}
			if test.early {
				w.Header().Set("Content-Encoding", "gzip")
			}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			f.ServeHTTP(w, r)
			if got := w.Result().Header.Values("Content-Encoding"); len(got) != 1 || got[0] != "gzip" {
				t.Fatalf("got the encodings %q, want gzip declared", got)
			}
			w.zip.Close()
			plain, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := newBlockReader(plain).next(); err != nil || b.id != formatID(f.window.log, 0) {
				t.Errorf("got %+v, %v, want the beginning of a stream", b, err)
			}
		})
	}
}
