//go:build !js

package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func streamServer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	newStreams().handle(mux)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func fetch(t *testing.T, method, address string, header http.Header) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("sent"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func requestsAt(t *testing.T, origin, key string) requests {
	t.Helper()
	var known requests
	if err := json.NewDecoder(fetch(t, "GET", origin+"/requests?key="+key, nil).Body).Decode(&known); err != nil {
		t.Fatal(err)
	}
	return known
}

func TestStreamAnswersEachAttempt(t *testing.T) {
	origin := streamServer(t)
	query := url.Values{
		"key": {"k"}, "status": {"200", "503"}, "cut": {"0", "1"},
		"body": {
			base64.StdEncoding.EncodeToString([]byte("data: \xc3\xbf\xfe?>\n\n")),
			base64.RawURLEncoding.EncodeToString([]byte("data: \xc3\xbf\xfe?>2\n\n")),
		},
	}
	wants := []struct {
		status int
		body   string
		err    error
	}{
		{200, "data: \xc3\xbf\xfe?>\n\n", nil},
		{503, "data: \xc3\xbf\xfe?>2\n\n", io.ErrUnexpectedEOF},
		{503, "data: \xc3\xbf\xfe?>2\n\n", io.ErrUnexpectedEOF},
	}
	for i, want := range wants {
		got := fetch(t, "POST", origin+"/stream?"+query.Encode(), http.Header{"Last-Event-Id": {"7"}})
		body, err := io.ReadAll(got.Body)
		if got.StatusCode != want.status || string(body) != want.body || !errors.Is(err, want.err) {
			t.Errorf("attempt %d: got %d, %q, %v, want %+v", i+1, got.StatusCode, body, err, want)
		}
	}
	known := requestsAt(t, origin, "k")
	if len(known.Requests) != 3 || known.Requests[2].LastEventID != "7" ||
		known.Requests[2].Method != "POST" || known.Requests[2].Body != "sent" {
		t.Errorf("got %+v, want three requests as they were sent", known)
	}
}

func TestStreamHoldsUntilTheClientLeaves(t *testing.T) {
	origin := streamServer(t)
	got := fetch(t, "GET", origin+"/stream?key=k&hold=1&body=OgoK&type=text/plain&origin=http://a.example", nil)
	if got.Header.Get("Content-Type") != "text/plain" ||
		got.Header.Get("Access-Control-Allow-Origin") != "http://a.example" ||
		got.Header.Get("Access-Control-Allow-Credentials") != "true" {
		t.Errorf("got headers %v", got.Header)
	}
	if n := requestsAt(t, origin, "k").Open; n != 1 {
		t.Errorf("got %d open, want 1", n)
	}
	got.Body.Close()
	for requestsAt(t, origin, "k").Open != 0 { // the test's timeout bounds it
	}
}

func TestStreamSaysWhatIsWrong(t *testing.T) {
	origin := streamServer(t)
	for _, query := range []string{"body=*", "repeat=x", "status=99", "status=x"} {
		got := fetch(t, "GET", origin+"/stream?"+query, nil)
		body, err := io.ReadAll(got.Body)
		if err != nil || got.StatusCode != 400 || !strings.HasPrefix(string(body), "wasmtest: ") {
			t.Errorf("%s: got %d, %q, %v, want 400 and the reason", query, got.StatusCode, body, err)
		}
	}
}
