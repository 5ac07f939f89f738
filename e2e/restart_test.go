//go:build !js

package e2e

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
)

// TestRestart shows that a site which is down has cut its streams and refuses
// connections, and that it then serves the same again at the same address.
func TestRestart(t *testing.T) {
	site := Serve(t, App{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "handler "+r.URL.Path)
	})})
	stream := site.Stream("/events")
	address := strings.TrimPrefix(site.Host(0), "http://")
	for range 2 {
		answers := get(t, site.URL("/events"), nil)
		conn := stream.Accept(t.Context())
		conn.Open()
		body := (<-answers).mustBody(t)
		site.Down()
		site.Down() // does nothing
		conn.WaitGone(t.Context())
		if _, err := io.ReadAll(body); err == nil {
			t.Error("got a clean end of a stream whose server went down")
		}
		if conn, err := net.Dial("tcp", address); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("got %v, %v from a site that is down, want it to refuse", conn, err)
		}
		site.Up()
		site.Up() // does nothing
		got, err := io.ReadAll((<-get(t, site.URL("/other"), nil)).mustBody(t))
		if err != nil || string(got) != "handler /other" {
			t.Errorf("got %q, %v after Up", got, err)
		}
	}
}
