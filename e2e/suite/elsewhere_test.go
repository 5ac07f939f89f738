//go:build !js

package suite

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/server"
)

// busyServer refuses so many requests by another handler, and serves the next one.
type busyServer struct {
	refuse http.Handler

	mu    sync.Mutex
	left  int
	since time.Time // when it refused the last one
	after time.Duration
}

func (s *busyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Access-Control-Allow-Origin", "*")
	if s.left--; s.left >= 0 {
		s.refuse.ServeHTTP(w, r)
		s.since = time.Now()
		return
	}
	s.after = time.Since(s.since)
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, "data: x\n\n")
}

// waited returns how long the client has waited after the last refusal.
func (s *busyServer) waited() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.after
}

// TestBusyElsewhere holds that a page of another origin waits as long as Runnel's
// server asks it to, and for some seconds if it cannot see what another server asks.
func TestBusyElsewhere(t *testing.T) {
	runnel := server.New(&server.Options{Origins: []string{"*"}})
	runnel.Close() // which has it answer 503
	other := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3600")
		http.Error(w, "busy", http.StatusServiceUnavailable)
	})
	inPages(t, func(t *testing.T, v variant) {
		for _, test := range []struct {
			name   string
			refuse http.Handler
			least  time.Duration
		}{{"exposed", runnel, 2 * time.Second}, {"hidden", other, 5 * time.Second}} {
			t.Log(test.name)
			server := &busyServer{refuse: test.refuse, left: 1}
			if !v.fetch {
				server.left = 2 // over fetch too
			}
			v.app.Policy, v.app.Handler = "connect-src *", server
			v.app.Allow = []e2e.Allowance{{Kind: e2e.NetworkError, Containing: "/events"}}
			site := e2e.Serve(t, v.app)
			page := site.Open(at(v.scenario("follow", "type", "", "until", "x"), site.Host(1)+"/events"))
			expect(t, "events", waitEvents(page, 1), []string{"/message/x"})
			page.Close()
			if waited := server.waited(); waited < test.least {
				t.Errorf("%s: asked again after %v, want no sooner than after %v", test.name, waited, test.least)
			}
		}
	})
}
