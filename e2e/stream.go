//go:build !js

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxBody bounds the request body that a [Request] holds.
const maxBody = 16 << 20

// Stream is the script of one path: what the test has the server do with each
// request to it. Until a refusal is set, a request waits for the test to
// [Stream.Accept] it and to send on its [Conn].
type Stream struct {
	site *Site
	path string

	mu       sync.Mutex
	attempts []Request
	waiting  []*Conn
	next     []Response // each for one request
	standing *Response  // for all others
	changed  chan struct{}
	types    map[string]int // how many events were sent, by their type

	allowOrigin      string
	allowCredentials bool
}

// Request is a request to a stream as it arrived.
type Request struct {
	// Attempt counts the requests to the path, from 1.
	Attempt int
	Method  string
	// Host is the host the client asked, with its port.
	Host   string
	Header http.Header
	Query  url.Values
	// LastEventID is the Last-Event-ID header, "" when there was none.
	LastEventID string
	Cookies     []*http.Cookie
	Body        []byte
}

// Response is an answer that is no event stream of the script's own.
type Response struct {
	// Status is the HTTP status. Zero stands for 200.
	Status int
	Header http.Header
	Body   string
	// Delay is how long the client waits for the answer, the headers included.
	// To answer never, [Stream.Accept] the request and send nothing.
	Delay time.Duration
}

// Stream returns the script of path, which must start with a slash and has no
// query. The same path gives the same Stream. The first call has to come before
// the page that asks for the path is opened: a path that was already answered
// 404 fails the test.
func (s *Site) Stream(path string) *Stream {
	s.t.Helper()
	s.own("scripting " + path)
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#") {
		s.t.Fatalf("e2e: stream path %q: it must start with a slash and have no query", path)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stream, ok := s.streams[path]; ok {
		return stream
	}
	if s.paths[path] && s.app.Handler == nil {
		s.t.Fatalf("e2e: stream %s: a request to it came before it was scripted and was answered 404: "+
			"call Stream before the page is opened", path)
	}
	stream := &Stream{site: s, path: path, changed: make(chan struct{})}
	s.streams[path] = stream
	return stream
}

// Accept waits for the next request that no refusal answers and returns it, with
// nothing sent yet. It fails the test when ctx ends or the site's timeout
// passes first, and names the requests that did come. Requests are accepted in
// the order in which they arrived.
func (s *Stream) Accept(ctx context.Context) *Conn {
	s.site.t.Helper()
	return s.AcceptWhere(ctx, func(Request) error { return nil })
}

// AcceptWhere is [Stream.Accept] for the first request that wanted returns nil
// for. The others stay for later calls. A failure tells what wanted said of
// each. wanted may see a request several times, and must not call s.
func (s *Stream) AcceptWhere(ctx context.Context, wanted func(Request) error) *Conn {
	s.site.t.Helper()
	var conn *Conn
	var others []string
	err := s.await(ctx, func() bool {
		others = nil
		for i, waiting := range s.waiting {
			err := wanted(waiting.Request)
			if err == nil {
				conn, s.waiting = waiting, slices.Delete(s.waiting, i, i+1)
				return true
			}
			others = append(others, fmt.Sprintf("\tattempt %d: %v\n", waiting.Attempt, err))
		}
		return false
	})
	if err != nil {
		s.site.t.Fatalf("e2e: waiting for a request to %s: %v\n%srequests that came:\n%s",
			s.path, err, strings.Join(others, ""), s.site.requestList())
	}
	return conn
}

// Attempts returns every request to the path so far, the refused ones included.
func (s *Stream) Attempts() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.attempts)
}

// WaitAttempts waits until n requests to the path have arrived, the refused
// ones included, and returns them. It fails the test when ctx ends or the
// site's timeout passes first.
func (s *Stream) WaitAttempts(ctx context.Context, n int) []Request {
	s.site.t.Helper()
	if err := s.await(ctx, func() bool { return len(s.attempts) >= n }); err != nil {
		s.site.t.Fatalf("e2e: waiting for %d requests to %s: %v; requests that came:\n%s",
			n, s.path, err, s.site.requestList())
	}
	return s.Attempts()
}

