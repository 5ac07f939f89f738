//go:build unix

package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/internal/ledger"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// reader is a client of this module outside of a browser.
type reader struct {
	client *http.Client
	url    string
	book   ledger.Book
	number atomic.Int64 // the last one that came
	going  sync.Mutex   // held while it is to take nothing

	src   *eventsource.Source
	err   error         // why it ended before the last event
	ended chan struct{} // closed once it has
}

// startReader begins to read after an event, "" for with what comes next. The
// stream is open when it returns.
func startReader(t *testing.T, client *http.Client, url, after string) *reader {
	t.Helper()
	r := &reader{client: client, url: url, book: ledger.Book{ID: after}}
	r.read(t)
	return r
}

// read reads from the place on that the reader has come to. Its stream ends with
// the test.
func (r *reader) read(t *testing.T) {
	t.Helper()
	src, err := eventsource.OpenHTTP(context.Background(), r.client, r.url, &eventsource.Options{
		LastEventID: r.book.ID,
		Reconnect:   eventsource.Reconnect{GoodAfter: 1, MaxDelay: 100 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	r.src, r.ended = src, ended
	go func() {
		defer close(ended)
		r.err = r.book.Follow(context.Background(), src, eventsource.SubscribeOptions{
			// What it does not take is not read from the connection.
			QueueLength: 16, Overflow: eventsource.Block,
		}, func(number int) {
			r.going.Lock()
			defer r.going.Unlock()
			r.number.Store(int64(number))
		})
	}()
	t.Cleanup(func() { r.leave() })
	// It may have come to its end already.
	eventually(t, "a stream is open", func() bool { return src.State().ReadyState != eventsource.StateConnecting })
}

// leave ends the stream where the reader is.
func (r *reader) leave() {
	r.src.Close()
	<-r.ended
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

// smallBuffer is how many bytes may wait in the system for a reader, so that one
// which takes nothing is soon behind.
const smallBuffer = 16 << 10

// readers are several of them, all from the first event on.
type readers struct {
	native []*reader
	pages  []page
	client *http.Client
}

func startReaders(t *testing.T, stream string, count int, transports ...string) *readers {
	t.Helper()
	small := net.Dialer{Control: func(_, _ string, socket syscall.RawConn) (err error) {
		fault := socket.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, smallBuffer)
		})
		return errors.Join(err, fault)
	}}
	all := &readers{client: &http.Client{Transport: &http.Transport{DialContext: small.DialContext}}}
	t.Cleanup(all.client.CloseIdleConnections)
	all.pages = openPages(t, stream, transports...)
	for range count - len(transports) {
		all.native = append(all.native, startReader(t, all.client, stream, ""))
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

// check waits for the ends of all and checks their books, those of pages last.
func (all *readers) check(t *testing.T, published ledger.Published) (books []*ledger.Book) {
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
		books = append(books, &r.book)
	}
	for _, p := range all.pages {
		book := e2e.WaitReport[ledger.Book](p.Page, "book")
		books = append(books, &book)
	}
	for i, book := range books {
		if err := published.Check(book); err != nil {
			t.Errorf("reader %d: %v", i, err)
		}
	}
	return books
}
