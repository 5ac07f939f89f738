package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// rawStream is a stream without the goroutines and the buffers of an
// [http.Client].
type rawStream struct {
	net.Conn
	blocks *blockReader
}

// dialRaw opens a stream; the one after the header is returned too.
func dialRaw(address string) (*rawStream, block, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, block{}, err
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		c.Close()
		return nil, block{}, err
	}
	lines := bufio.NewReaderSize(c, 512)
	res, err := http.ReadResponse(lines, nil)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("got %s", res.Status)
	}
	if err != nil {
		c.Close()
		return nil, block{}, err
	}
	s := &rawStream{c, &blockReader{bufio.NewReaderSize(res.Body, 512)}}
	first, err := s.blocks.next()
	if err != nil {
		c.Close()
	}
	return s, first, err
}

// event returns the next event. On a slow machine heartbeats may come before it.
func (s *rawStream) event() (block, error) {
	for {
		if b, err := s.blocks.next(); err != nil || b.dispatched {
			return b, err
		}
	}
}

const crowd = 1000

// dialCrowd opens that many streams.
func dialCrowd(t *testing.T, address string, count int) []*rawStream {
	t.Helper()
	streams := make([]*rawStream, count)
	var wait sync.WaitGroup
	var dialing atomic.Int64
	for range 16 {
		wait.Go(func() {
			for i := dialing.Add(1) - 1; i < int64(count); i = dialing.Add(1) - 1 {
				var err error
				if streams[i], _, err = dialRaw(address); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	for _, c := range streams {
		if c == nil {
			t.FailNow()
		}
	}
	return streams
}

// A thousand clients get everything in order, with one among them that never
// reads: it costs no memory but its buffers, and nobody else anything.
func TestCrowdWithOneThatNeverReads(t *testing.T) {
	for _, stalled := range []bool{false, true} {
		f := New(&Options{WriteTimeout: -1, History: 5})
		s := smallBuffers(t, f)
		t.Cleanup(func() { f.Close() }) // also after a failure: the server waits for the streams
		if stalled {
			dialStream(t, s)
		}
		streams := dialCrowd(t, s.Listener.Addr().String(), crowd)
		const messages = 8
		filling := strings.Repeat("x", 32<<10)
		var readers sync.WaitGroup
		delivered := make(chan time.Duration, crowd)
		for i, c := range streams {
			readers.Go(func() {
				defer c.Close()
				for n := range messages {
					b, err := c.event()
					number, rest, _ := strings.Cut(b.data, " ")
					at, _, _ := strings.Cut(rest, " ")
					nanoseconds, _ := strconv.ParseInt(at, 10, 64)
					if err != nil || number != fmt.Sprint(n) || b.id != formatID(f.window.log, uint64(n+1)) {
						t.Errorf("client %d: got %.20q, %q, %v, want message %d", i, b.data, b.id, err, n)
					}
					delivered <- time.Since(time.Unix(0, nanoseconds))
				}
			})
		}
		var took []time.Duration
		for n := range messages {
			data := fmt.Appendf(nil, "%d %d %s", n, time.Now().UnixNano(), filling)
			if _, err := f.PublishMessage(t.Context(), eventstream.Message{Data: data}); err != nil {
				t.Fatal(err)
			}
			for range crowd {
				took = append(took, <-delivered)
			}
		}
		readers.Wait()
		// What has been written is counted when the write has returned, which may be after
		// the client has read it.
		settles(t, "messages that are not sent", 0, func() int { return messages*crowd - int(f.Stats().Sent) })
		stats := f.Stats()
		if stats.Gaps != 0 {
			t.Errorf("stalled %t: got %+v, want no gap", stalled, stats)
		}
		if stats.Held != 5 || stats.HeldBytes > 5*33<<10 {
			t.Errorf("stalled %t: got %+v, want 5 messages held", stalled, stats)
		}
		behind := 0
		for c := range f.Clients() {
			if c.Lag() > 0 {
				behind++
			}
		}
		if behind > 0 != stalled {
			t.Errorf("stalled %t: got %d clients behind", stalled, behind)
		}
		slices.Sort(took)
		t.Logf("stalled %t: p50 %v, p99 %v of %d deliveries", stalled, took[len(took)/2], took[len(took)*99/100], len(took))
		f.Close()
		s.Close()
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// What clients that never read have not got costs a segment each at most, whatever
// is published.
func TestClientsThatNeverReadCostASegment(t *testing.T) {
	f := New(&Options{WriteTimeout: -1, HistoryBytes: 1 << 20})
	defer f.Close()
	s := smallBuffers(t, f)
	for range 50 {
		dialStream(t, s)
	}
	message := eventstream.Message{Data: []byte(strings.Repeat("x", 100<<10))}
	before := heap()
	for range 500 {
		if _, err := f.PublishMessage(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	// Each may be writing out of another stretch: at most a segment for each.
	if after := heap(); after > before+1<<20+50*(110<<10)+4<<20 {
		t.Errorf("got %d bytes more after 50 MB", after-before)
	}
	if stats := f.Stats(); stats.HeldBytes > 1<<20 || stats.Clients != 50 {
		t.Errorf("got %+v, want 1 MiB held, for 50 clients", stats)
	}
	for c := range f.Clients() {
		c.Cut()
	}
}

// openFiles counts what the process has open, where the system tells.
func openFiles() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(entries)
}

// settles waits until count returns no more than want.
func settles(t *testing.T, what string, want int, count func() int) {
	t.Helper()
	for begin := time.Now(); count() > want; time.Sleep(time.Millisecond) {
		if time.Since(begin) > timescale.Bound(time.Minute) {
			t.Fatalf("%s: got %d, want %d", what, count(), want)
		}
	}
}

// A thousand come, get one event and go at once, again and again: nothing of them
// stays.
func TestDisconnectStorm(t *testing.T) {
	f := New(&Options{MaxClients: crowd, MaxClientsPerAddress: crowd, Recent: 1})
	defer f.Close()
	publish(t, f, "one")
	s := httptest.NewServer(f)
	defer s.Close()
	goroutines, files := runtime.NumGoroutine(), openFiles()
	for range 3 {
		streams := dialCrowd(t, s.Listener.Addr().String(), crowd)
		if got := f.Stats().Clients; got != crowd {
			t.Errorf("got %d clients, want %d", got, crowd)
		}
		for _, c := range streams {
			if b, err := c.event(); err != nil || b.data != "one" {
				t.Errorf("got %+v, %v, want the event", b, err)
			}
		}
		var wait sync.WaitGroup
		for part := range slices.Chunk(streams, crowd/10) {
			wait.Go(func() {
				for _, c := range part {
					c.Close()
				}
			})
		}
		publish(t, f, "one") // into the storm
		wait.Wait()
		released(t, f)
		settles(t, "goroutines", goroutines, runtime.NumGoroutine)
		settles(t, "open files", files, openFiles)
	}
}

// Clients that never read, or a byte at a time, or whose request does not end,
// keep no goroutine beyond the timeouts, though they keep their connections.
func TestSlowClientsHoldNoGoroutines(t *testing.T) {
	f := New(&Options{WriteTimeout: 500 * time.Millisecond})
	s := httptest.NewUnstartedServer(nil)
	s.Config = NewHTTPServer(f)
	s.Config.ReadHeaderTimeout = 500 * time.Millisecond
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		c.(*net.TCPConn).SetWriteBuffer(4 << 10)
		return ctx
	}
	s.Start()
	defer s.Close()
	defer f.Close()
	goroutines := runtime.NumGoroutine()
	for _, request := range []string{"", "G", "GET / HTTP/1.1\r\nHost: x\r\nX: ", "GET / HTTP/1.1\r\nHost: x\r\n", "PRI * HTTP/2.0\r\n"} {
		for range 10 {
			c, err := net.Dial("tcp", s.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := io.WriteString(c, request); err != nil {
				t.Fatal(err)
			}
		}
	}
	var slow []net.Conn
	for range 20 {
		slow = append(slow, dialStream(t, s))
	}
	if _, err := f.PublishMessage(t.Context(), large()); err != nil {
		t.Fatal(err)
	}
	settles(t, "goroutines", goroutines, func() int {
		for _, c := range slow[:10] {
			c.Read(make([]byte, 1))
		}
		return runtime.NumGoroutine()
	})
	wantNobody(t, f)
}
