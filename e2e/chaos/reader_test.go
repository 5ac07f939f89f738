//go:build unix

package chaos

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/internal/ledger"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// reader is a client of this module outside of a browser.
type reader struct {
	book   ledger.Book
	number atomic.Int64 // the last one that came
	err    error        // why it ended before the last event
	ended  chan struct{}
}

// startReader begins to read. The stream is open when it returns.
func startReader(t *testing.T, client *http.Client, url string) *reader {
	t.Helper()
	r := &reader{ended: make(chan struct{})}
	src := openStream(t, client, url, "")
	go func() {
		defer close(r.ended)
		defer src.Close()
		r.err = r.book.Follow(context.Background(), src, eventsource.SubscribeOptions{}, r.seen)
	}()
	return r
}

func (r *reader) seen(number int) { r.number.Store(int64(number)) }

// openStream returns a stream that is open, which ends with the test.
func openStream(t *testing.T, client *http.Client, url, after string) *eventsource.Source {
	t.Helper()
	src, err := eventsource.OpenHTTP(context.Background(), client, url, &eventsource.Options{
		LastEventID: after,
		Reconnect:   eventsource.Reconnect{GoodAfter: 1, MaxDelay: 100 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	eventually(t, "a stream is open", func() bool { return src.State().ReadyState == eventsource.StateOpen })
	return src
}

// page is a client of this module in a browser.
type page struct{ *e2e.Page }

// openPages opens a page by each transport on a stream of another origin. The
// streams are open when it returns.
func openPages(t *testing.T, stream string, transports ...string) (pages []page) {
	t.Helper()
	from, err := url.Parse(stream)
	if err != nil {
		t.Fatal(err)
	}
	site := e2e.Serve(t, e2e.App{
		Program: "../internal/probe",
		Policy:  strings.Replace(e2e.DefaultPolicy, "connect-src 'self'", "connect-src 'self' http://"+from.Host, 1),
		Allow:   []e2e.Allowance{{Kind: e2e.NetworkError, Containing: stream}},
		Timeout: patience,
	})
	for _, transport := range transports {
		query := url.Values{"scenario": {"book"}, "url": {stream}, "transport": {transport}, "every": {"100"}}
		p := page{site.Open("/?" + query.Encode())}
		e2e.WaitReport[bool](p.Page, "open")
		pages = append(pages, p)
	}
	return pages
}

// waitPast waits until the page has come past that number.
func (p page) waitPast(number int) {
	for e2e.WaitReport[int](p.Page, "number") <= number {
	}
}

// readers are several of them, all from the first event on.
type readers struct {
	native []*reader
	pages  []page
	client *http.Client
}

func startReaders(t *testing.T, stream string, count int, transports ...string) *readers {
	t.Helper()
	all := &readers{client: &http.Client{Transport: &http.Transport{}}}
	t.Cleanup(all.client.CloseIdleConnections)
	all.pages = openPages(t, stream, transports...)
	for range count - len(transports) {
		all.native = append(all.native, startReader(t, all.client, stream))
	}
	return all
}

// waitPast waits until each reader has come past that number.
func (all *readers) waitPast(t *testing.T, number int) {
	t.Helper()
	for i, r := range all.native {
		eventually(t, fmt.Sprintf("reader %d has come past %d", i, number), func() bool {
			return int(r.number.Load()) > number
		})
	}
	for _, p := range all.pages {
		p.waitPast(number)
	}
}

// check waits for the ends of all and checks their books.
func (all *readers) check(t *testing.T, published ledger.Published) {
	t.Helper()
	for i, r := range all.native {
		select {
		case <-r.ended:
		case <-time.After(patience):
			t.Fatalf("waited %v for the end of reader %d, which has come to %d of %d", patience, i, r.number.Load(), len(published))
		}
		if r.err != nil {
			t.Errorf("reader %d: %v", i, r.err)
		}
		if err := published.Check(&r.book); err != nil {
			t.Errorf("reader %d: %v", i, err)
		}
	}
	for i, p := range all.pages {
		book := e2e.WaitReport[ledger.Book](p.Page, "book")
		if err := published.Check(&book); err != nil {
			t.Errorf("page %d: %v", i, err)
		}
	}
}
