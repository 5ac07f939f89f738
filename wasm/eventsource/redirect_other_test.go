//go:build !(js && wasm)

package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
)

// crossing is two servers of different origins that note what they are asked.
type crossing struct {
	home, away *httptest.Server

	mu    sync.Mutex
	asked []string
}

// note writes a request down: where, how, with which own headers and body.
func (c *crossing) note(r *http.Request) {
	place := "home"
	if "http://"+r.Host == c.away.URL {
		place = "away"
	}
	body, _ := io.ReadAll(r.Body)
	own := []string{place + r.URL.Path, r.Method, string(body)}
	for _, name := range []string{"X-Api-Key", "Authorization", "Cookie", "Content-Type", "Referer"} {
		if value := r.Header.Get(name); value != "" {
			own = append(own, name)
		}
	}
	if id := r.Header.Get("Last-Event-ID"); id != "7" {
		own = append(own, "Last-Event-ID "+id)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, strings.Join(own, " "))
}

func (c *crossing) all() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.asked)
}

// newCrossing serves "/stream", and redirects from other paths with the status and to
// the server and path that the query says.
func newCrossing(t *testing.T) *crossing {
	c := &crossing{}
	handler := func(w http.ResponseWriter, r *http.Request) {
		c.note(r)
		switch status := 0; r.URL.Path {
		case "/stream":
			writeStream(w, "data: x\n\n")
			<-r.Context().Done()
		case "/refused":
			http.Error(w, "no", http.StatusUnauthorized)
		default:
			fmt.Sscan(r.URL.Query().Get("status"), &status)
			http.Redirect(w, r, r.URL.Query().Get("to"), status)
		}
	}
	c.home, c.away = serve(t, handler), serve(t, handler)
	return c
}

// through returns an address at a server that leads to another by a redirect.
func through(server *httptest.Server, path string, status int, to string) string {
	return fmt.Sprintf("%s%s?status=%d&to=%s", server.URL, path, status, url.QueryEscape(to))
}

// secrets are headers that must stay at home.
func secrets() map[string][]string {
	return map[string][]string{
		"X-Api-Key": {"k"}, "authorization": {"Bearer t"}, "Cookie": {"session=1"}, "Referer": {"http://here/"},
	}
}

// TestHTTPOwnHeadersStayHome holds that no own header leaves its origin by a redirect
// of any status, not on a way that leads back either, and that all are sent along
// within it.
func TestHTTPOwnHeadersStayHome(t *testing.T) {
	const own = " X-Api-Key Authorization Cookie Referer"
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, withJar := range []bool{false, true} {
			t.Run(fmt.Sprint(status, " jar ", withJar), func(t *testing.T) {
				c := newCrossing(t)
				client := &http.Client{}
				if withJar {
					client.Jar, _ = cookiejar.New(nil)
				}
				var want []string
				for _, way := range []struct {
					address string
					asks    []string
				}{
					{through(c.home, "/a", status, c.home.URL+"/stream"), []string{"home/a GET " + own, "home/stream GET " + own}},
					{through(c.home, "/a", status, "/stream"), []string{"home/a GET " + own, "home/stream GET " + own}},
					{through(c.home, "/a", status, c.away.URL+"/stream"), []string{"home/a GET " + own, "away/stream GET "}},
					{through(c.home, "/a", status, through(c.home, "/b", status, c.away.URL+"/stream")),
						[]string{"home/a GET " + own, "home/b GET " + own, "away/stream GET "}},
					{through(c.home, "/a", status, through(c.away, "/b", status, "/stream")),
						[]string{"home/a GET " + own, "away/b GET ", "away/stream GET "}},
					{through(c.home, "/a", status, through(c.away, "/b", status, c.home.URL+"/stream")),
						[]string{"home/a GET " + own, "away/b GET ", "home/stream GET "}},
				} {
					s, err := OpenHTTP(t.Context(), client, way.address, &Options{Header: secrets(), LastEventID: "7"})
					if err != nil {
						t.Fatal(err)
					}
					for range subscribe[string](t, s, "", textOptions).Events() {
						break
					}
					s.Close()
					want = append(want, way.asks...)
				}
				expect(t, "requests", strings.Join(c.all(), "\n"), strings.Join(want, "\n"))
			})
		}
	}
}

// TestHTTPWithheldIsSaid holds that an answer which may be due to headers that were
// left out says which, and that one within the origin does not.
func TestHTTPWithheldIsSaid(t *testing.T) {
	c := newCrossing(t)
	for target, said := range map[string]bool{c.home.URL + "/refused": false, c.away.URL + "/refused": true} {
		s, err := Open(t.Context(), through(c.home, "/a", 302, target), &Options{Header: secrets(), Reconnect: NoReconnect})
		if err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		var answer *ResponseError
		if !errors.As(s.Err(), &answer) || answer.Status != 401 || answer.URL != target {
			t.Errorf("got %v, want a 401 of %s", s.Err(), target)
		}
		if strings.Contains(s.Err().Error(), "Authorization, Cookie, Referer, X-Api-Key") != said {
			t.Errorf("got %v; that headers were left out must be said: %t", s.Err(), said)
		}
	}
}

