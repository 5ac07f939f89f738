package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// serveLog serves a feed of a log, and ends both with the test.
func serveLog(t *testing.T, l *fakeLog, options *Options) (*Feed, string) {
	t.Helper()
	if options == nil {
		options = &Options{}
	}
	options.Logger = quiet
	f := open(t, l, options)
	s := httptest.NewServer(f)
	t.Cleanup(func() {
		f.Close()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return f, s.URL
}

// wantNumbers checks that the next events are those from first to last, as
// [fakeLog.append] makes them.
func (c *conn) wantNumbers(first, last uint64) {
	c.t.Helper()
	for number := first; number <= last; number++ {
		if got := c.event(); got.data != fmt.Sprint(number) || got.id != formatID(fakeLogName, number) {
			c.t.Fatalf("got %+v, want number %d", got, number)
		}
	}
}

func TestOpenTakesTheNewestIntoMemory(t *testing.T) {
	l := newFakeLog(1000)
	f, url := serveLog(t, l, &Options{History: 100, Recent: 3})
	if stats := f.Stats(); stats.Held != 100 || stats.Published != 100 {
		t.Errorf("got %+v, want 100 held", stats)
	}
	readings := l.readings()
	connect(t, url, "").wantNumbers(998, 1000)
	connect(t, url, "fake-900").wantNumbers(901, 1000)
	if l.readings() != readings {
		t.Error("the log has been read for what is in memory")
	}
	c := connect(t, url, "fake-0")
	c.wantNumbers(1, 1000)
	l.append(10)
	c.wantNumbers(1001, 1010)
}

func TestOpenEmptyLog(t *testing.T) {
	l := newFakeLog(0)
	f, url := serveLog(t, l, nil)
	c := connect(t, url, "")
	if c.first.id != "fake-0" {
		t.Errorf("got %q, want fake-0", c.first.id)
	}
	if id, err := Publish(t.Context(), f, plain, 1); err != nil || id != "fake-1" {
		t.Errorf("got %q, %v, want fake-1", id, err)
	}
	c.wantNumbers(1, 1)
	// All of it dropped: what comes next has the next number.
	l.drop(2)
	g := open(t, l, nil)
	if id, err := Publish(t.Context(), g, plain, 2); err != nil || id != "fake-2" {
		t.Errorf("got %q, %v, want fake-2", id, err)
	}
	c.wantNumbers(2, 2)
}

func TestOpenErrors(t *testing.T) {
	down := errors.New("down")
	failing := newFakeLog(10)
	failing.reading = func(uint64) error { return down }
	unknown := newFakeLog(10)
	unknown.bounds = down
	for name, l := range map[string]Log{
		"bounds": unknown, "reading": failing,
	} {
		if f, err := Open(t.Context(), l, nil); !errors.Is(err, down) || f != nil || !strings.Contains(err.Error(), fakeLogName) {
			t.Errorf("%s: got %v, want %v with the log's name", name, err, down)
		}
	}
	for _, name := range []string{"", "a-b", "a\nb", strings.Repeat("x", 33)} {
		if _, err := Open(t.Context(), misnamed{newFakeLog(1), name}, nil); err == nil {
			t.Errorf("a log named %q: got no error", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ctx, newFakeLog(1), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("context done: got %v", err)
	}
}

type misnamed struct {
	*fakeLog
	name string
}

func (l misnamed) Name() string { return l.name }

// Two hundred clients that come back to about the same place cost the log one
// reading of each page.
func TestPagesAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeLog(1500)
		f := open(t, l, &Options{History: 10})
		l.reading = func(uint64) error {
			time.Sleep(time.Millisecond)
			return nil
		}
		before := l.readings()
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		var clients []*account
		for i := range 200 {
			a := &account{place: uint64(i)}
			clients = append(clients, a)
			wait.Go(func() {
				time.Sleep(time.Duration(i) * time.Millisecond)
				a.follow(ctx, t, func() *Feed { return f }, func() error {
					time.Sleep(time.Duration(1+i%3) * time.Millisecond)
					return nil
				})
			})
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for i, a := range clients {
			if a.place != 1500 {
				t.Errorf("client %d is at %d, want 1500", i, a.place)
			}
		}
		// One more finds that the log ends in the last page.
		if got, pages := l.readings()-before, 1500/pageRecords+1; got > pages+1 {
			t.Errorf("got %d readings of the log for %d pages", got, pages)
		}
		cancel()
		wait.Wait()
	})
}

func TestPagesAreBounded(t *testing.T) {
	block := []byte("data: " + strings.Repeat("x", 600<<10) + "\n")
	l := newFakeLog(0)
	l.do(func() {
		for range 120 {
			l.put(Record{Block: block})
		}
		l.put(Record{Block: []byte("data: " + strings.Repeat("x", maxPages) + "\n")})
		for range 30 {
			l.put(Record{Block: block})
		}
	})
	f := open(t, l, &Options{History: 1})
	before := l.readings()
	for cursor := uint64(1); cursor < 150; {
		s, err := f.pages.from(t.Context(), nil, cursor)
		if err != nil || s.first() != cursor {
			t.Fatalf("at %d: got %+v, %v", cursor, s.marks, err)
		}
		if got := len(s.bytes); got > pageBytes+maxPages+len(block) || got > pageBytes+len(block)+1000 && cursor+1 != 121 && cursor != 121 {
			t.Errorf("at %d: got a page of %d bytes", cursor, got)
		}
		cursor = s.last() + 1
		f.pages.mu.Lock()
		held := 0
		for _, element := range f.pages.held {
			held += element.Value.(*logPage).size
		}
		if held != f.pages.bytes || held > maxPages || len(f.pages.held) != f.pages.used.Len() {
			t.Errorf("at %d: %d bytes are held, %d counted, want at most %d", cursor, held, f.pages.bytes, maxPages)
		}
		f.pages.mu.Unlock()
	}
	// Two messages make a page: nobody reads all the others again to get to the next.
	if got := l.readings() - before; got > 100 {
		t.Errorf("got %d readings of the log for 150 messages", got)
	}
}

func TestPageThatFailsIsReadAgain(t *testing.T) {
	l := newFakeLog(1000)
	f, url := serveLog(t, l, &Options{History: 1})
	down := errors.New("down")
	fails := true
	l.do(func() {
		l.reading = func(from uint64) error {
			if fails && from >= 2*pageRecords {
				fails = false
				return down
			}
			return nil
		}
	})
	c := connect(t, url, "fake-0")
	c.wantNumbers(1, 2*pageRecords-1)
	// It ends as a stream does: the client is told when to come back.
	if last := c.block(); last.retry == "" || last.dispatched {
		t.Errorf("got %+v, want a reconnection time", last)
	}
	if b, err := c.blocks.next(); err == nil {
		t.Errorf("got %+v, want the end of the stream", b)
	}
	connect(t, url, formatID(fakeLogName, 2*pageRecords-1)).wantNumbers(2*pageRecords, 1000)
	if gaps := f.Stats().Gaps; gaps != 0 {
		t.Errorf("got %d gaps, want none", gaps)
	}
}

func TestLogThatFailsWhenAStreamBegins(t *testing.T) {
	l := newFakeLog(10)
	f, url := serveLog(t, l, nil)
	l.do(func() { l.bounds = errors.New("secret address of the log: down") })
	for _, id := range []string{"fake-11", "other-1", "garbage"} {
		c := connect(t, url, id)
		wantRefused(t, c.Response, http.StatusServiceUnavailable)
	}
	connect(t, url, "fake-5").wantNumbers(6, 10) // needs nobody's answer
	if got := f.counters.refused[refusedIndex(refusedLog)].Load(); got != 3 {
		t.Errorf("got %d refusals, want 3", got)
	}
}

func TestLogThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newFakeLog(10)
		f := open(t, l, &Options{MaxClients: 1, Logger: quiet})
		l.asked = func(ctx context.Context) { <-ctx.Done() }
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Last-Event-ID", "other-1")
		begin := time.Now()
		f.ServeHTTP(w, r)
		if took := time.Since(begin); w.Code != http.StatusServiceUnavailable || took > logTimeout {
			t.Errorf("got %d after %v, want 503 after %v", w.Code, took, logTimeout)
		}
		wantNobody(t, f)
	})
}

