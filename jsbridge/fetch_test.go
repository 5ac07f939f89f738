//go:build js && wasm

package jsbridge

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/hack-pad/safejs"
)

// answering returns a path of the test runner's that answers with a status and
// a body.
func answering(status, body, more string) string {
	return "/stream?status=" + status + "&body=" + base64.RawURLEncoding.EncodeToString([]byte(body)) + more
}

func TestPost(t *testing.T) {
	tests := []struct {
		name   string
		url    string
		status int
		body   string
	}{
		{"answered", answering("200", "héllo", ""), 200, "héllo"},
		{"empty", answering("200", "", ""), 200, ""},
		{"no content", answering("204", "", ""), 204, ""},
		{"refused", answering("404", "no such tab", ""), 404, "no such tab"},
		{"failed", answering("500", "", ""), 500, ""},
		{"large", answering("200", "0123456789", "&repeat=100000"), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			status, body, err := Post(t.Context(), test.url, "text/plain", []byte("x"))
			if err != nil || status != test.status {
				t.Fatalf("got %d, %v, want %d", status, err, test.status)
			}
			if test.name == "large" {
				if len(body) != 1_000_000 {
					t.Errorf("got %d bytes, want 1000000", len(body))
				}
			} else if string(body) != test.body {
				t.Errorf("got %q, want %q", body, test.body)
			}
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

// TestPostArrives looks at the request as the runner got it.
func TestPostArrives(t *testing.T) {
	sent := "{\"text\": \"wave 🌊\", \"zero\": \"\x00\"}"
	if _, _, err := Post(t.Context(), "/stream?key=post-arrives", "application/json", []byte(sent)); err != nil {
		t.Fatal(err)
	}
	promise, err := safejs.Global().Call("fetch", "/requests?key=post-arrives")
	if err != nil {
		t.Fatal(err)
	}
	response := awaitSettled(t, promise)
	promise, err = response.Call("text")
	if err != nil {
		t.Fatal(err)
	}
	text, err := awaitSettled(t, promise).String()
	if err != nil {
		t.Fatal(err)
	}
	var arrived struct {
		Requests []struct {
			Method string
			Header map[string][]string
			Body   string
		}
	}
	if err := json.Unmarshal([]byte(text), &arrived); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if len(arrived.Requests) != 1 {
		t.Fatalf("got %d requests, want 1: %s", len(arrived.Requests), text)
	}
	got := arrived.Requests[0]
	if got.Method != "POST" || got.Body != sent || got.Header["Content-Type"][0] != "application/json" {
		t.Errorf("got %+v, want the body %q", got, sent)
	}
}

func awaitSettled(t *testing.T, promise safejs.Value) safejs.Value {
	t.Helper()
	settled, err := settle(promise)
	if err != nil {
		t.Fatal(err)
	}
	outcome := <-settled
	if outcome.err != nil {
		t.Fatal(outcome.err)
	}
	return outcome.value
}

func TestPostErrors(t *testing.T) {
	tests := []struct {
		name        string
		url         string
		contentType string
	}{
		{"bad URL", "http://[", "text/plain"},
		{"blocked port", "http://127.0.0.1:9/", "text/plain"},
		{"bad content type", "/stream", "line\nbreak"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			_, _, err := Post(t.Context(), test.url, test.contentType, nil)
			if !errors.Is(err, &Error{Name: "TypeError"}) {
				t.Errorf("got %v, want a TypeError", err)
			}
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

func TestPostCancel(t *testing.T) {
	cause := errors.New("enough")
	tests := []struct {
		name   string
		url    string
		cancel func(cancel func())
	}{
		{"before", "/stream", func(cancel func()) { cancel() }},
		{"while sending", "/stream?hold=1", func(cancel func()) { go cancel() }},
		{"while reading", "/stream?hold=1&body=eA", func(cancel func()) {
			go func() {
				// Many turns later the headers are there, and the body is not.
				for range 200 {
					_ = NextTurn(context.Background())
				}
				cancel()
			}()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := Live()
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan struct{})
			test.cancel(func() {
				cancel(cause)
				close(done)
			})
			status, body, err := Post(ctx, test.url, "text/plain", []byte("x"))
			if !errors.Is(err, cause) {
				t.Errorf("got %d, %q, %v, want the cause", status, body, err)
			}
			<-done
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}
