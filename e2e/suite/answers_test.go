//go:build !js

package suite

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// orders are what the probe's scenario "obey" is told.
type orders struct {
	t    *testing.T
	page *e2e.Page
	conn *e2e.Conn
}

// obeying opens a page that does as it is told.
func obeying(t *testing.T, v variant, site *e2e.Site) orders {
	t.Helper()
	control := site.Stream("/control")
	page := site.Open(v.scenario("obey"))
	return orders{t, page, control.Accept(t.Context())}
}

// open has the program open a Source, with further parameters as its options.
func (o orders) open(address string, pairs ...string) {
	o.t.Helper()
	query := url.Values{"url": {address}}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	o.conn.Raw("data: open " + query.Encode() + "\n\n")
	waitStates(o.t, o.page, "connecting 1")
}

// close has it close that Source and returns how it ended.
func (o orders) close() ending {
	o.t.Helper()
	o.conn.Raw("data: close\n\n")
	return e2e.WaitReport[ending](o.page, "ended")
}

// methods names the requests to a stream.
func methods(stream *e2e.Stream) []string {
	var all []string
	for _, attempt := range stream.Attempts() {
		all = append(all, attempt.Method)
	}
	return all
}

// TestLastingStatuses holds that an answer with a status which the server will
// give again ends the Source, with the status as its error, after one request
// and, where the browser does not tell the status, another one over fetch.
func TestLastingStatuses(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		statuses := []int{201, 202, 203, 204, 205, 206, 210, 226, 299, 300, 304, 400, 401, 403, 404, 406, 410, 418, 451}
		want := []string{"GET", "GET"}
		if v.fetch {
			want = want[:1]
		}
		streams := make(map[int]*e2e.Stream)
		for _, status := range statuses {
			streams[status] = site.Stream(fmt.Sprint("/", status))
			streams[status].RefuseAll(e2e.Response{
				Status: status, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: "",
			})
		}
		program := obeying(t, v, site)
		for _, status := range statuses {
			t.Log(status) // which the failure of a wait does not tell
			program.open(fmt.Sprint("/", status))
			waitStates(t, program.page, "closed 0")
			got := program.close()
			if told := fmt.Sprint("status ", status); !strings.HasSuffix(got.Err, told) || got.Loop != got.Err || got.Seen > 0 {
				t.Errorf("got %+v, want no event and an error with %q", got, told)
			}
			expect(t, fmt.Sprint(status, ": requests"), methods(streams[status]), want)
		}
	})
}

// TestPassingStatuses holds that an answer with a status which may be another
// one soon is followed by another request, until the server serves.
func TestPassingStatuses(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		statuses := []int{429, 500, 502, 503, 504, 507, 599}
		if v.fetch { // after a 408 the browser asks for another stream again by itself, or not
			statuses = append(statuses, 408)
		}
		for _, status := range statuses {
			stream := site.Stream(fmt.Sprint("/", status))
			stream.Refuse(e2e.Response{Status: status})
			if !v.fetch {
				stream.Refuse(e2e.Response{Status: status}) // over fetch
			}
		}
		program := obeying(t, v, site)
		for _, status := range statuses {
			t.Log(status)
			program.open(fmt.Sprint("/", status))
			conn := site.Stream(fmt.Sprint("/", status)).Accept(t.Context())
			waitStates(t, program.page, "connecting 2")
			conn.Raw("event: n\ndata: x\n\n")
			waitStates(t, program.page, "open 0")
			e2e.WaitReport[any](program.page, "begun")
			program.close()
			waitStates(t, program.page, "closed 0")
		}
	})
}

