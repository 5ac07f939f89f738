package server

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// released waits until as many more streams can be opened as there may be.
func released(t *testing.T, f *Feed) {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		f.limits.mu.Lock()
		open, addresses := f.limits.open, len(f.limits.addresses)
		f.limits.mu.Unlock()
		if open == 0 && addresses == 0 && f.Stats().Clients == 0 {
			return
		}
		if time.Since(begin) > timescale.Bound(time.Minute) {
			t.Fatalf("got %d open of %d addresses, %d clients, want none", open, addresses, f.Stats().Clients)
		}
	}
}

// However a stream ends, it counts no more.
func TestLimitsAreReleased(t *testing.T) {
	grant := NewGrant(AllFeeds)
	options := func() *Options {
		return &Options{
			MaxClients: 3, MaxClientsPerAddress: 2, WriteTimeout: time.Second, Logger: quiet,
			Address:   func(r *http.Request) string { return r.URL.Query().Get("from") },
			Authorize: func(*http.Request) (*Grant, error) { return grant, nil },
		}
	}
	for _, test := range []struct {
		name string
		end  func(f *Feed, conns []*conn)
		over bool // for the feed
	}{
		{"left", func(_ *Feed, conns []*conn) {
			for _, c := range conns {
				c.Body.Close()
			}
		}, false},
		{"cut", func(f *Feed, _ []*conn) {
			for c := range f.Clients() {
				c.Cut()
			}
		}, false},
		{"withdrawn", func(*Feed, []*conn) {
			grant.Withdraw()
			grant = NewGrant(AllFeeds)
		}, false},
		{"stuck", func(f *Feed, _ []*conn) {
			if _, err := f.PublishMessage(context.Background(), eventstream.Message{Data: large().Data[:8<<20]}); err != nil {
				t.Error(err)
			}
		}, false},
		{"closed", func(f *Feed, _ []*conn) { f.Close() }, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := New(options())
			s := smallBuffers(t, f)
			defer f.Close()
			defer http.DefaultClient.CloseIdleConnections()
			for range 2 {
				var conns []*conn
				for _, from := range []string{"a", "a", "b"} {
					conns = append(conns, connect(t, s.URL+"?from="+from, ""))
				}
				wantRefused(t, connect(t, s.URL+"?from=c", "").Response, http.StatusServiceUnavailable)
				conns[2].Body.Close()
				for f.Stats().Clients > 2 {
					time.Sleep(time.Millisecond)
				}
				again := connect(t, s.URL+"?from=c", "")
				for again.StatusCode != http.StatusOK { // the handler counts on for a moment
					again = connect(t, s.URL+"?from=c", "")
				}
				again.Body.Close()
				for f.Stats().Clients > 2 {
					time.Sleep(time.Millisecond)
				}
				wantRefused(t, connect(t, s.URL+"?from=a", "").Response, http.StatusServiceUnavailable)
				test.end(f, conns)
				released(t, f)
				if test.over {
					wantRefused(t, connect(t, s.URL+"?from=a", "").Response, http.StatusServiceUnavailable)
					break
				}
			}
		})
	}
}

// What is refused after it has been counted is counted no more.
func TestLimitsAreReleasedByLaterRefusals(t *testing.T) {
	l := newFakeLog(1)
	f := open(t, l, &Options{MaxClients: 1, MaxClientsPerAddress: 1, Logger: quiet})
	l.do(func() { l.bounds = io.ErrUnexpectedEOF })
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Last-Event-ID", "other-1")
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		wantRefused(t, w.Result(), http.StatusServiceUnavailable)
		wantNobody(t, f)
	}
	if got := f.counters.refused[refusedIndex(refusedLog)].Load(); got != 3 {
		t.Errorf("got %d refused for the log, want 3", got)
	}
	for _, method := range []string{http.MethodHead, http.MethodPost} {
		f.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(method, "/", nil))
		wantNobody(t, f)
	}
	f.ServeHTTP(struct{ http.ResponseWriter }{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", nil))
	wantNobody(t, f)
}

// Those who are refused at the same time do not come back at the same time.
func TestRetryAfterDiffers(t *testing.T) {
	f, url := serve(t, &Options{MaxClients: 1})
	connect(t, url, "")
	seen := make(map[int]bool)
	for range 100 {
		c := connect(t, url, "")
		seen[retryAfter(t, c.Response)] = true
		wantRefused(t, c.Response, http.StatusServiceUnavailable)
	}
	if len(seen) < 2 {
		t.Errorf("got %v, want several", seen)
	}
	if got := f.counters.refused[refusedIndex(refusedLimit)].Load(); got != 100 {
		t.Errorf("got %d refusals, want 100", got)
	}
}

func TestRemoteAddress(t *testing.T) {
	for remote, want := range map[string]string{
		"192.0.2.1:1234": "192.0.2.1", "[::ffff:192.0.2.1]:1234": "192.0.2.1", "@": "@", "": "",
		"[2001:db8::1]:99": "2001:db8::/64", "[2001:db8::ffff:0:0:2]:98": "2001:db8::/64", "[2001:db8:0:1::1]:99": "2001:db8:0:1::/64",
		"[fe80::1%eth0]:1": "fe80::/64",
	} {
		if got := remoteAddress(&http.Request{RemoteAddr: remote}); got != want {
			t.Errorf("%q: got %q, want %q", remote, got, want)
		}
	}
	f, url := serve(t, &Options{MaxClientsPerAddress: 1})
	connect(t, url, "")
	wantRefused(t, connect(t, url, "").Response, http.StatusServiceUnavailable) // another port of the same
	if got := f.counters.refused[refusedIndex(refusedAddressLimit)].Load(); got != 1 {
		t.Errorf("got %d refusals, want 1", got)
	}
}
