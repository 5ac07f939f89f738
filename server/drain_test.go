package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// While a feed is closed messages go on being published: each gets an ID and
// reaches every client that reads, or an error.
func TestShutdownDeliversWhatHasAnID(t *testing.T) {
	for round := range 4 {
		f := New(&Options{WriteTimeout: -1})
		s := smallBuffers(t, f)
		ready := httptest.NewServer(Ready(f))
		var conns []*conn
		for range 5 {
			conns = append(conns, connect(t, s.URL+"?type=message", ""))
		}
		for range 3 * (round % 2) {
			dialStream(t, s) // never read: the end is bounded all the same
		}
		if _, err := f.PublishMessage(t.Context(), eventstream.Message{Type: "large", Data: large().Data[:4<<20]}); err != nil {
			t.Fatal(err)
		}
		received := make([]map[string]bool, len(conns))
		last := make([]block, len(conns))
		var readers sync.WaitGroup
		for i, c := range conns {
			received[i] = make(map[string]bool)
			readers.Go(func() {
				for {
					b, err := c.blocks.next()
					if err == io.EOF {
						return
					}
					if err != nil {
						t.Errorf("client %d: %v", i, err)
						return
					}
					last[i] = b
					if b.dispatched {
						received[i][b.id] = true
					}
				}
			})
		}
		var publishers sync.WaitGroup
		var mu sync.Mutex
		var acknowledged []string
		started := make(chan struct{}, 4)
		for range 4 {
			publishers.Go(func() {
				for n := 0; ; n++ {
					id, err := Publish(t.Context(), f, plain, n)
					if err != nil {
						if !errors.Is(err, ErrClosed) || id != "" {
							t.Errorf("got %q, %v, want ErrClosed", id, err)
						}
						return
					}
					mu.Lock()
					acknowledged = append(acknowledged, id)
					enough := len(acknowledged) > 500
					mu.Unlock()
					if n == 20 {
						started <- struct{}{}
					}
					if enough {
						return
					}
				}
			})
		}
		<-started
		f.Close()
		wantRefused(t, connect(t, ready.URL, "").Response, http.StatusServiceUnavailable)
		wantRefused(t, connect(t, s.URL, "").Response, http.StatusServiceUnavailable)
		if err := f.Shutdown(t.Context()); err != nil { // hangs if the stuck ones are not let go
			t.Error(err)
		}
		publishers.Wait()
		readers.Wait()
		for i := range conns {
			for _, id := range acknowledged {
				if !received[i][id] {
					t.Fatalf("client %d has not got %s of %d, though it has been published", i, id, len(acknowledged))
				}
			}
			if last[i].retry == "" || last[i].dispatched {
				t.Errorf("client %d: got %+v last, want a reconnection time", i, last[i])
			}
		}
		ready.Close()
		http.DefaultClient.CloseIdleConnections()
	}
}

// Readiness ends with the beginning of Close, not with the end of a log that is
// slow to let go.
func TestClosingFeedIsNotReady(t *testing.T) {
	l := newFakeLog(1)
	slow := slowToLeave{l, make(chan struct{}), make(chan struct{})}
	f, err := Open(t.Context(), slow, &Options{Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.Close()
	}()
	<-slow.leaving
	if err := f.Ready(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
	if _, err := Publish(t.Context(), f, plain, 1); !errors.Is(err, ErrClosed) {
		t.Errorf("publish: got %v, want ErrClosed", err)
	}
	close(slow.leave)
	<-done
}

// slowToLeave is a log whose Follow does not return at once.
type slowToLeave struct {
	*fakeLog
	leaving, leave chan struct{}
}

func (l slowToLeave) Follow(ctx context.Context, from uint64, each func(Record)) error {
	err := l.fakeLog.Follow(ctx, from, each)
	close(l.leaving)
	<-l.leave
	return err
}

// Closing while streams begin leaves none of them open, and panics nowhere.
func TestCloseWhileStreamsBegin(t *testing.T) {
	for round := range 50 {
		grant := NewGrant(AllFeeds)
		f := New(&Options{Recent: 1, Authorize: func(*http.Request) (*Grant, error) { return grant, nil }})
		publish(t, f, "x")
		var wait sync.WaitGroup
		for i := range 20 {
			wait.Go(func() {
				w := httptest.NewRecorder()
				f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
				if w.Code != http.StatusOK && w.Code != http.StatusServiceUnavailable {
					t.Errorf("client %d: got %d", i, w.Code)
				}
			})
		}
		for f.Stats().Clients < round%20 {
			runtime.Gosched()
		}
		if err := f.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		wait.Wait()
		wantNobody(t, f)
		if got := len(grant.clients); got != 0 {
			t.Errorf("the grant remembers %d clients", got)
		}
	}
}
