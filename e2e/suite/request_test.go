//go:build !js

package suite

import (
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestRequestHeaders holds what each request says: that it wants a fresh event
// stream, and nothing about a place before there is one.
func TestRequestHeaders(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		for range 2 {
			conn := stream.Accept(t.Context())
			expect(t, "method", conn.Method, "GET")
			expect(t, "Accept", conn.Header["Accept"], []string{"text/event-stream"})
			expect(t, "Cache-Control", conn.Header["Cache-Control"], []string{"no-cache"})
			expect(t, "Last-Event-ID", len(conn.Header["Last-Event-Id"]), 0)
			conn.Raw("retry: 1\nid: \x00\ndata: x\n\n") // an ID that counts as none
			expect(t, "events", waitEvents(page, 1), []string{"/message/x"})
			conn.End()
		}
	})
}

// TestLastEventIDHeader holds that each last event ID that a stream can give comes
// back as it was, to the page's own origin and to another, which the browser
// first asks for leave where the ID is long or has unsafe characters; that one
// which was taken back is not sent; and that one of a block that never ended is
// not either.
func TestLastEventIDHeader(t *testing.T) {
	ids := []string{
		"7", "a b", "größe ☃ 🙂", `"quoted"<(\{,;`, strings.Repeat("long", 100), "", "\u00a0", "8",
	}
	inPages(t, func(t *testing.T, v variant) {
		v.app.Policy = "connect-src *"
		for _, host := range []int{0, 1} {
			site := e2e.Serve(t, v.app)
			stream := site.Stream("/events")
			stream.AllowOrigin(site.Host(0), false)
			page := site.Open(at(v.scenario("follow", "type", ""), site.Host(host)+"/events"))
			conn := stream.Accept(t.Context())
			for _, id := range ids {
				conn.Raw("retry: 1\nid: " + id + "\ndata: x\n\ndata: y\n\nid: never\ndata: z\n")
				expect(t, "events", waitEvents(page, 2), []string{id + "/message/x", id + "/message/y"})
				conn.End()
				conn = stream.Accept(t.Context())
				expect(t, "Last-Event-ID", conn.LastEventID, id)
				expect(t, "whether it is sent", len(conn.Header["Last-Event-Id"]) > 0, id != "")
			}
			page.Close()
		}
	})
}

// TestControlInID holds that a stream goes on at its place after a last event ID with a
// control character, for which this server, as most, refuses the header.
func TestControlInID(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		page.Allow(e2e.NetworkError, "400")
		conn := stream.Accept(t.Context())
		for _, id := range []string{"a\x01b", "\x7f"} {
			conn.Raw("retry: 1\nid: " + id + "\ndata: x\n\n")
			expect(t, "events", waitEvents(page, 1), []string{id + "/message/x"})
			conn.End()
			conn = stream.Accept(t.Context())
			expect(t, "header", conn.LastEventID, "")
			expect(t, "query", conn.Query.Get("lastEventId"), id)
			conn.Raw("id: 3\n\n")
			conn.End()
			conn = stream.Accept(t.Context())
			expect(t, "header", conn.LastEventID, "3")
			expect(t, "query", conn.Query.Get("lastEventId"), "")
		}
	})
}

// TestEmptyURL holds that the empty URL is the page's or the worker's own, whose
// answer is no stream.
func TestEmptyURL(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		path := at(v.scenario("follow", "type", ""), "")
		page := site.Open(path)
		if v.app.Worker {
			path = "/worker.js" + strings.TrimPrefix(path, "/")
		}
		page.Allow(e2e.NetworkError, "EventSource's response has a ")
		end := e2e.WaitReport[end](page, "end")
		expect(t, "URL", end.URL, site.URL(path))
		if !strings.Contains(end.Err, "answered with the type") {
			t.Errorf("got the error %q, want one that tells the type", end.Err)
		}
	})
}

// TestMethods holds that a request has the method, the body and the headers that
// the options say, the first time as after a loss, and that it begins where they
// say until the stream says otherwise.
func TestMethods(t *testing.T) {
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		for _, method := range []string{"POST", "REPORT", "PUT", "QUERY"} {
			site.Stream("/" + method)
		}
		program := obeying(t, v, site)
		for _, method := range []string{"POST", "REPORT", "PUT", "QUERY"} {
			t.Log(method)
			stream := site.Stream("/" + method)
			const body = `{"größe": [1, 2]}`
			program.open("/"+method, "method", method, "body", body, "token", "secret",
				"contentType", "application/json; charset=utf-8", "lastEventID", "abc")
			for _, place := range []string{"abc", "abc", "1"} {
				conn := stream.Accept(t.Context())
				conn.Open()
				waitStates(t, program.page, "open 0")
				expect(t, "method", conn.Method, method)
				expect(t, "body", string(conn.Body), body)
				expect(t, "Content-Type", conn.Header.Get("Content-Type"), "application/json; charset=utf-8")
				expect(t, "own header", conn.Header.Get("X-Token"), "secret")
				expect(t, "Last-Event-ID", conn.LastEventID, place)
				if conn.Attempt == 2 {
					conn.Raw("id: 1\nevent: n\ndata: x\n\n")
				}
				conn.Cut()
				waitStates(t, program.page, "connecting 1")
			}
			stream.Accept(t.Context())
			program.close()
			waitStates(t, program.page, "closed 0")
		}
	})
}

// TestStop holds that a page which is told to stop loading loses its stream and
// gets it again, at its place. (The browser gives its own EventSource up then.)
func TestStop(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		conn := stream.Accept(t.Context())
		conn.Raw("id: 1\ndata: x\n\n")
		waitEvents(page, 1)
		page.Run("window.stop()")
		conn.WaitGone(t.Context())
		conn = stream.Accept(t.Context())
		expect(t, "place", place(conn), "1")
		conn.Raw("id: 2\ndata: y\n\n")
		expect(t, "events", waitEvents(page, 1), []string{"2/message/y"})
	})
}
