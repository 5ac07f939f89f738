//go:build !js

package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// redirecting has every request to a path redirected, by a server that lets all pages
// read its answers.
func redirecting(site *e2e.Site, path string, status int, to string) *e2e.Stream {
	stream := site.Stream(path)
	stream.AllowOrigin("*", false)
	stream.RefuseAll(e2e.Response{Status: status, Header: http.Header{"Location": {to}}})
	return stream
}

// carried names the own headers of a request, and its method if that is not GET.
func carried(r e2e.Request) string {
	var all []string
	if r.Method != "GET" {
		all = append(all, r.Method)
	}
	for _, name := range []string{"X-Token", "Authorization", "Content-Type"} {
		if r.Header.Get(name) != "" {
			all = append(all, name)
		}
	}
	return strings.Join(all, " ")
}

// acceptCarrying accepts requests, and opens their streams, until one has such own
// headers.
func acceptCarrying(t *testing.T, stream *e2e.Stream, own string) *e2e.Conn {
	t.Helper()
	for {
		conn := stream.Accept(t.Context())
		if conn.Open(); carried(conn.Request) == own {
			return conn
		}
	}
}

// unsafe is what Chromium says of a redirect that it has not followed out of the page's
// origin.
const unsafe = "Unsafe attempt to load URL"

// TestOwnHeadersStayHome holds that no own header leaves its origin by a redirect of
// any status, and that all are sent along within it, from the page's origin and from
// another.
func TestOwnHeadersStayHome(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		all, one := []int{301, 302, 303, 307, 308}, []int{302}
		for _, test := range []struct {
			name           string
			statuses       []int
			from, by, last int // the hosts
			own            string
		}{
			{"within the page's origin", one, 0, 0, 0, "X-Token Authorization"},
			{"out of the page's origin", all, 0, 0, 1, ""},
			{"out of it at once", one, 0, 1, 1, ""},
			{"within another origin", one, 1, 1, 1, "X-Token Authorization"},
			{"out of another origin", all, 1, 1, 2, ""},
			{"from another into the page's origin", one, 1, 1, 0, ""},
		} {
			for _, status := range test.statuses {
				t.Run(fmt.Sprint(status, " ", test.name), func(t *testing.T) {
					site := e2e.Serve(t, v.app)
					first := redirecting(site, "/events", status, site.Host(test.by)+"/second")
					second := redirecting(site, "/second", status, site.Host(test.last)+"/last")
					last := site.Stream("/last")
					last.AllowOrigin("*", false)
					page := site.Open(at(v.scenario("follow", "type", "", "token", "secret", "authorization", "Bearer secret",
						"lastEventID", "7"), site.Host(test.from)+"/events"))
					page.Allow(e2e.PolicyViolation, unsafe)
					page.Allow(e2e.ConsoleError, unsafe) // of a worker
					conn := acceptCarrying(t, last, test.own)
					expect(t, "Last-Event-ID", conn.LastEventID, "7")
					conn.Raw("id: 8\ndata: x\n\n")
					got := e2e.WaitReport[event](page, "event")
					expect(t, "event and origin", got.Data+" "+got.Origin, "x "+site.Host(test.last))
					for _, attempt := range slices.Concat(first.Attempts(), second.Attempts(), last.Attempts()) {
						if home := site.Host(test.from); "http://"+attempt.Host != home && carried(attempt) != "" {
							t.Errorf("%s was sent from %s to %s", carried(attempt), home, attempt.Host)
						}
					}
				})
			}
		}
	})
}

// TestOwnHeadersWithheldIsSaid holds that an answer which may be due to headers that
// were left out says so.
func TestOwnHeadersWithheldIsSaid(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		site := e2e.Serve(t, v.app)
		redirecting(site, "/events", 302, site.Host(1)+"/last")
		last := site.Stream("/last")
		last.AllowOrigin("*", false)
		last.RefuseAll(e2e.Response{Status: 401})
		page := site.Open(v.scenario("follow", "type", "", "token", "secret"))
		page.Allow(e2e.PolicyViolation, unsafe)
		page.Allow(e2e.ConsoleError, unsafe) // of a worker
		got := e2e.WaitReport[end](page, "end").Err
		for _, part := range []string{site.Host(1) + "/last", "status 401", "X-Token"} {
			if !strings.Contains(got, part) {
				t.Errorf("got %q, want it to say %q", got, part)
			}
		}
	})
}

// TestOwnHeadersAfterCut holds that a request with own headers which is cut off before
// it is answered is made again, each time with them.
func TestOwnHeadersAfterCut(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", "", "token", "secret"))
		for n := range 3 {
			for range 4 {
				stream.Accept(t.Context()).Reset()
			}
			conn := stream.Accept(t.Context())
			conn.Raw(fmt.Sprintf("retry: 1\nid: %d\ndata: x\n\n", n))
			expect(t, "events", waitEvents(page, 1), []string{fmt.Sprintf("%d/message/x", n)})
			conn.End()
		}
		for _, attempt := range stream.Attempts() {
			expect(t, "own headers", carried(attempt), "X-Token")
		}
	})
}

// TestRedirectedPosts holds that a request with another method than GET is led within
// its origin, with all that it has, and is made once if that is the page's; and that
// it is an error if it would leave its origin.
func TestRedirectedPosts(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		const whole = "POST X-Token Content-Type"
		for _, test := range []struct {
			name       string
			from, last int
			asked      []string // of the first path, in its order
			err        string   // "" if it is led
		}{
			{"within the page's origin", 0, 0, []string{whole}, ""},
			{"out of it", 0, 1, []string{whole}, "a redirect to another origin than HOME, which own headers do not leave: Content-Type, X-Token"},
			{"within another", 1, 1, []string{whole, ""}, ""},
			{"out of another", 1, 2, []string{whole, ""}, "the server redirects it, to LAST, and own headers (Content-Type, X-Token) do not leave HOME"},
		} {
			t.Run(test.name, func(t *testing.T) {
				site := e2e.Serve(t, v.app)
				first := redirecting(site, "/events", 307, site.Host(test.last)+"/last")
				last := site.Stream("/last")
				last.AllowOrigin("*", false)
				if test.err != "" {
					last.RefuseAll(e2e.Response{Status: 405})
				}
				page := site.Open(at(v.scenario("follow", "type", "", "token", "secret", "contentType", "application/json",
					"body", "{}", "never", ""), site.Host(test.from)+"/events"))
				page.Allow(e2e.PolicyViolation, unsafe)
				page.Allow(e2e.ConsoleError, unsafe) // of a worker
				if test.err != "" {
					want := strings.NewReplacer("HOME", site.Host(test.from), "LAST", site.Host(test.last)).Replace(test.err)
					if got := e2e.WaitReport[end](page, "end").Err; !strings.Contains(got, want) {
						t.Errorf("got %q, want it to say %q", got, want)
					}
				} else {
					conn := acceptCarrying(t, last, whole)
					expect(t, "body", string(conn.Body), "{}")
					conn.Raw("data: x\n\n")
					expect(t, "events", waitEvents(page, 1), []string{"/message/x"})
				}
				var asked []string
				for _, attempt := range first.Attempts() {
					asked = append(asked, carried(attempt))
				}
				expect(t, "requests", fmt.Sprintf("%q", asked), fmt.Sprintf("%q", test.asked))
				for _, attempt := range last.Attempts() {
					if "http://"+attempt.Host != site.Host(test.from) && carried(attempt) != "" {
						t.Errorf("%s was sent to %s", carried(attempt), attempt.Host)
					}
				}
			})
		}
	})
}
