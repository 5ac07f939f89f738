//go:build !(js && wasm)

package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// serve starts a server whose streams a handler writes.
func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

func writeStream(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, text)
	w.(http.Flusher).Flush()
}

// brisk tries again at once.
var brisk = Reconnect{Delay: time.Millisecond, MaxDelay: 10 * time.Millisecond}

func TestHTTP(t *testing.T) {
	gone := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		writeStream(w, fmt.Sprintf("id: 7\ndata: %s|%s|%s|%s|%s|%s\n\n", r.Method, r.Header.Get("Accept"),
			r.Header.Get("X-Token"), r.Header.Get("Last-Event-ID"), r.Header.Get("Cache-Control"), body))
		<-r.Context().Done()
		close(gone)
	})
	s, err := Open(t.Context(), server.URL+"/x", &Options{
		Method: "POST", Header: http.Header{"x-token": {"secret"}}, Body: []byte("question"), LastEventID: "6 ☃",
	})
	if err != nil {
		t.Fatal(err)
	}
	texts := subscribe[string](t, s, "", textOptions)
	for ev, err := range texts.Events() {
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "request", ev.Data, "POST|text/event-stream|secret|6 ☃|no-cache|question")
		expect(t, "origin", ev.Origin, server.URL)
		break
	}
	expect(t, "state", s.State().ReadyState, StateOpen)
	expect(t, "last event ID", s.LastEventID(), "7")
	s.Close()
	<-gone // the server sees that the client has left
}

// TestHTTPLosesNothing cuts the connection again and again and holds that every
// event comes once and in order.
func TestHTTPLosesNothing(t *testing.T) {
	const events, each = 1000, 7
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		from := 0
		fmt.Sscan(r.Header.Get("Last-Event-ID"), &from)
		var text strings.Builder
		for n := from + 1; n <= min(from+each, events); n++ {
			fmt.Fprintf(&text, "id: %d\ndata: %d\n\n", n, n)
		}
		writeStream(w, text.String()+"id: lost\ndata: half a mess")
		panic(http.ErrAbortHandler)
	})
	s, err := Open(t.Context(), server.URL, &Options{Reconnect: brisk})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	numbers := subscribe[int](t, s, "", nil)
	want := 1
	for ev, err := range numbers.Events() {
		if err != nil || ev.Data != want || ev.ID != fmt.Sprint(want) {
			t.Fatalf("got %+v, %v; want %d", ev, err, want)
		}
		if want++; want > events {
			break
		}
	}
	if got := s.Stats().Reconnects; got < events/each-1 {
		t.Errorf("got %d reconnects, want at least %d", got, events/each-1)
	}
}

func TestHTTPAnswers(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/type":
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, "data: x\n\n")
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/moved":
			http.Redirect(w, r, "/401", http.StatusTemporaryRedirect)
		default:
			http.Error(w, "no", http.StatusUnauthorized)
		}
	})
	for path, want := range map[string]ResponseError{
		"/type":  {URL: "/type", Status: 200, ContentType: "text/plain"},
		"/204":   {URL: "/204", Status: 204},
		"/401":   {URL: "/401", Status: 401, ContentType: "text/plain; charset=utf-8"},
		"/moved": {URL: "/401", Status: 401, ContentType: "text/plain; charset=utf-8"},
	} {
		s, err := Open(t.Context(), server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		<-s.Done()
		want.URL = server.URL + want.URL
		var got *ResponseError
		if !errors.As(s.Err(), &got) || *got != want {
			t.Errorf("%s: got %v, want %v", path, s.Err(), &want)
		}
	}
}

func TestHTTPRefusesOptions(t *testing.T) {
	for _, test := range []struct {
		url     string
		options *Options
		says    string
	}{
		{"/events", nil, "absolute"},
		{"ftp://host/", nil, "http"},
		{"http://[", nil, "http://["},
		{"http://host/", &Options{Transport: Native}, "native"},
		{"http://host/", &Options{Transport: Fetch}, "fetch"},
		{"http://host/", &Options{Method: "BAD METHOD"}, "BAD METHOD"},
	} {
		if _, err := Open(t.Context(), test.url, test.options); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %+v: got %v, want an error with %q", test.url, test.options, err, test.says)
		}
	}
	if _, err := OpenHTTP(t.Context(), &http.Client{Timeout: time.Second}, "http://host/", nil); err == nil || !strings.Contains(err.Error(), "Timeout") {
		t.Errorf("got %v, want an error about the Timeout", err)
	}
}

func TestOpenHTTP(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		writeStream(w, "data: "+r.Header.Get("X-By")+"\n\n")
		<-r.Context().Done()
	})
	client := &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		r.Header.Set("X-By", "my client")
		return http.DefaultTransport.RoundTrip(r)
	})}
	s, err := OpenHTTP(context.Background(), client, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for ev := range subscribe[string](t, s, "", textOptions).Events() {
		expect(t, "data", ev.Data, "my client")
		break
	}
}

