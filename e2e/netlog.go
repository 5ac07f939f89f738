//go:build !js

package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// What a network log keeps, however much goes over the wire. Of what is more,
// the oldest is dropped.
const (
	maxExchanges = 200
	maxWrites    = 200 // of one event stream
	maxWriteText = 256 // bytes of one write
)

// joinedWithin is how soon after another a write is shown as part of it: a burst
// is one line, and so is a message that is sent byte by byte.
const joinedWithin = 2 * time.Millisecond

// netlog is what a site's server saw of the network, and when.
type netlog struct {
	mu      sync.Mutex
	start   time.Time
	entries []*exchange
	dropped int
}

// exchange is one request and its answer, or a note of something else that
// happened.
type exchange struct {
	log     *netlog
	at      time.Duration
	what    string
	answer  string
	size    int
	stream  bool // its messages are shown
	writes  []written
	dropped int
	end     string // "" while it goes on
	ended   time.Duration
}

// endedByServer is how an exchange ends that goes well.
const endedByServer = "ended by the server"

// written is what was sent at one time.
type written struct {
	at    time.Duration
	text  string
	size  int
	times int
}

func (l *netlog) now() time.Duration { return time.Since(l.start) }

// add puts an entry at the end. l is locked.
func (l *netlog) add(what string) *exchange {
	if len(l.entries) == maxExchanges {
		l.entries = slices.Delete(l.entries, 0, maxExchanges/4)
		l.dropped += maxExchanges / 4
	}
	x := &exchange{log: l, at: l.now(), what: what}
	l.entries = append(l.entries, x)
	return x
}

// note records what is no request.
func (l *netlog) note(format string, arguments ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.add(fmt.Sprintf("("+format+")", arguments...))
	x.end = "noted"
}

// record returns w as a writer that records the answer to r.
func (l *netlog) record(w http.ResponseWriter, r *http.Request) *recorder {
	what := r.Method + " http://" + r.Host + r.URL.RequestURI()
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		what += fmt.Sprintf(" (Last-Event-ID %q)", id)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return &recorder{ResponseWriter: w, request: r, exchange: l.add(what)}
}

// begin notes the status and the type of the answer.
func (x *exchange) begin(status int, contentType string) {
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	if x.answer != "" {
		return
	}
	x.answer = strings.TrimSpace(fmt.Sprint(status, " ", contentType))
	x.stream = strings.HasPrefix(contentType, "text/event-stream")
}

// sent notes bytes of the answer.
func (x *exchange) sent(p []byte) {
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	x.size += len(p)
	if !x.stream || len(p) == 0 {
		return
	}
	now := x.log.now()
	if last := len(x.writes) - 1; last < 0 || now-x.writes[last].at > joinedWithin {
		if len(x.writes) == maxWrites {
			x.writes = slices.Delete(x.writes, 0, maxWrites/4)
			x.dropped += maxWrites / 4
		}
		x.writes = append(x.writes, written{at: now})
	}
	w := &x.writes[len(x.writes)-1]
	w.size += len(p)
	w.times++
	w.text += string(p[:min(len(p), maxWriteText-len(w.text))])
}

// finish notes how the exchange ended, once.
func (x *exchange) finish(how string) {
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	if x.end == "" {
		x.end, x.ended = how, x.log.now()
	}
}

// text shows the log, one line an exchange, and below an event stream's what was
// sent on it.
func (l *netlog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "What the test's server saw, in seconds since it began to serve (%s).\n"+
		"What a page asked of another server is not here.\n\n", l.start.Format(time.RFC3339Nano))
	if l.dropped > 0 {
		fmt.Fprintf(&b, "(%d earlier entries left out)\n", l.dropped)
	}
	for _, x := range l.entries {
		x.show(&b)
	}
	return b.String()
}

func (x *exchange) show(b *strings.Builder) {
	fmt.Fprintf(b, "%s  %s\n", seconds(x.at), x.what)
	if x.end == "noted" {
		return
	}
	answer := x.answer
	if answer == "" {
		answer = "no answer"
	}
	if !x.stream && x.end == endedByServer {
		fmt.Fprintf(b, "            %s, %d bytes within %v\n", answer, x.size, (x.ended - x.at).Round(time.Microsecond))
		return
	}
	fmt.Fprintf(b, "            %s, %d bytes\n", answer, x.size)
	if x.dropped > 0 {
		fmt.Fprintf(b, "            (%d earlier writes left out)\n", x.dropped)
	}
	for _, w := range x.writes {
		fmt.Fprintf(b, "%s    sent %s\n", seconds(w.at), w)
	}
	if x.end == "" {
		fmt.Fprintf(b, "            still open\n")
		return
	}
	fmt.Fprintf(b, "%s    %s\n", seconds(x.ended), x.end)
}

func (w written) String() string {
	text := fmt.Sprintf("%q", w.text)
	if w.size > len(w.text) {
		text += "…"
	}
	if w.size > len(w.text) || w.times > 1 {
		text += fmt.Sprintf(" (%d bytes in %d writes)", w.size, w.times)
	}
	return text
}

func seconds(d time.Duration) string { return fmt.Sprintf("%10.4f", d.Seconds()) }

// recorder records what a handler answers.
type recorder struct {
	http.ResponseWriter
	request *http.Request
	*exchange
}

// Unwrap lets [http.ResponseController] find what this type has not.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) WriteHeader(status int) {
	if status >= 200 {
		r.begin(status, r.Header().Get("Content-Type"))
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	n, err := r.ResponseWriter.Write(p)
	r.begin(http.StatusOK, r.Header().Get("Content-Type"))
	r.sent(p[:n])
	return n, err
}

// Flush is for handlers that look for an [http.Flusher].
func (r *recorder) Flush() { _ = r.FlushError() }

// FlushError is what [http.ResponseController] looks for.
func (r *recorder) FlushError() error {
	return http.NewResponseController(r.ResponseWriter).Flush()
}

// Hijack is for handlers that look for an [http.Hijacker].
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err != nil {
		return conn, buffered, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return conn, buffered, nil
	}
	r.takenOver()
	return &recordedConn{TCPConn: tcp, exchange: r.exchange}, buffered, nil
}

// takenOver notes that what is sent from now on is not HTTP's.
func (x *exchange) takenOver() {
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	x.stream = true
	if x.answer == "" {
		x.answer = "the connection itself, without HTTP"
	}
}

// returned notes how the handler has ended: by a panic of the value, or nil.
func (r *recorder) returned(panicked any) {
	switch {
	case r.request.Context().Err() != nil:
		r.finish("the connection was closed by the client")
	case panicked != nil:
		r.finish("cut by the server")
	default:
		r.begin(http.StatusOK, r.Header().Get("Content-Type"))
		r.finish(endedByServer)
	}
}

// recordedConn records what is sent on a connection that was taken over.
type recordedConn struct {
	*net.TCPConn
	*exchange
}

func (c *recordedConn) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.sent(p[:n])
	return n, err
}

// SetLinger is how a test resets a connection.
func (c *recordedConn) SetLinger(sec int) error {
	if sec == 0 {
		c.finish("reset by the server")
	}
	return c.TCPConn.SetLinger(sec)
}

func (c *recordedConn) Close() error {
	c.finish("cut by the server")
	return c.TCPConn.Close()
}
