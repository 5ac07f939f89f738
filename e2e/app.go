//go:build !js

package e2e

import (
	"context"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// DefaultPolicy is the Content-Security-Policy of the default page: the
// strictest one that a wasm program can run and fetch under.
const DefaultPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; " +
	"connect-src 'self'; style-src 'self'; img-src 'self' data:"

// DefaultTimeout bounds a wait when [App.Timeout] is zero. On a machine that was
// measured to be slow (the environment variable RUNNEL_PACE) it is multiplied.
const DefaultTimeout = 30 * time.Second

// App says what a test wants served. The zero App is a server of nothing, to
// which streams can be added.
type App struct {
	// URL is the origin of a running server, as "http://localhost:8080", which
	// then takes the place of the test's own: pages open on it, nothing is
	// served, and the fields about what is served must be empty. Streams cannot
	// be scripted then, and there is no network log.
	URL string
	// Program is the package main of a js/wasm program: an import path, or a path
	// relative to the directory of the test that starts with "./" or "../".
	// It is built once per test binary, from what the go command has cached by
	// content, and served at /main.wasm, with the Go distribution's
	// /wasm_exec.js. "" builds nothing.
	Program string
	// BuildFlags are given to go build, say "-tags=x".
	BuildFlags []string
	// Page holds the files of the frontend, with index.html at its root. Nil
	// with a Program stands for a plain page at / whose /boot.js runs the
	// program: see the package comment.
	Page fs.FS
	// Handler answers what neither a [Stream] nor the Program nor the Page
	// does. Nil answers 404.
	Handler http.Handler
	// Policy is the Content-Security-Policy of the Page and the Program's
	// files. "" stands for [DefaultPolicy] on the default page and for none on
	// a Page of your own.
	Policy string
	// Header is added to the answers for the Page and the Program's files.
	Header http.Header
	// Worker makes the default page run the Program in a dedicated worker. The
	// query parameter "worker" does the same for one page.
	Worker bool
	// Allow are problems that do not fail the test, as by [Page.Allow], on
	// every page of this app.
	Allow []Allowance
	// Timeout bounds each wait of this app. Zero stands for [DefaultTimeout].
	Timeout time.Duration
}

// Site is a served [App]. Its methods that take no error report to the test
// that it was served for, and are for that test's goroutine.
type Site struct {
	t       testing.TB
	app     App
	number  int // of the test's sites, from 1
	log     *netlog
	timeout atomic.Int64 // a time.Duration; see SetTimeout
	origin  string       // of a running server
	port    int
	life    context.Context
	handle  http.Handler
	serving *serving // nil while the site is down

	handlers    sync.WaitGroup
	connections connections

	mu       sync.Mutex
	closed   bool // no handler starts any more
	streams  map[string]*Stream
	requests []string
	paths    map[string]bool // that were asked for
	pages    int
	// mistyped says that the test has had a stream answer with another
	// content type: the browser's complaint about it does not name the URL.
	mistyped bool
}

// Serve serves app on a free port of the loopback interface until the test
// ends, or has pages open on the running server that [App.URL] names. It fails
// the test at once when the program does not build, with what the compiler
// wrote.
//
// When the test ends, its pages are closed first and checked, then everything
// that is still open is cut, and Serve's cleanup waits for the handlers to
// return.
func Serve(t testing.TB, app App) *Site {
	t.Helper()
	s := &Site{t: t, app: app, streams: make(map[string]*Stream), paths: make(map[string]bool)}
	s.SetTimeout(app.Timeout)
	s.number, s.log = siteNumber(t), &netlog{start: time.Now()}
	if app.URL != "" {
		var err error
		if s.origin, err = remote(app); err != nil {
			t.Fatalf("e2e: %v", err)
		}
		return s
	}
	files, err := appFiles(app)
	if err != nil {
		t.Fatalf("e2e: %v", err)
	}
	life, end := context.WithCancel(context.Background())
	s.life, s.handle = life, s.handler(files)
	if err := s.listen(); err != nil {
		t.Fatalf("e2e: %v", err)
	}
	t.Cleanup(func() {
		s.saveIfFailed()
		end()
		s.hangUp()
		s.waitForHandlers()
	})
	return s
}

// waitForHandlers fails the test when a handler does not notice that its client
// and its server are gone.
func (s *Site) waitForHandlers() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	returned := make(chan struct{})
	go func() {
		s.handlers.Wait()
		close(returned)
	}()
	select {
	case <-returned:
	case <-time.After(s.within()):
		s.t.Errorf("e2e: a handler is still running %v after its server was closed; requests:\n%s",
			s.within(), s.requestList())
	}
}

// serves reports whether an absolute URL is the site's, at any of its hosts.
func (s *Site) serves(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if s.origin != "" {
		return s.origin == u.Scheme+"://"+u.Host
	}
	return u.Port() == strconv.Itoa(s.port)
}

// URL returns the absolute URL of path at the site's first host.
func (s *Site) URL(path string) string { return s.Host(0) + path }

// Host returns the origin, such as "http://127.0.0.1:4321", of the site's n-th
// host, n ≥ 0. All of them lead to the same server; to the browser they are
// different hosts, each with its own connections (six at most by HTTP/1.1)
// and, except for the first one, a name that browsers resolve by themselves. A
// running server has the one that [App.URL] names.
func (s *Site) Host(n int) string {
	if s.origin != "" {
		return s.origin
	}
	host := "127.0.0.1"
	if n > 0 {
		host = "h" + strconv.Itoa(n) + ".localhost"
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(s.port))
}
