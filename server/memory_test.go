package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// heldWriter takes one block and then nothing until it is released: it keeps what it
// is given.
type heldWriter struct {
	header  http.Header
	release chan struct{}
	writes  int
	stuck   func()
}

func (w *heldWriter) Header() http.Header { return w.header }
func (w *heldWriter) WriteHeader(int)     {}
func (w *heldWriter) Flush()              {}

func (w *heldWriter) Write(b []byte) (int, error) {
	if w.writes++; w.writes == 2 {
		w.stuck()
		<-w.release
	}
	return len(b), nil
}

// hold opens a stream from that ID on, and returns once the client is stuck in the
// write of messages.
func hold(t *testing.T, f *Feed, streams *sync.WaitGroup, lastEventID string, release chan struct{}) {
	t.Helper()
	stuck := make(chan struct{})
	w := &heldWriter{header: make(http.Header), release: release, stuck: func() { close(stuck) }}
	ctx, cancel := context.WithTimeout(context.Background(), timescale.Bound(5*time.Minute))
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.Header.Set("Last-Event-ID", lastEventID)
	streams.Go(func() {
		defer cancel()
		f.ServeHTTP(w, r)
	})
	select {
	case <-stuck:
	case <-ctx.Done():
		t.Error("the stream writes nothing")
	}
}

// What a client that takes nothing holds on to is one segment, whether it was written
// from memory, which has gone on since, or from the log: each of these clients is at
// another place.
func TestMemoryOfClientsThatTakeNothing(t *testing.T) {
	const (
		clients = 150
		each    = 24 << 10 // for what a stream is besides
		others  = 4 << 20  // for what the process has besides
	)
	block := []byte("data: " + strings.Repeat("x", 4000) + "\n")
	l := newFakeLog(0)
	l.do(func() {
		for range clients * pageRecords {
			l.put(Record{Block: block})
		}
	})
	for _, test := range []struct {
		name string
		feed func() *Feed
		next func(f *Feed, i int) (lastEventID string)
		kept uint64 // what the feed keeps whatever clients do
	}{
		{"from memory", func() *Feed {
			return New(&Options{History: 20, Recent: 5, Heartbeat: -1, WriteTimeout: -1})
		}, func(f *Feed, _ int) string {
			for range 2 * largeSegment / len(block) {
				publish(t, f, string(block[len("data: "):len(block)-1]))
			}
			return ""
		}, 2 * largeSegment},
		{"from the log", func() *Feed {
			return open(t, l, &Options{History: 1, Heartbeat: -1, WriteTimeout: -1})
		}, func(f *Feed, i int) string { return formatID(f.window.log, uint64(i*pageRecords)) }, maxPages},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := test.feed()
			defer f.Close()
			var streams sync.WaitGroup
			release := make(chan struct{})
			before := heap()
			for i := range clients {
				hold(t, f, &streams, test.next(f, i), release)
			}
			if after := heap(); after > before+test.kept+others+clients*(largeSegment+each) {
				t.Errorf("got %d bytes, want at most %d for each of %d clients, beside %d",
					after-before, largeSegment+each, clients, test.kept+others)
			}
			close(release)
			f.Close()
			streams.Wait()
		})
	}
}
