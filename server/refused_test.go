package server

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// wantRefused checks that an answer is no stream: the status, a plain body of one
// line, which it returns, and nothing of an event stream in the header.
func wantRefused(t *testing.T, res *http.Response, status int) (text string) {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	text = string(body)
	if res.StatusCode != status {
		t.Errorf("got status %d, %q, want %d", res.StatusCode, text, status)
	}
	if got := res.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("got content type %q, want plain text", got)
	}
	if head := res.Request != nil && res.Request.Method == http.MethodHead; strings.Count(text, "\n") != 1 && !head || head && text != "" {
		t.Errorf("got %q, want one line", text)
	}
	for _, header := range []string{"X-Accel-Buffering", "Content-Encoding"} {
		if got := res.Header.Get(header); got != "" {
			t.Errorf("got %s: %s, want none", header, got)
		}
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("got Cache-Control %q, want no-store", got)
	}
	return text
}

// retryAfter returns the seconds of a refusal for now.
func retryAfter(t *testing.T, res *http.Response) int {
	t.Helper()
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	if err != nil || seconds < minRetryAfter || seconds > maxRetryAfter {
		t.Errorf("got Retry-After %q, want %d to %d", res.Header.Get("Retry-After"), minRetryAfter, maxRetryAfter)
	}
	return seconds
}

func refusedIndex(r refusal) int {
	return slices.IndexFunc(refusals[:], func(known answer) bool { return known.refusal == r })
}

// wantNobody waits until a feed counts no stream: a client may have seen the end
// of its own before the server takes note of it.
func wantNobody(t *testing.T, f *Feed) {
	t.Helper()
	settles(t, "streams counted by the feed, in all and by address", 0, func() int {
		f.limits.mu.Lock()
		defer f.limits.mu.Unlock()
		return int(f.Stats().Clients) + f.limits.open + len(f.limits.addresses)
	})
}
