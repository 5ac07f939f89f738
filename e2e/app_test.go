//go:build !js

package e2e

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

// TestWhoAnswers shows the order of streams, the program's files, the page's
// files and the handler.
func TestWhoAnswers(t *testing.T) {
	site := Serve(t, App{
		Program: "./testdata/hello",
		Page: fstest.MapFS{
			"index.html":     {Data: []byte("<title>page</title>")},
			"main.wasm":      {Data: []byte("not this")},
			"sub/index.html": {Data: []byte("sub")},
			"stream":         {Data: []byte("not this")},
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusTeapot)
			io.WriteString(w, "handler "+r.URL.Path)
		}),
		Policy: "default-src 'self'",
		Header: http.Header{"x-own": {"1"}},
	})
	site.Stream("/stream").RefuseAll(Response{Status: 202, Body: "stream"})
	tests := []struct {
		path, contentType, policy, body string
		status                          int
	}{
		{"/", "text/html; charset=utf-8", "default-src 'self'", "<title>page</title>", 200},
		{"/sub/", "text/html; charset=utf-8", "default-src 'self'", "sub", 200},
		{"/main.wasm", "application/wasm", "default-src 'self'", "\x00asm", 200},
		{"/wasm_exec.js", "text/javascript; charset=utf-8", "default-src 'self'", "// Copyright", 200},
		{"/stream", "text/plain; charset=utf-8", "", "stream", 202},
		{"/other", "text/plain; charset=utf-8", "", "handler /other", 418},
		{"/boot.js", "text/plain; charset=utf-8", "", "handler /boot.js", 418},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			got := <-get(t, site.URL(test.path), nil)
			body, err := io.ReadAll(got.mustBody(t))
			if err != nil || got.StatusCode != test.status || !strings.HasPrefix(string(body), test.body) {
				t.Errorf("got %d, %.40q, %v, want %d, %q", got.StatusCode, body, err, test.status, test.body)
			}
			if got := got.Header.Get("Content-Type"); got != test.contentType {
				t.Errorf("got Content-Type %q, want %q", got, test.contentType)
			}
			if got := got.Header.Get("Content-Security-Policy"); got != test.policy {
				t.Errorf("got policy %q, want %q", got, test.policy)
			}
			if own := got.Header.Get("X-Own"); (own == "1") != (test.policy != "") {
				t.Errorf("got X-Own %q", own)
			}
		})
	}
}

func TestHosts(t *testing.T) {
	site := Serve(t, App{})
	seen := make(map[string]bool)
	for n := range 10 {
		host := site.Host(n)
		if seen[host] {
			t.Errorf("host %d: got %s a second time", n, host)
		}
		seen[host] = true
	}
	if got, want := site.URL("/a?b"), fmt.Sprintf("http://127.0.0.1:%d/a?b", site.port); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestProgramsAreBuiltOnce(t *testing.T) {
	first, err := buildProgram(".", "./testdata/hello", nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := buildProgram(".", "./testdata/hello", nil)
	if err != nil || &again[0] != &first[0] {
		t.Errorf("got another binary, %v, for the same program", err)
	}
	smaller, err := buildProgram(".", "./testdata/hello", []string{"-ldflags=-s -w"})
	if err != nil || len(smaller) >= len(first) {
		t.Errorf("got %d bytes, %v, with -ldflags, want less than %d", len(smaller), err, len(first))
	}
}

func TestArtifactDir(t *testing.T) {
	t.Setenv(artifactsVariable, "")
	t.Run("a b/../c:é", func(t *testing.T) {
		if dir := artifactDir(t); !strings.HasSuffix(dir, "/build/e2e/TestArtifactDir/a_b/_/c__") {
			t.Errorf("got %s, want a folder that is named by the test", dir)
		}
	})
}
