//go:build !js

package e2e

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path"
	"runtime/debug"
	"strings"

	"github.com/runnel-go/runnel/e2e/internal/wasmexec"
)

//go:embed boot
var boot embed.FS

// discardLog takes what net/http says about clients that leave in the middle:
// tests do that on purpose.
var discardLog = log.New(io.Discard, "", 0)

// maxRequests bounds the list of requests that failure messages show.
const maxRequests = 200

// appFiles returns the files that the harness itself serves, by URL path.
func appFiles(app App) (map[string][]byte, error) {
	files := make(map[string][]byte)
	if app.Program == "" {
		return files, nil
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("finding the test's directory: %w", err)
	}
	if files["/main.wasm"], err = buildProgram(dir, app.Program, app.BuildFlags); err != nil {
		return nil, err
	}
	if files["/wasm_exec.js"], err = wasmexec.Script(); err != nil {
		return nil, err
	}
	if app.Page != nil {
		return files, nil
	}
	for name, file := range map[string]string{
		"/": "boot/page.html", "/boot.js": "boot/boot.js", "/worker.js": "boot/worker.js",
	} {
		if files[name], err = boot.ReadFile(file); err != nil {
			return nil, err
		}
	}
	if app.Worker {
		files["/"] = bytes.Replace(files["/"], []byte("<body>"), []byte("<body data-worker>"), 1)
	}
	return files, nil
}

// handler answers requests: from a stream, the harness's files, the page's
// files, the app's handler, in this order.
func (s *Site) handler(files map[string][]byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !s.begin(r) {
			panic(http.ErrAbortHandler)
		}
		defer s.handlers.Done()
		recorded := s.log.record(w, r)
		w = recorded
		defer s.reportPanic(recorded)
		if stream := s.streamAt(r.URL.Path); stream != nil {
			stream.serve(w, r)
			return
		}
		if file, ok := files[r.URL.Path]; ok {
			s.setHeader(w)
			serveFile(w, r, file)
			return
		}
		if s.app.Page != nil && hasFile(s.app.Page, r.URL.Path) {
			s.setHeader(w)
			http.FileServerFS(s.app.Page).ServeHTTP(w, r)
			return
		}
		if s.app.Handler != nil {
			s.app.Handler.ServeHTTP(w, r)
			return
		}
		http.NotFound(w, r)
	})
}

// reportPanic notes how a handler has ended, and makes its panic a failure of
// the test. The server would only write it to its log.
func (s *Site) reportPanic(of *recorder) {
	p, r := recover(), of.request
	of.returned(p)
	switch p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.t.Errorf("e2e: handler of %s %s: panic: %v\n%s", r.Method, r.URL, p, debug.Stack())
		panic(http.ErrAbortHandler)
	}
}

func (s *Site) setHeader(w http.ResponseWriter) {
	header := w.Header()
	// What a test serves now must not come from a test before it.
	header.Set("Cache-Control", "no-store")
	policy := s.app.Policy
	if policy == "" && s.app.Page == nil {
		policy = DefaultPolicy
	}
	if policy != "" {
		header.Set("Content-Security-Policy", policy)
	}
	for name, values := range s.app.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
}

func serveFile(w http.ResponseWriter, r *http.Request, file []byte) {
	types := map[string]string{
		".wasm": "application/wasm",
		".js":   "text/javascript; charset=utf-8",
		"":      "text/html; charset=utf-8",
	}
	w.Header().Set("Content-Type", types[path.Ext(r.URL.Path)])
	w.Write(file) // a client that has left is no concern of this file
}

func hasFile(files fs.FS, urlPath string) bool {
	name := strings.TrimPrefix(path.Clean(urlPath), "/")
	if name == "" || strings.HasSuffix(urlPath, "/") {
		name = path.Join(name, "index.html")
	}
	_, err := fs.Stat(files, name)
	return !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid)
}

// begin counts and notes a request, unless the test is over.
func (s *Site) begin(r *http.Request) bool {
	line := r.Method + " " + r.URL.RequestURI()
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		line += fmt.Sprintf(" (Last-Event-ID %q)", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	s.paths[r.URL.Path] = true
	if len(s.requests) < maxRequests {
		s.requests = append(s.requests, line)
	}
	return true
}

// requestList names the requests that arrived, one a line.
func (s *Site) requestList() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.requests) == 0 {
		return "\tnone"
	}
	list := "\t" + strings.Join(s.requests, "\n\t")
	if len(s.requests) == maxRequests {
		list += "\n\t… (no more are listed)"
	}
	return list
}

func (s *Site) streamAt(path string) *Stream {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams[path]
}
