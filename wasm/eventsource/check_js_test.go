//go:build js && wasm

package eventsource_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// impossible are requests that no browser sends, and what the error is to name.
var impossible = []struct {
	name, url, method string
	header            [2]string
	says              string
}{
	{"scheme about", "about:blank", "", [2]string{}, `"about"`},
	{"scheme mailto", "mailto:a@b.test", "", [2]string{}, `"mailto"`},
	{"scheme javascript", "javascript:1", "", [2]string{}, `"javascript"`},
	{"scheme ftp", "ftp://host/", "", [2]string{}, `"ftp"`},
	{"scheme file", "file:///events", "", [2]string{}, `"file"`},
	{"Cookie", "/events", "", [2]string{"cookie", "a=b"}, `"Cookie"`},
	{"Host", "/events", "", [2]string{"Host", "other.test"}, `"Host"`},
	{"Origin", "/events", "", [2]string{"origin", "https://other.test"}, `"Origin"`},
	{"Sec-", "/events", "", [2]string{"Sec-Fetch-Mode", "x"}, `"Sec-Fetch-Mode"`},
	{"override", "/events", "", [2]string{"X-Http-Method-Override", "TRACE"}, `"X-Http-Method-Override"`},
	{"method", "/events", "BAD METHOD", [2]string{}, "BAD METHOD"},
	{"HEAD", "/events", "HEAD", [2]string{}, "HEAD"},
	{"CONNECT", "/events", "CONNECT", [2]string{}, "CONNECT"},
	{"TRACE", "/events", "TRACE", [2]string{}, "TRACE"},
	{"TRACK", "/events", "track", [2]string{}, "track"},
	{"credentials in the URL", "http://user:word@host.test/", "", [2]string{}, "credentials"},
}

// TestImpossible holds that a request which the browser never sends is an error of
// Open that names the reason, and ends the Source with it if it is the hook's.
func TestImpossible(t *testing.T) {
	for _, test := range impossible {
		header := make(map[string][]string)
		if test.header[0] != "" {
			header[test.header[0]] = []string{test.header[1]}
		}
		options := &eventsource.Options{Transport: eventsource.Fetch, Method: test.method, Header: header}
		refused(t, test.name, test.url, options, test.says)
		s, err := eventsource.Open(t.Context(), "/events", &eventsource.Options{
			Reconnect: eventsource.Reconnect{Delay: time.Millisecond},
			Request: func(context.Context, int) (*eventsource.Request, error) {
				return &eventsource.Request{URL: test.url, Method: test.method, Header: header}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-s.Done():
		case <-time.After(timescale.Bound(time.Minute)):
			t.Errorf("%s: still trying: %+v", test.name, s.State())
		}
		s.Close()
		if err := s.Err(); !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %q from the hook, want it to name %s", test.name, err, test.says)
		}
		if strings.HasPrefix(test.name, "scheme ") {
			refused(t, "native "+test.name, test.url, &eventsource.Options{Transport: eventsource.Native}, test.says)
		}
	}
}

// refused holds that Open returns an error that says something.
func refused(t *testing.T, name, url string, options *eventsource.Options, says string) {
	t.Helper()
	s, err := eventsource.Open(t.Context(), url, options)
	if err == nil {
		s.Close()
		t.Errorf("%s: got no error, want one that names %s", name, says)
	} else if !strings.Contains(err.Error(), says) {
		t.Errorf("%s: got %q, want it to name %s", name, err, says)
	} else {
		t.Logf("%s: %v", name, err)
	}
}

// TestOtherSchemes holds that a stream which the browser has itself is one over fetch.
func TestOtherSchemes(t *testing.T) {
	s, err := eventsource.Open(t.Context(), "data:text/event-stream,data: 1%0A%0A", &eventsource.Options{Transport: eventsource.Fetch})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	numbers, err := eventsource.Subscribe[int](s, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for ev, err := range numbers.Events() {
		if err != nil || ev.Data != 1 {
			t.Errorf("got %+v, %v", ev, err)
		}
		break
	}
}