type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestHTTPBackpressure holds that a stalled loop leaves the server's writing
// blocked, after no more than the buffers in between hold.
func TestHTTPBackpressure(t *testing.T) {
	const most = 64 << 20
	written := make(chan int, 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		control := http.NewResponseController(w)
		message := []byte("data: " + strings.Repeat("x", 1000) + "\n\n")
		total := 0
		for total < most {
			// Far longer than a write takes that the client reads: when it
			// runs out, the write is blocked.
			control.SetWriteDeadline(time.Now().Add(time.Second))
			n, err := w.Write(message)
			total += n
			if err != nil {
				break
			}
		}
		written <- total
	})
	s, err := Open(t.Context(), server.URL, &Options{Reconnect: NoReconnect})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sub := subscribe[string](t, s, "", &SubscribeOptions{Codec: textOptions.Codec, Overflow: Block, QueueLength: 10})
	total := <-written
	if total >= most {
		t.Fatalf("the server could write %d bytes for a stalled loop", total)
	}
	t.Logf("the server could write %d bytes", total)
	got := 0
	for range sub.Events() {
		got++
	}
	if got < 10 {
		t.Errorf("got %d events of those that were there", got)
	}
}

// TestHTTPInvalidHeader holds that a header which HTTP cannot carry is an error
// of Open.
func TestHTTPInvalidHeader(t *testing.T) {
	for _, options := range []*Options{
		{Header: map[string][]string{"X-A": {"a\nb"}}},
		{Header: map[string][]string{"X A": {"a"}}},
		{Header: map[string][]string{"": {"a"}}},
	} {
		if s, err := Open(t.Context(), "http://127.0.0.1:1/", options); err == nil {
			s.Close()
			t.Errorf("%+v: got no error", options)
		}
	}
}

// TestHTTPControlInID holds that a last event ID which no header can carry is sent in
// the query, that the stream goes on by it, also from the start, and that the query is
// as it was once another ID has come.
func TestHTTPControlInID(t *testing.T) {
	for name, test := range map[string]struct {
		options Options
		want    string
	}{
		"from the stream": {Options{}, `[0,a=1 "" 1,a=1&lastEventId=a%01b "" 2,a=1 "3" 3,a=1&lastEventId=%7F "" stop]`},
		"from the options": {Options{LastEventID: "\x1b"},
			`[0,a=1&lastEventId=%1B "" 1,a=1&lastEventId=a%01b "" 2,a=1 "3" 3,a=1&lastEventId=%7F "" stop]`},
		"another parameter": {Options{ResumeParameter: "from"}, `[0,a=1 "" 1,a=1&from=a%01b "" 2,a=1 "3" 3,a=1&from=%7F "" stop]`},
		"no parameter":      {Options{ResumeParameter: "-"}, `[0,a=1 "" 1,a=1 "" 2,a=1 "3" 3,a=1 "" stop]`},
	} {
		ids := []string{"a\x01b", "3", "\x7f"}
		attempt := 0
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			text := fmt.Sprintf("data: %d,%s %q\n\n", attempt, r.URL.RawQuery, r.Header.Get("Last-Event-ID"))
			if attempt == len(ids) {
				writeStream(w, text+"data: stop\n\n")
				<-r.Context().Done()
				return
			}
			attempt++
			writeStream(w, "id: "+ids[attempt-1]+"\n"+text)
		})
		test.options.Reconnect = brisk
		s, err := Open(t.Context(), server.URL+"/?a=1", &test.options)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for ev, err := range subscribe[string](t, s, "", textOptions).Events() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ev.Data)
			if ev.Data == "stop" {
				break
			}
		}
		s.Close()
		expect(t, name, got, test.want)
	}
}

// TestHTTPImpossible holds that a request which can never be sent is an error of Open
// that names the reason, and ends the Source with it if it is the Request hook's.
func TestHTTPImpossible(t *testing.T) {
	for _, test := range []struct{ url, method, says string }{
		{"about:blank", "", `"about"`},
		{"mailto:a@b.test", "", `"mailto"`},
		{"javascript:1", "", `"javascript"`},
		{"ftp://host/", "", `"ftp"`},
		{"file:///events", "", `"file"`},
		{"ws://host/", "", `"ws"`},
		{"/events", "", "absolute"},
		{"http:///events", "", "absolute"},
		{"http://[", "", "http://["},
		{"http://host/", "BAD METHOD", "BAD METHOD"},
		{"http://host/", "HEAD", "HEAD"},
		{"http://host/", "head", "HEAD"},
	} {
		s, err := Open(t.Context(), test.url, &Options{Method: test.method})
		if err == nil {
			s.Close()
			t.Errorf("%+v: got no error", test)
		} else if !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: got %q", test, err)
		}
		s, err = Open(t.Context(), "http://127.0.0.1:1/", &Options{Reconnect: brisk,
			Request: func(context.Context, int) (*Request, error) { return &Request{URL: test.url, Method: test.method}, nil }})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Done():
		case <-time.After(timescale.Bound(10 * time.Second)):
			t.Errorf("hook, %+v: still trying: %+v", test, s.State())
		}
		s.Close()
		if err := s.Err(); !errors.Is(err, errRequest) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("hook, %+v: got %v", test, err)
		}
	}
}

// TestHTTPOwnHeaders holds that the headers which the stream needs are its own.
func TestHTTPOwnHeaders(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		writeStream(w, fmt.Sprintf("data: %v %v %v %v %v\n\n",
			r.Header["Accept"], r.Header["Last-Event-Id"], r.Header["Cache-Control"], r.Header["Pragma"], r.Host))
	})
	s, err := OpenHTTP(t.Context(), nil, server.URL, &Options{Header: http.Header{
		"accept": {"text/html"}, "last-event-id": {"9"}, "cache-control": {"max-age=9"}, "pragma": {"x"}, "host": {"other.test"}}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for ev := range subscribe[string](t, s, "", textOptions).Events() {
		expect(t, "headers", ev.Data, "[text/event-stream] [] [no-cache] [no-cache] other.test")
		break
	}
}
