package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// stuckWriter is a response whose first flush does not return until release.
type stuckWriter struct {
	header  http.Header
	writing chan struct{} // closed by the first flush
	release chan struct{}
	once    sync.Once

	mu   sync.Mutex
	body bytes.Buffer
}

func newStuckWriter() *stuckWriter {
	return &stuckWriter{
		header: make(http.Header), writing: make(chan struct{}), release: make(chan struct{}),
	}
}

func (w *stuckWriter) Header() http.Header { return w.header }
func (w *stuckWriter) WriteHeader(int)     {}

func (w *stuckWriter) Flush() {
	w.once.Do(func() { close(w.writing) })
	<-w.release
}

func (w *stuckWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.body.Write(b)
}

func (w *stuckWriter) blocks(t *testing.T) (all []block) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	r := newBlockReader(bytes.NewReader(w.body.Bytes()))
	for {
		b, err := r.next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
}

func dispatched(blocks []block) (data []string) {
	for _, b := range blocks {
		if b.dispatched {
			data = append(data, b.data)
		}
	}
	return data
}

// stream serves f to w in the bubble until the test's context is done.
func stream(t *testing.T, f *Feed, w http.ResponseWriter) {
	go f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
}

func TestSlowClientFallsBehindAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(&Options{History: 10})
		slow, fast := newStuckWriter(), newStuckWriter()
		close(fast.release)
		stream(t, f, slow)
		stream(t, f, fast)
		synctest.Wait()
		var want []string
		for i := range 100 {
			publish(t, f, fmt.Sprint(i))
			want = append(want, fmt.Sprint(i))
			synctest.Wait() // the fast client has written it, or never will
		}
		if got := dispatched(fast.blocks(t)); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("fast client: got %q, want 0 to 99", got)
		}
		if stats := f.Stats(); stats.Gaps != 0 || stats.Held != 10 {
			t.Errorf("while one is stuck: got %+v, want no gap and 10 held", stats)
		}
		close(slow.release)
		synctest.Wait()
		got := dispatched(slow.blocks(t))
		if gap := got[0]; !strings.Contains(gap, `"missed":90`) {
			t.Errorf("slow client: got %s, want a gap of 90 first", gap)
		}
		if strings.Join(got[1:], " ") != strings.Join(want[90:], " ") {
			t.Errorf("slow client: got %q, want 90 to 99, the messages held", got[1:])
		}
		if stats := f.Stats(); stats.Gaps != 1 || stats.Missed != 90 || stats.Sent != 110 || stats.Published != 100 {
			t.Errorf("got %+v, want 1 gap, 90 missed, 110 sent, 100 published", stats)
		}
	})
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(nil)
		w := newStuckWriter()
		close(w.release)
		stream(t, f, w)
		comments := func() (n int) {
			synctest.Wait()
			for _, b := range w.blocks(t) {
				if b.comment != "" {
					n++
				}
				if b.comment != "" && (b.typ != string(eventstream.HeartbeatEvent) || b.data != "{}" || b.id != "") {
					t.Errorf("got %+v, want a comment and the event without an id", b)
				}
			}
			return n
		}
		for _, step := range []struct {
			wait    time.Duration
			publish bool
			want    int
		}{
			{15*time.Second - 1, false, 0},
			{1, false, 1},
			{15 * time.Second, false, 2},
			{10 * time.Second, true, 2}, // the stream is not quiet
			{10 * time.Second, false, 2},
			{5 * time.Second, false, 3},
		} {
			time.Sleep(step.wait)
			if step.publish {
				publish(t, f, "x")
			}
			if got := comments(); got != step.want {
				t.Fatalf("after %v more: got %d comments, want %d", step.wait, got, step.want)
			}
		}
	})
}

func TestHeartbeatOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(&Options{Heartbeat: -1})
		w := newStuckWriter()
		close(w.release)
		stream(t, f, w)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if got := len(w.blocks(t)); got != 1 {
			t.Errorf("got %d blocks, want the first only", got)
		}
	})
}

func TestHeartbeatOverHTTP(t *testing.T) {
	_, url := serve(t, &Options{Heartbeat: time.Millisecond})
	c := connect(t, url, "")
	for range 3 {
		if b := c.block(); b.comment != "heartbeat" || b.typ != string(eventstream.HeartbeatEvent) {
			t.Fatalf("got %+v, want the comment and the event", b)
		}
	}
}

// smallBuffers makes a server whose connections take little before they block.
func smallBuffers(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		if err := c.(*net.TCPConn).SetWriteBuffer(4 << 10); err != nil {
			t.Error(err)
		}
		return ctx
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// dialStream asks for a stream and reads only its first line.
func dialStream(t *testing.T, s *httptest.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, len("HTTP/1.1 200 OK\r\n"))); err != nil {
		t.Fatal(err)
	}
	return c
}

func large() eventstream.Message {
	return eventstream.Message{Data: bytes.Repeat([]byte("x"), 16<<20)}
}

func TestDeadPeerIsLetGo(t *testing.T) {
	f := New(&Options{WriteTimeout: 20 * time.Millisecond})
	defer f.Close()
	left := make(chan struct{})
	s := smallBuffers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		f.ServeHTTP(w, r)
	}))
	dialStream(t, s)
	if _, err := f.PublishMessage(t.Context(), large()); err != nil {
		t.Fatal(err)
	}
	<-left // the peer still holds its connection and reads nothing
}

func TestEndingDoesNotWaitForAStuckWrite(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*Feed)
	}{
		{"close", func(f *Feed) { f.Close() }},
		{"cut", func(f *Feed) {
			for c := range f.Clients() {
				c.Cut()
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := New(&Options{WriteTimeout: -1})
			defer f.Close()
			left := make(chan struct{})
			s := smallBuffers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				defer close(left)
				f.ServeHTTP(w, r)
			}))
			dialStream(t, s)
			if _, err := f.PublishMessage(t.Context(), large()); err != nil {
				t.Fatal(err)
			}
			test.end(f)
			<-left // never, if the end waits for the write
		})
	}
}

// countingWriter notes the deadlines it is given, and takes its time.
type countingWriter struct {
	*httptest.ResponseRecorder
	deadlines []time.Time
	speed     int // bytes per second
}

func (w *countingWriter) SetWriteDeadline(deadline time.Time) error {
	w.deadlines = append(w.deadlines, deadline)
	return nil
}

func (w *countingWriter) Write(b []byte) (int, error) {
	time.Sleep(time.Duration(len(b)) * time.Second / time.Duration(w.speed))
	if last := w.deadlines[len(w.deadlines)-1]; time.Now().After(last) {
		return 0, errors.New("too late")
	}
	return w.ResponseRecorder.Write(b)
}

func TestWriteTimeoutCountsForEachPiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(&Options{WriteTimeout: 10 * time.Second})
		w := &countingWriter{ResponseRecorder: httptest.NewRecorder(), speed: piece / 2}
		go f.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		time.Sleep(time.Minute)
		m := eventstream.Message{Data: bytes.Repeat([]byte("x"), 40*piece)}
		if _, err := f.PublishMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := w.Body.Len(); got < 40*piece {
			t.Errorf("got %d bytes, want the message whole: it took long but never stood still", got)
		}
	})
}