// TestHTTPRedirectPolicy holds that the client's own policy is asked, sees what will
// be sent, and is obeyed.
func TestHTTPRedirectPolicy(t *testing.T) {
	c := newCrossing(t)
	saw := make(chan string, 2)
	client := &http.Client{CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		saw <- next.Header.Get("X-Api-Key")
		return http.ErrUseLastResponse
	}}
	s, err := OpenHTTP(t.Context(), client, through(c.home, "/a", 307, c.away.URL+"/stream"),
		&Options{Header: secrets(), LastEventID: "7"})
	if err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	expect(t, "the policy saw the header", <-saw, "")
	if err := s.Err().Error(); !strings.Contains(err, "status 307") || strings.Contains(err, "X-Api-Key") {
		t.Errorf("got %v, want the redirect itself", err)
	}
	expect(t, "requests", c.all(), []string{"home/a GET  X-Api-Key Authorization Cookie Referer"})
}

// TestHTTPHookAfterRedirect holds that headers which come with a later attempt are
// not sent to where redirects led one without.
func TestHTTPHookAfterRedirect(t *testing.T) {
	var c *crossing
	c = &crossing{
		home: serve(t, func(w http.ResponseWriter, r *http.Request) {
			c.note(r)
			http.Redirect(w, r, c.away.URL+"/stream", http.StatusTemporaryRedirect)
		}),
		away: serve(t, func(w http.ResponseWriter, r *http.Request) {
			c.note(r)
			writeStream(w, "data: x\n\n") // and ends
		}),
	}
	s, err := Open(t.Context(), c.home.URL+"/a", &Options{
		LastEventID: "7",
		Reconnect:   brisk,
		Request: func(_ context.Context, attempt int) (*Request, error) {
			if attempt == 1 {
				return nil, nil
			}
			return &Request{Header: map[string][]string{"X-Api-Key": {"k"}}}, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for range subscribe[string](t, s, "", textOptions).Events() {
		if got++; got == 2 {
			break
		}
	}
	s.Close()
	expect(t, "requests", c.all()[:4], []string{"home/a GET ", "away/stream GET ", "home/a GET  X-Api-Key", "away/stream GET "})
}

// TestHTTPRedirectMethods holds that a redirect changes the method as the Fetch
// standard has it, and leaves the body with the method.
func TestHTTPRedirectMethods(t *testing.T) {
	for _, test := range []struct {
		method   string
		statuses []int
		last     string
	}{
		{"POST", []int{301}, "GET "},
		{"POST", []int{302}, "GET "},
		{"POST", []int{303}, "GET "},
		{"POST", []int{307}, "POST question Content-Type"},
		{"POST", []int{308}, "POST question Content-Type"},
		{"POST", []int{302, 307}, "GET "},
		{"POST", []int{307, 303, 308}, "GET "},
		{"post", []int{301}, "GET "},
		{"REPORT", []int{301}, "REPORT question Content-Type"},
		{"REPORT", []int{302}, "REPORT question Content-Type"},
		{"REPORT", []int{303}, "GET "},
		{"REPORT", []int{307}, "REPORT question Content-Type"},
		{"REPORT", []int{302, 307, 301}, "REPORT question Content-Type"},
		{"REPORT", []int{302, 303, 302}, "GET "},
		{"QUERY", []int{302}, "QUERY question Content-Type"},
		{"PUT", []int{301}, "PUT question Content-Type"},
		{"DELETE", []int{302}, "DELETE question Content-Type"},
		{"GET", []int{302}, "GET "},
	} {
		t.Run(fmt.Sprint(test.method, test.statuses), func(t *testing.T) {
			c := newCrossing(t)
			address := c.home.URL + "/stream"
			for _, status := range slices.Backward(test.statuses) {
				address = through(c.home, fmt.Sprint("/", status), status, address)
			}
			options := &Options{Method: test.method, LastEventID: "7", Reconnect: NoReconnect,
				Header: map[string][]string{"Content-Type": {"text/plain"}}, Body: []byte("question")}
			if !strings.Contains(test.last, "question") && test.method != "POST" && test.method != "post" && test.method != "REPORT" {
				options.Body, options.Header = nil, nil
			}
			s, err := Open(t.Context(), address, options)
			if err != nil {
				t.Fatal(err)
			}
			for range subscribe[string](t, s, "", textOptions).Events() {
				break
			}
			s.Close()
			all := c.all()
			expect(t, "the last of the requests", strings.TrimSuffix(all[len(all)-1], " Referer"), "home/stream "+test.last)
			expect(t, "requests", len(all), len(test.statuses)+1)
		})
	}
}
