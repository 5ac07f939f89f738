package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// account is what a client makes of its streams: each number of the log once and
// in its order, or named by a gap.
type account struct {
	place    uint64 // the last number accounted for
	received int
	gaps     []eventstream.Gap
	missing  func(number uint64) error // an error if a gap may not name it; nil does not ask
}

// take accounts for a block. Every number up to the place it names must be the
// one event in it, or be named by the gap in it.
func (a *account) take(log string, b block) error {
	if b.id == "" {
		return nil
	}
	got, number, ok := parseID(b.id)
	if !ok || got != log {
		return fmt.Errorf("got id %q, want one of the log %s", b.id, log)
	}
	switch {
	case b.typ == string(eventstream.GapEvent):
		var gap eventstream.Gap
		if err := json.Unmarshal([]byte(b.data), &gap); err != nil {
			return err
		}
		from, to := formatID(log, a.place+1), formatID(log, number)
		if gap.Reason != eventstream.GapDropped || gap.From != from || gap.To != to || gap.Missed != number-a.place {
			return fmt.Errorf("at %d: got %+v up to %s, want from %s to %s", a.place, gap, b.id, from, to)
		}
		for missing := a.place + 1; a.missing != nil && missing <= number; missing++ {
			if err := a.missing(missing); err != nil {
				return err
			}
		}
		a.gaps = append(a.gaps, gap)
	case b.dispatched:
		if number != a.place+1 {
			return fmt.Errorf("got %s after %d", b.id, a.place)
		}
		if b.data != fmt.Sprint(number) {
			return fmt.Errorf("got %q as %s", b.data, b.id)
		}
		a.received++
	default: // a place alone
		if number != a.place {
			return fmt.Errorf("the stream says it is at %s, and the client is at %d", b.id, a.place)
		}
	}
	a.place = number
	return nil
}

// accounting is a response that reads what is written to it.
type accounting struct {
	header   http.Header
	log      string
	account  *account
	unread   []byte
	pace     func() error // asked before each piece: waits, or says that the connection is broken
	t        *testing.T
	deadline time.Time
}

func (w *accounting) Header() http.Header { return w.header }
func (w *accounting) WriteHeader(int)     {}
func (w *accounting) Flush()              {}

func (w *accounting) SetWriteDeadline(deadline time.Time) error {
	w.deadline = deadline
	return nil
}

func (w *accounting) Write(b []byte) (int, error) {
	broken := w.pace()
	if broken != nil {
		b = b[:rand.IntN(len(b)+1)] // anywhere
	}
	w.unread = append(w.unread, b...)
	for {
		end := bytes.Index(w.unread, []byte("\n\n"))
		if end < 0 {
			return len(b), broken
		}
		read, err := newBlockReader(bytes.NewReader(w.unread[:end+2])).next()
		if err == nil {
			err = w.account.take(w.log, read)
		}
		if err != nil {
			w.t.Error(err)
			return 0, err
		}
		w.unread = w.unread[end+2:]
	}
}

var errConnection = errors.New("the connection is broken")

// follow asks for streams again and again until ctx is done, of a feed that is
// another one each time.
func (a *account) follow(ctx context.Context, t *testing.T, feed func() *Feed, pace func() error) {
	for ctx.Err() == nil {
		f := feed()
		r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
		r.Header.Set("Last-Event-ID", formatID(f.window.log, a.place))
		serveCut(f, &accounting{header: make(http.Header), log: f.window.log, account: a, pace: pace, t: t}, r)
		if t.Failed() {
			return
		}
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Millisecond)
	}
}

// serveCut serves as net/http does where the client is cut.
func serveCut(f *Feed, w http.ResponseWriter, r *http.Request) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	f.ServeHTTP(w, r)
}

// Whatever happens to the log, the processes and the connections: every client
// gets every number once, in order, or a gap names it, and names nothing that
// could be had.
func TestEveryNumberIsAccountedFor(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { accountFor(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

var quiet = slog.New(slog.DiscardHandler)

func accountFor(t *testing.T, random *rand.Rand) {
	var mu sync.Mutex // guards random
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return random.IntN(n)
	}
	l := newFakeLog(draw(1000))
	var processes []*Feed
	for range 3 {
		processes = append(processes, open(t, l, &Options{History: 1 + draw(400), HistoryBytes: 1 << 10 << draw(6), Logger: quiet}))
	}
	var calm atomic.Bool
	l.reading = func(uint64) error {
		time.Sleep(10 * time.Millisecond)
		if !calm.Load() && draw(20) == 0 {
			return errors.New("the log is busy")
		}
		return nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	var clients []*account
	for i := range 16 {
		a := &account{place: uint64(draw(int(l.newest) + 1)), missing: func(number uint64) error {
			if l.holds(number) {
				return fmt.Errorf("a gap names %d, which the log holds", number)
			}
			return nil
		}}
		clients = append(clients, a)
		slow := i%4 == 0
		wait.Go(func() {
			a.follow(ctx, t, func() *Feed { return processes[draw(len(processes))] }, func() error {
				switch {
				case calm.Load():
				case draw(40) == 0:
					return errConnection
				case slow:
					time.Sleep(20 * time.Second)
				}
				return nil
			})
		})
	}
	for range 100 {
		switch action := draw(10); {
		case action < 4:
			l.append(draw(200))
		case action < 5:
			l.drop(l.newest - min(l.newest, uint64(draw(200))))
		case action < 6:
			from := l.newest - min(l.newest, uint64(draw(100)))
			l.hole(from, from+uint64(draw(5)))
		case action < 7:
			l.do(func() { l.paused = !l.paused })
		case action < 8:
			for c := range processes[draw(len(processes))].Clients() {
				c.Cut()
				break
			}
		}
		time.Sleep(time.Duration(draw(500)) * time.Millisecond)
	}
	calm.Store(true)
	l.do(func() { l.paused = false })
	l.append(1) // so that a hole at the end can be told
	time.Sleep(10 * time.Minute)
	synctest.Wait()
	gaps, received := 0, 0
	for i, a := range clients {
		if a.place != l.newest {
			t.Errorf("client %d: is at %d, want %d, the end of the log", i, a.place, l.newest)
		}
		gaps, received = gaps+len(a.gaps), received+a.received
	}
	if gaps == 0 || received == 0 {
		t.Errorf("got %d gaps and %d messages: too little happened to tell", gaps, received)
	}
	t.Logf("%d messages received, %d gaps, %d readings of the log", received, gaps, l.readings())
	cancel()
	wait.Wait()
	for _, f := range processes {
		if err := f.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