func TestLostLogEndsEverything(t *testing.T) {
	l := newFakeLog(10)
	f, url := serveLog(t, l, nil)
	ready := httptest.NewServer(Ready(f))
	defer ready.Close()
	c := connect(t, url, "fake-9")
	c.wantNumbers(10, 10)
	l.do(func() { l.lost = fmt.Errorf("its stream is another one: %w", ErrLog) })
	if last := c.block(); last.retry == "" || last.dispatched {
		t.Errorf("got %+v, want a reconnection time", last)
	}
	if b, err := c.blocks.next(); err == nil {
		t.Errorf("got %+v, want the end of the stream", b)
	}
	if _, err := Publish(t.Context(), f, plain, 1); !errors.Is(err, ErrLog) {
		t.Errorf("publish: got %v, want ErrLog", err)
	}
	if err := f.Ready(t.Context()); !errors.Is(err, ErrLog) {
		t.Errorf("ready: got %v, want ErrLog", err)
	}
	wantRefused(t, connect(t, url, "").Response, http.StatusServiceUnavailable)
	wantRefused(t, connect(t, ready.URL, "").Response, http.StatusServiceUnavailable)
	if err := f.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

// A client that has been at another process may know numbers that are not here
// yet: that is no gap, and it gets nothing twice.
func TestNumbersThatAnotherProcessHasTold(t *testing.T) {
	l := newFakeLog(10)
	f, url := serveLog(t, l, nil)
	l.do(func() { l.paused = true })
	l.append(5)
	c := connect(t, url, "fake-13")
	end := connect(t, url, "fake-15")
	ahead := connect(t, url, "fake-16")
	if gap, place := ahead.gapOf(); gap.Reason != eventstream.GapAhead || place != "fake-15" {
		t.Errorf("got %+v, %s, want ahead, at fake-15", gap, place)
	}
	for client := range f.Clients() {
		if lag := client.Lag(); lag != 0 {
			t.Errorf("got a lag of %d for who is ahead of this process", lag)
		}
	}
	l.do(func() { l.paused = false })
	l.append(1)
	c.wantNumbers(14, 16)
	end.wantNumbers(16, 16)
	ahead.wantNumbers(16, 16)
	if gaps := f.Stats().Gaps; gaps != 1 {
		t.Errorf("got %d gaps, want 1", gaps)
	}
}

func TestGapsNameTheHolesOfALog(t *testing.T) {
	for _, history := range []int{1000, 1} {
		l := newFakeLog(600)
		l.hole(100, 100)
		l.hole(200, 300) // the end of a page and the beginning of the next
		l.hole(511, 511)
		l.drop(10)
		_, url := serveLog(t, l, &Options{History: history})
		c := connect(t, url, "fake-0")
		next := uint64(1)
		for _, hole := range [][2]uint64{{1, 9}, {100, 100}, {200, 300}, {511, 511}} {
			c.wantNumbers(next, hole[0]-1)
			gap, place := c.gapOf()
			want := eventstream.Gap{
				From: formatID(fakeLogName, hole[0]), To: formatID(fakeLogName, hole[1]),
				Missed: hole[1] - hole[0] + 1, Reason: eventstream.GapDropped,
			}
			if gap != want || place != want.To {
				t.Errorf("history %d: got %+v at %s, want %+v", history, gap, place, want)
			}
			next = hole[1] + 1
		}
		c.wantNumbers(next, 600)
	}
}

func TestReadySaysWhatTheLogSays(t *testing.T) {
	l := newFakeLog(1)
	f := open(t, l, &Options{Name: "prices"})
	memory := New(nil)
	defer memory.Close()
	ask := func() *http.Response {
		w := httptest.NewRecorder()
		Ready(memory, f).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		return w.Result()
	}
	if got := ask().StatusCode; got != http.StatusOK {
		t.Errorf("got %d, want 200", got)
	}
	l.do(func() { l.ready = errors.New("no quorum") })
	res := ask()
	if text := wantRefused(t, res, http.StatusServiceUnavailable); !strings.Contains(text, "prices") || !strings.Contains(text, "no quorum") {
		t.Errorf("got %q, want which feed, and why", text)
	}
	l.do(func() { l.ready = nil })
	if got := ask().StatusCode; got != http.StatusOK {
		t.Errorf("once it is back: got %d, want 200", got)
	}
	f.Close()
	wantRefused(t, ask(), http.StatusServiceUnavailable)
}

func TestPublishToALogThatFails(t *testing.T) {
	l := newFakeLog(0)
	f := open(t, l, nil)
	down := errors.New("disk full")
	l.do(func() { l.appended = func() error { return down } })
	if id, err := Publish(t.Context(), f, plain, 1); id != "" || !errors.Is(err, down) {
		t.Errorf("got %q, %v, want %v", id, err, down)
	}
	l.do(func() { l.appended = nil })
	first, err := Publish(t.Context(), f, plain, 1, MessageID("a"))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := Publish(t.Context(), f, plain, 1, MessageID("a")); err != nil || again != first {
		t.Errorf("published again: got %q, %v, want %q", again, err, first)
	}
}

func TestCloseWhileTheLogGoesOn(t *testing.T) {
	for range 5 {
		l := newFakeLog(600)
		f := open(t, l, &Options{History: 5, Logger: quiet})
		var wait sync.WaitGroup
		stop := make(chan struct{})
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					l.append(1)
					l.drop(l.newest - 500)
				}
			}
		})
		for i := range 8 {
			wait.Go(func() {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.Header.Set("Last-Event-ID", formatID(fakeLogName, uint64(i*60)))
				f.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		for len(f.open()) == 0 && f.counters.sent.Load() == 0 {
		}
		if err := f.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(stop)
		wait.Wait()
	}
}

// A log that is written faster than it is read has no end: Open reads up to where it
// ended when it was asked, and what comes after that is followed.
func TestOpenOfALogThatIsWrittenFaster(t *testing.T) {
	l := newFakeLog(1000)
	const enough = 100 // readings, by which Open must have returned
	l.reading = func(uint64) error {
		if l.readings() > enough {
			return errors.New("it is read without an end")
		}
		l.append(2 * pageRecords)
		return nil
	}
	f := open(t, l, nil)
	l.mu.Lock()
	l.reading = nil
	l.mu.Unlock()
	settles(t, "messages that the feed has not come to", 0, func() int {
		_, next := f.window.bounds()
		return int(l.newest + 1 - next)
	})
}
