//go:build !js

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// streams are the event streams that the tests describe in queries. The
// package comment has the parameters.
type streams struct {
	mu    sync.Mutex
	byKey map[string]*requests
}

// requests is what arrived under one key.
type requests struct {
	Open     int       `json:"open"`
	Requests []request `json:"requests"`
}

type request struct {
	Method      string      `json:"method"`
	LastEventID string      `json:"lastEventID"`
	Header      http.Header `json:"header"`
	Body        string      `json:"body"`
}

func newStreams() *streams { return &streams{byKey: make(map[string]*requests)} }

func (s *streams) handle(mux *http.ServeMux) {
	mux.HandleFunc("/stream", s.serve)
	mux.HandleFunc("GET /requests", s.list)
}

func (s *streams) list(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	known := s.byKey[r.URL.Query().Get("key")]
	if known == nil {
		known = &requests{Requests: []request{}}
	}
	json.NewEncoder(w).Encode(known)
}

// answer is what a query asks for one request.
type answer struct {
	body      []byte
	repeat    int
	hold, cut bool
	status    int
}

func (s *streams) serve(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	allowOrigin(w, r, query.Get("origin"))
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		return
	}
	attempt := 0
	if key := query.Get("key"); key != "" {
		var done func()
		attempt, done = s.arrive(key, r)
		defer done()
	}
	a, err := answerTo(query, attempt)
	if err != nil {
		http.Error(w, "wasmtest: "+err.Error(), http.StatusBadRequest)
		return
	}
	a.write(w, r, query.Get("type"))
}

// arrive counts a request; done is to be called when its response is over.
func (s *streams) arrive(key string, r *http.Request) (attempt int, done func()) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the client left while it was sending
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.byKey[key]
	if known == nil {
		known = new(requests)
		s.byKey[key] = known
	}
	known.Open++
	known.Requests = append(known.Requests, request{
		Method: r.Method, LastEventID: r.Header.Get("Last-Event-ID"), Header: r.Header, Body: string(body),
	})
	return len(known.Requests) - 1, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		known.Open--
	}
}

func answerTo(query url.Values, attempt int) (answer, error) {
	a := answer{repeat: 1, status: http.StatusOK}
	text := strings.NewReplacer("+", "-", "/", "_", " ", "-", "=", "").Replace(nth(query["body"], attempt))
	var err error
	if a.body, err = base64.RawURLEncoding.DecodeString(text); err != nil {
		return a, fmt.Errorf("body: %w", err)
	}
	if n := nth(query["repeat"], attempt); n != "" {
		if a.repeat, err = strconv.Atoi(n); err != nil {
			return a, fmt.Errorf("repeat: %w", err)
		}
	}
	if n := nth(query["status"], attempt); n != "" {
		if a.status, err = strconv.Atoi(n); err != nil || a.status < 200 || a.status > 599 {
			return a, fmt.Errorf("status %q: it must be between 200 and 599", n)
		}
	}
	a.hold = nth(query["hold"], attempt) == "1"
	a.cut = nth(query["cut"], attempt) == "1"
	return a, nil
}

// nth returns the value for the n-th request: the last one stands for all that
// follow.
func nth(values []string, n int) string {
	if len(values) == 0 {
		return ""
	}
	return values[min(n, len(values)-1)]
}

func (a *answer) write(w http.ResponseWriter, r *http.Request, contentType string) {
	if contentType == "" {
		contentType = "text/event-stream"
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(a.status)
	w.Write(slices.Concat(slices.Repeat([][]byte{a.body}, max(a.repeat, 0))...)) // fails when the client has left, which it may
	http.NewResponseController(w).Flush()
	if a.hold {
		<-r.Context().Done()
	}
	if a.cut {
		panic(http.ErrAbortHandler)
	}
}

func allowOrigin(w http.ResponseWriter, r *http.Request, origin string) {
	if origin == "" {
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", origin)
	if origin != "*" {
		header.Set("Access-Control-Allow-Credentials", "true")
	}
	if method := r.Header.Get("Access-Control-Request-Method"); method != "" {
		header.Set("Access-Control-Allow-Methods", method)
	}
	if names := r.Header.Get("Access-Control-Request-Headers"); names != "" {
		header.Set("Access-Control-Allow-Headers", names)
	}
}
