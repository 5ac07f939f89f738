//go:build !js

package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRunningServer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, `<title>t</title><link rel="icon" href="data:,"><p>`+r.URL.Path+`</p>`)
	}))
	defer server.Close()
	site := Serve(t, App{URL: server.URL + "/"})
	page := site.Open("/here")
	page.WaitText("p", "/here")
	page.Navigate("/there")
	page.WaitText("p", "/there")
	if got, want := site.URL("/x"), server.URL+"/x"; got != want {
		t.Errorf("got URL %s, want %s", got, want)
	}
	page.Close() // before the server
}

func TestRunningServersURL(t *testing.T) {
	tests := []struct {
		name string
		app  App
		want string // in the error, or the origin
	}{
		{"origin", App{URL: "http://localhost:8080"}, "http://localhost:8080"},
		{"slash", App{URL: "https://example.com/"}, "https://example.com"},
		{"path", App{URL: "http://localhost/app"}, "must be the origin"},
		{"query", App{URL: "http://localhost?x"}, "must be the origin"},
		{"no scheme", App{URL: "localhost:8080"}, "must be the origin"},
		{"another scheme", App{URL: "file:///tmp"}, "must be the origin"},
		{"unreadable", App{URL: "http://a b"}, "App.URL: parse"},
		{"program", App{URL: "http://localhost", Program: "./x"}, "must be empty"},
		{"page", App{URL: "http://localhost", Page: fstest.MapFS{}}, "must be empty"},
		{"handler", App{URL: "http://localhost", Handler: http.NotFoundHandler()}, "must be empty"},
		{"policy", App{URL: "http://localhost", Policy: "x"}, "must be empty"},
		{"worker", App{URL: "http://localhost", Worker: true}, "must be empty"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := remote(test.app)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
