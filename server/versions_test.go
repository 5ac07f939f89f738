package server

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// serveBoth serves a handler by HTTP/1.1 and HTTP/2, with the options of
// [NewHTTPServer].
func serveBoth(t *testing.T, handler http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	configured := NewHTTPServer(handler)
	configured.ConnState = s.Config.ConnState
	s.Config = configured
	s.Start()
	return s
}

// clientOf returns a client that speaks that version of HTTP only.
func clientOf(t *testing.T, major int) *http.Client {
	t.Helper()
	transport := &http.Transport{Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(major == 1)
	transport.Protocols.SetUnencryptedHTTP2(major == 2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// bothVersions runs a test by HTTP/1.1 and by HTTP/2.
func bothVersions(t *testing.T, f *Feed, test func(t *testing.T, url string, client *http.Client)) {
	s := serveBoth(t, f)
	defer s.Close()
	defer f.Close()
	for major := 1; major <= 2; major++ {
		t.Run(fmt.Sprint("HTTP/", major), func(t *testing.T) { test(t, s.URL, clientOf(t, major)) })
	}
}
