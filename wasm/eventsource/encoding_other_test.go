//go:build !(js && wasm)

package eventsource

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// serveEncoded serves a stream that is said to be encoded in some way, by gzip in fact
// if the name is that of gzip.
func serveEncoded(t *testing.T, encodings ...string) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Encoding"] = encodings
		w.Header().Set("Content-Type", "text/event-stream")
		var body io.Writer = w
		if encodings[0] == "gzip" {
			zip := gzip.NewWriter(w)
			defer zip.Close()
			body = zip
		}
		io.WriteString(body, "data: x\n\n")
	}).URL
}

// TestHTTPEncoded holds that a stream which is encoded, and not decoded by the
// transport, ends the Source with an error that names the encoding, and that one
// which only says something else of itself is read.
func TestHTTPEncoded(t *testing.T) {
	plain := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	t.Cleanup(plain.CloseIdleConnections)
	for _, test := range []struct {
		client    *http.Client
		encodings []string
		named     string // "" if the stream is to be read
	}{
		{http.DefaultClient, []string{"gzip"}, ""},
		{plain, []string{"gzip"}, "gzip"},
		{plain, []string{"br"}, "br"},
		{plain, []string{"identity, zstd"}, "identity, zstd"},
		{plain, []string{"identity", "deflate"}, "identity, deflate"},
		{http.DefaultClient, []string{"br"}, "br"},
		{http.DefaultClient, []string{"made-up"}, "made-up"},
		{http.DefaultClient, []string{"identity"}, ""},
		{http.DefaultClient, []string{"Identity"}, ""},
		{http.DefaultClient, []string{"none"}, ""},
		{http.DefaultClient, []string{"utf-8"}, ""},
		{http.DefaultClient, []string{""}, ""},
	} {
		s, err := OpenHTTP(t.Context(), test.client, serveEncoded(t, test.encodings...), &Options{Reconnect: Reconnect{Retry: func(err error) bool {
			return !errors.Is(err, errEnded) && WorthRetry(err)
		}}})
		if err != nil {
			t.Fatal(err)
		}
		got := textOf(t, s)
		var answer *ResponseError
		if errors.As(s.Err(), &answer); test.named == "" {
			if got != "x" || answer != nil {
				t.Errorf("%q: got %q, %v, want the event", test.encodings, got, s.Err())
			}
			continue
		}
		if got != "" || answer == nil || answer.ContentEncoding != test.named || answer.Status != 200 ||
			!strings.Contains(answer.Error(), `"`+test.named+`"`) {
			t.Errorf("%q: got %q, %v, want no event and an error that names the encoding", test.encodings, got, s.Err())
		}
	}
}

// TestHTTPAcceptEncoding holds that it is the transport's own to ask for an encoding,
// as it has to undo it.
func TestHTTPAcceptEncoding(t *testing.T) {
	asked := make(chan string, 1)
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- r.Header.Get("Accept-Encoding")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("Content-Type", "text/event-stream")
		zip := gzip.NewWriter(w)
		io.WriteString(zip, "data: x\n\n")
		zip.Flush()
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	for _, options := range []*Options{
		{Header: map[string][]string{"accept-encoding": {"br"}}},
		{Request: func(context.Context, int) (*Request, error) {
			return &Request{Header: map[string][]string{"Accept-Encoding": {"gzip, br"}}}, nil
		}},
	} {
		s, err := Open(t.Context(), server.URL, options)
		if err != nil {
			t.Fatal(err)
		}
		for ev := range subscribe[string](t, s, "", textOptions).Events() {
			expect(t, "data", ev.Data, "x")
			break
		}
		s.Close()
		expect(t, "asked for", <-asked, "gzip")
	}
}

// TestHTTPTypes holds that of several types the last valid one counts.
func TestHTTPTypes(t *testing.T) {
	for _, test := range []struct {
		types    []string
		isStream bool
	}{
		{[]string{"text/event-stream"}, true},
		{[]string{"application/json", "text/event-stream"}, true},
		{[]string{"application/json, text/event-stream;charset=utf-8"}, true},
		{[]string{"text/event-stream", "junk"}, true},
		{[]string{"text/event-stream", ""}, true},
		{[]string{`text/event-stream; a="b,c/d"`}, true},
		{[]string{"text/event-stream", "application/json"}, false},
		{[]string{"text/event-stream, application/json"}, false},
		{[]string{`application/json; a="`, `text/event-stream`}, false},
		{[]string{"text/event stream"}, false},
		{[]string{"junk"}, false},
	} {
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = test.types
			io.WriteString(w, "data: x\n\n")
		})
		s, err := Open(t.Context(), server.URL, &Options{Reconnect: NoReconnect})
		if err != nil {
			t.Fatal(err)
		}
		got := textOf(t, s)
		var answer *ResponseError
		switch isAnswer := errors.As(s.Err(), &answer); {
		case isAnswer == test.isStream, (got == "x") != test.isStream:
			t.Errorf("%q: got %q, %v; it is a stream: %t", test.types, got, s.Err(), test.isStream)
		case isAnswer && answer.ContentType != strings.Join(test.types, ", "):
			t.Errorf("%q: got the type %q", test.types, answer.ContentType)
		}
	}
}

// textOf returns the data of all events of a Source until it ends, which it may have
// done already.
func textOf(t *testing.T, s *Source) (text string) {
	t.Helper()
	texts, err := Subscribe[string](s, "", textOptions)
	if err != nil {
		if err != s.Err() {
			t.Error(err)
		}
		return ""
	}
	for ev, err := range texts.Events() {
		if err == nil {
			text += ev.Data
		}
	}
	return text
}