// TestTypes holds which content types are an event stream.
func TestTypes(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		cases := []struct {
			contentType []string
			stream      bool
		}{
			{[]string{"text/event-stream"}, true},
			{[]string{"text/event-stream;"}, true},
			{[]string{"text/event-stream; charset=utf-8"}, true},
			{[]string{"text/event-stream;charset=UTF-8"}, true},
			{[]string{"text/event-stream ; charset=\"utf-8\""}, true},
			{[]string{"text/event-stream; version=1; charset=utf-8"}, true},
			{[]string{"TEXT/Event-Stream"}, true},
			{[]string{" text/event-stream\t"}, true},
			{[]string{`text/event-stream; a="b, c"; charset=utf-8`}, true},
			{[]string{"application/json", "text/event-stream"}, true},
			{[]string{"application/json, text/event-stream"}, true},
			{[]string{"text/html; charset=iso-8859-1", "text/event-stream"}, true},
			{[]string{"text/event-stream", "junk"}, true},
			{[]string{"text/event-stream", "*/*"}, true},
			{[]string{"text/event-stream", ""}, true},
			{[]string{"text/event-stream", "application/json"}, false},
			{[]string{"text/event-stream, application/json"}, false},
			{[]string{"text/event-stream-not"}, false},
			{[]string{"text/x-bogus"}, false},
			{[]string{"x bogus"}, false},
			{[]string{"text/html; charset=text/event-stream"}, false},
			{[]string{"application/json"}, false},
			{[]string{";text/event-stream"}, false},
			{nil, false},
		}
		for i, test := range cases {
			if stream := site.Stream(fmt.Sprint("/", i)); !test.stream {
				stream.RefuseAll(e2e.Response{
					Header: http.Header{"Content-Type": test.contentType}, Body: "event: n\ndata: x\n\n",
				})
			}
		}
		program := obeying(t, v, site)
		for i, test := range cases {
			t.Logf("%q", test.contentType)
			program.open(fmt.Sprint("/", i))
			if test.stream {
				conn := site.Stream(fmt.Sprint("/", i)).Accept(t.Context())
				conn.SetHeader("Content-Type", test.contentType...)
				conn.Raw("event: n\ndata: x\n\n")
				waitStates(t, program.page, "open 0")
				e2e.WaitReport[any](program.page, "begun")
				program.close()
				waitStates(t, program.page, "closed 0")
				continue
			}
			waitStates(t, program.page, "closed 0")
			if got := program.close(); !strings.Contains(got.Err, "answered with the type") || got.Seen > 0 {
				t.Errorf("%q: got %+v, want no event and an error that tells the type", test.contentType, got)
			}
		}
	})
}

// TestToldToStop holds that a client which was served and comes again is ended by
// a 204, for good: that is how a server sends its clients away.
func TestToldToStop(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		page := site.Open(v.scenario("follow", "type", ""))
		for n := range 2 {
			conn := stream.Accept(t.Context())
			conn.Raw(fmt.Sprintf("retry: 1\nid: %d\ndata: x\n\n", n))
			waitEvents(page, 1)
			waitStates(t, page, "connecting 1", "open 0")
			if n == 1 {
				stream.RefuseAll(e2e.Response{Status: 204})
			}
			conn.End()
		}
		waitStates(t, page, "connecting 1", "closed 0")
		end := e2e.WaitReport[end](page, "end")
		if !strings.Contains(end.Err, "status 204") {
			t.Errorf("got the error %q, want one with the status", end.Err)
		}
		want := []string{"GET", "GET", "GET", "GET"}
		if v.fetch {
			want = want[:3]
		}
		expect(t, "requests", methods(stream), want)
		expect(t, "alive", counts{end.Callbacks, end.Listeners}, counts{1, 1})
	})
}

// TestForeignCharset holds that an answer which is said to be in another encoding
// than UTF-8 is read as UTF-8, as the standard has it, though the browser's own
// EventSource gives it up.
func TestForeignCharset(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		stream := site.Stream("/events")
		stream.RefuseAll(e2e.Response{
			Header: http.Header{"Content-Type": {"text/event-stream; charset=iso-8859-1"}},
			Body:   "data: größe\n\n",
		})
		page := site.Open(v.scenario("follow", "type", "", "until", "größe"))
		page.Allow(e2e.NetworkError, "EventSource's response has a charset")
		expect(t, "events", waitEvents(page, 1), []string{"/message/größe"})
	})
}

// TestEncodedStreams holds that over fetch a stream whose encoding the browser has not
// undone ends the Source with an error that names it, and that a stream whose encoding it
// has undone, or that is not encoded, is read.
func TestEncodedStreams(t *testing.T) {
	var zipped strings.Builder
	zip := gzip.NewWriter(&zipped)
	io.WriteString(zip, "data: x\n\n")
	zip.Close()
	inFetch(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		for i, test := range []struct {
			encoding, body, named string
		}{
			{"gzip", zipped.String(), ""},
			{"identity", "data: x\n\n", ""},
			{"none", "data: x\n\n", ""},
			{"made-up", zipped.String(), "made-up"},
			{"compress, gzip", zipped.String(), "compress, gzip"},
		} {
			path := fmt.Sprint("/", i)
			site.Stream(path).RefuseAll(e2e.Response{Body: test.body, Header: http.Header{
				"Content-Type": {"text/event-stream"}, "Content-Encoding": {test.encoding},
			}})
			page := site.Open(at(v.scenario("follow", "type", "", "until", "x"), path))
			if test.named == "" {
				expect(t, test.encoding, waitEvents(page, 1), []string{"/message/x"})
				e2e.WaitReport[end](page, "end")
			} else if got := e2e.WaitReport[end](page, "end"); got.Stats.Events > 0 || !strings.Contains(got.Err, `"`+test.named+`"`) {
				t.Errorf("%s: got %+v, want no event and an error that names the encoding", test.encoding, got)
			}
			page.Close()
		}
	})
}
