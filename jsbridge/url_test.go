//go:build js && wasm

package jsbridge

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestResolveURL(t *testing.T) {
	root, err := ResolveURL("/")
	if err != nil || !strings.HasPrefix(root, "http://") || !strings.HasSuffix(root, "/") {
		t.Fatalf("got %q, %v", root, err)
	}
	for url, want := range map[string]string{
		"events":               root + "events",
		"/a/../events?x=1#y":   root + "events?x=1#y",
		"http://Host:80/é b":   "http://host/%C3%A9%20b",
		"//other.example/path": "http://other.example/path",
	} {
		if got, err := ResolveURL(url); err != nil || got != want {
			t.Errorf("%s: got %q, %v; want %q", url, got, err, want)
		}
	}
	if _, err := ResolveURL("http://["); !errors.Is(err, &Error{Name: "SyntaxError"}) || !strings.Contains(err.Error(), "http://[") {
		t.Errorf("got %v, want a SyntaxError that names the URL", err)
	}
}

func TestOrigin(t *testing.T) {
	if got, want := Origin(), os.Getenv("WASMTEST_ORIGIN"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