// await returns nil once ready, which it calls with s locked, is true.
func (s *Stream) await(ctx context.Context, ready func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.site.within(),
		fmt.Errorf("nothing within %v", s.site.within()))
	defer cancel()
	for {
		s.mu.Lock()
		ok, changed := ready(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// wake lets every await look again. s is locked.
func (s *Stream) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Refuse answers the next request with r, at once and by itself. Called again
// before that request it adds an answer for the one after it.
//
// What the browser logs about a request to a scripted path does not fail the
// test: the test asked for it.
func (s *Stream) Refuse(r Response) {
	s.noteType(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, r)
}

// RefuseAll answers every request with r from now on, those excepted that
// [Stream.Refuse] has an answer for, until [Stream.RefuseNone].
func (s *Stream) RefuseAll(r Response) {
	s.noteType(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.standing = &r
}

// RefuseNone takes back what Refuse and RefuseAll have set and not yet used.
func (s *Stream) RefuseNone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.standing = nil, nil
}

// Redirect answers the next request with a redirect to location: status is 301,
// 302, 303, 307 or 308.
func (s *Stream) Redirect(status int, location string) {
	s.Refuse(Response{Status: status, Header: http.Header{"Location": {location}}})
}

// AllowOrigin gives the stream's answers the CORS headers that let pages of
// origin (or "*") read them, with credentials if so said, and answers
// preflight requests, which count as no attempt.
func (s *Stream) AllowOrigin(origin string, credentials bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowOrigin, s.allowCredentials = origin, credentials
}

func (s *Stream) noteType(r Response) {
	if strings.HasPrefix(r.Header.Get("Content-Type"), "text/event-stream") {
		return
	}
	s.site.mu.Lock()
	defer s.site.mu.Unlock()
	s.site.mistyped = true
}

// serve answers one request as the script says.
func (s *Stream) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // the client left while it was sending
	}
	s.setCORS(w, r)
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	refusal, conn := s.arrive(w, r, body)
	if refusal != nil {
		refusal.answer(w, r)
		return
	}
	conn.serve()
}

// arrive notes the request and decides who answers it: a refusal or the test.
func (s *Stream) arrive(w http.ResponseWriter, r *http.Request, body []byte) (*Response, *Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.wake()
	request := Request{
		Attempt: len(s.attempts) + 1, Method: r.Method, Host: r.Host,
		Header: r.Header.Clone(), Query: r.URL.Query(),
		LastEventID: r.Header.Get("Last-Event-ID"), Cookies: r.Cookies(), Body: body,
	}
	s.attempts = append(s.attempts, request)
	if len(s.next) > 0 {
		refusal := s.next[0]
		s.next = s.next[1:]
		return &refusal, nil
	}
	if s.standing != nil {
		return s.standing, nil
	}
	conn := newConn(s, request, w, r)
	s.waiting = append(s.waiting, conn)
	return nil, conn
}

func (s *Stream) setCORS(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.allowOrigin == "" {
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", s.allowOrigin)
	if s.allowCredentials {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
	if method := r.Header.Get("Access-Control-Request-Method"); method != "" {
		header.Set("Access-Control-Allow-Methods", method)
	}
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		header.Set("Access-Control-Allow-Headers", names)
	}
}

func (r *Response) answer(w http.ResponseWriter, request *http.Request) {
	select {
	case <-time.After(r.Delay):
		r.write(w)
	case <-request.Context().Done():
		panic(http.ErrAbortHandler) // nobody waits any more
	}
}

func (r *Response) write(w http.ResponseWriter) {
	for name, values := range r.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	io.WriteString(w, r.Body) // not for 204 and 304, where there is no body to write
}
