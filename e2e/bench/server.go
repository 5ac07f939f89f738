//go:build !js

package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/e2e/timescale"
)

//go:embed page
var pageFiles embed.FS

// server gives the pages what they run and takes what they measured. One job is
// under way at a time.
type server struct {
	port     int
	programs map[string][]byte // by name
	script   []byte            // wasm_exec.js
	peers    string            // the folder of the npm packages, "" for none
	http     *http.Server

	mu      sync.Mutex
	current *assignment
	next    chan string   // the URL for the page whose result has been taken; "" for none
	signs   chan struct{} // of life
}

// assignment is a job with what the server needs for it.
type assignment struct {
	event.Job
	warm, burst *stream // before the first gate, and behind each
	texts       [][]byte
	gate        chan struct{}
	result      chan result
}

func newServer(programs map[string][]byte, script []byte, peers string) (*server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s := &server{
		port:     listener.Addr().(*net.TCPAddr).Port,
		programs: programs, script: script, peers: peers,
		signs: make(chan struct{}, 1),
	}
	s.http = &http.Server{Handler: s.handler(), ErrorLog: log.New(io.Discard, "", 0)}
	go s.http.Serve(listener) // ends with close
	return s, nil
}

func (s *server) close() { s.http.Close() }

// page returns the URL of a job's page. Each is of another site, so that it gets
// a process of its own; browsers resolve these names by themselves.
func (s *server) page(id int) string {
	return fmt.Sprintf("http://job%d.localhost:%d/?job=%d", id, s.port, id)
}

func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		// These two give the page a clock of 5 µs instead of 100 µs.
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		serveEmbedded(w, "page/index.html")
	})
	mux.HandleFunc("GET /page/{name}", func(w http.ResponseWriter, r *http.Request) {
		serveEmbedded(w, "page/"+r.PathValue("name"))
	})
	mux.HandleFunc("GET /wasm_exec.js", func(w http.ResponseWriter, _ *http.Request) {
		serve(w, ".js", s.script)
	})
	mux.HandleFunc("GET /{program}", func(w http.ResponseWriter, r *http.Request) {
		binary, ok := s.programs[strings.TrimSuffix(r.PathValue("program"), ".wasm")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		serve(w, ".wasm", binary)
	})
	mux.HandleFunc("GET /peers/", s.servePeer)
	mux.HandleFunc("GET /job/{id}", s.withJob(serveJob))
	mux.HandleFunc("GET /stream/{id}", s.withJob(serveStream))
	mux.HandleFunc("POST /go/{id}", s.withJob(openGate))
	mux.HandleFunc("POST /alive/{id}", s.withJob(func(http.ResponseWriter, *http.Request, *assignment) {}))
	mux.HandleFunc("POST /result/{id}", s.withJob(s.takeResult))
	return mux
}

func serveEmbedded(w http.ResponseWriter, name string) {
	content, err := pageFiles.ReadFile(name)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	serve(w, path.Ext(name), content)
}

func serve(w http.ResponseWriter, extension string, content []byte) {
	w.Header().Set("Content-Type", map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".wasm": "application/wasm",
	}[extension])
	w.Header().Set("Cache-Control", "no-store")
	w.Write(content)
}

// servePeer serves a module of an npm package. Some import their neighbours
// without the extension, as bundlers allow.
func (s *server) servePeer(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/peers/")
	if path.Ext(name) != ".js" {
		name += ".js"
	}
	content, err := os.ReadFile(filepath.Join(s.peers, filepath.FromSlash(name)))
	if s.peers == "" || err != nil {
		http.NotFound(w, r)
		return
	}
	serve(w, ".js", content)
}

// withJob hands requests for the job that is under way to fn. Each is a sign of
// life.
func (s *server) withJob(fn func(http.ResponseWriter, *http.Request, *assignment)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		job := s.current
		s.mu.Unlock()
		if job == nil || r.PathValue("id") != strconv.Itoa(job.ID) {
			http.Error(w, "that job is over", http.StatusGone)
			return
		}
		select {
		case s.signs <- struct{}{}:
		default:
		}
		w.Header().Set("Cache-Control", "no-store")
		fn(w, r, job)
	}
}

func serveJob(w http.ResponseWriter, _ *http.Request, job *assignment) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(job.Job)
}

func openGate(_ http.ResponseWriter, _ *http.Request, job *assignment) {
	select {
	case job.gate <- struct{}{}:
	default: // a page opens one after the other
	}
}

// serveStream writes the job's stream, which the client ends.
func serveStream(w http.ResponseWriter, r *http.Request, job *assignment) {
	if job.texts != nil {
		for _, text := range job.texts {
			w.Write(text)
			io.WriteString(w, "\n")
		}
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := w.(http.Flusher) // net/http's is one
	flusher.Flush()
	if job.warm.size() > 0 {
		job.warm.WriteTo(w)
		flusher.Flush()
	}
	for {
		select {
		case <-job.gate:
		case <-r.Context().Done():
			return
		}
		if job.Section == "latency" {
			tick(r.Context(), w, job.Warm+job.Count)
			continue
		}
		job.burst.WriteTo(w)
		flusher.Flush()
	}
}

// tickEvery is how often latency is measured.
const tickEvery = 10 * time.Millisecond

// tick writes events that tell when they were written.
func tick(ctx context.Context, w http.ResponseWriter, count int) {
	ticker := time.NewTicker(tickEvery)
	defer ticker.Stop()
	for seq := range count {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		now := float64(time.Now().UnixMicro()) / 1000
		fmt.Fprintf(w, "event: %s\nid: %d\ndata: {\"sent\":%.3f,\"seq\":%d}\n\n", event.TickName, seq+1, now, seq)
		w.(http.Flusher).Flush()
	}
}

// takeResult hands over what a page has measured and, once it is known, tells
// the page where to go next.
func (s *server) takeResult(w http.ResponseWriter, r *http.Request, job *assignment) {
	var result result
	if err := json.NewDecoder(r.Body).Decode(&result); err != nil {
		result.Error = "the page's result: " + err.Error()
	}
	next := make(chan string, 1)
	s.mu.Lock()
	s.next = next
	s.mu.Unlock()
	select {
	case job.result <- result:
	default: // a second result of one job
		return
	}
	select {
	case url := <-next:
		io.WriteString(w, url)
	case <-r.Context().Done():
	}
}

// assign makes a job the one that is under way, and reports whether a page that
// waits for one has been told.
func (s *server) assign(job *assignment) (told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = job
	if s.next == nil {
		return false
	}
	s.next <- s.page(job.ID)
	s.next = nil
	return true
}

// silence bounds how long nothing may come from the browser.
var silence = timescale.Bound(time.Minute)

var errSilent = errors.New("nothing has come from the browser for " + silence.String())

// await returns the result of the job that is under way.
func (s *server) await(ctx context.Context, job *assignment, ended <-chan struct{}) (result, error) {
	patience := time.NewTimer(silence)
	defer patience.Stop()
	for {
		select {
		case result := <-job.result:
			return result, nil
		case <-s.signs:
			patience.Reset(silence)
		case <-patience.C:
			return result{}, errSilent
		case <-ended:
			return result{}, errors.New("the browser has ended")
		case <-ctx.Done():
			return result{}, context.Cause(ctx)
		}
	}
}
