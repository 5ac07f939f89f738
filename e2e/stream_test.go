//go:build !js

package e2e

import (
	"io"
	"net/http"
	"testing"
)

func TestStreamRefuses(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	stream.RefuseAll(Response{Status: http.StatusServiceUnavailable, Header: http.Header{"retry-after": {"7"}}, Body: "later"})
	stream.Refuse(Response{Status: http.StatusNotFound})
	stream.Redirect(http.StatusTemporaryRedirect, "/elsewhere")
	want := []int{404, 307, 503, 503}
	for i, status := range want {
		got := <-get(t, site.URL("/events"), nil)
		body, err := io.ReadAll(got.mustBody(t))
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != status {
			t.Errorf("request %d: got status %d, want %d", i+1, got.StatusCode, status)
		}
		if status == 307 && got.Header.Get("Location") != "/elsewhere" {
			t.Errorf("got Location %q, want /elsewhere", got.Header.Get("Location"))
		}
		if status == 503 && (got.Header.Get("Retry-After") != "7" || string(body) != "later") {
			t.Errorf("got Retry-After %q and body %q", got.Header.Get("Retry-After"), body)
		}
	}
	stream.RefuseNone()
	answers := get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	if conn.Attempt != 5 {
		t.Errorf("got attempt %d, want 5", conn.Attempt)
	}
	conn.Open()
	(<-answers).mustBody(t)
	if n := len(stream.WaitAttempts(t.Context(), 5)); n != 5 {
		t.Errorf("got %d attempts, want 5", n)
	}
}

func TestStreamKeepsTheOrderOfRequests(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	for range 3 {
		n := len(stream.Attempts())
		get(t, site.URL("/events"), nil)
		stream.WaitAttempts(t.Context(), n+1)
	}
	for want := 1; want <= 3; want++ {
		if got := stream.Accept(t.Context()).Attempt; got != want {
			t.Errorf("got attempt %d, want %d", got, want)
		}
	}
	if again := site.Stream("/events"); again != stream {
		t.Error("the same path has another stream")
	}
}

func TestStreamAllowsOrigin(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	stream.AllowOrigin("http://other.example", true)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, site.URL("/events"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Access-Control-Request-Method", "POST")
	request.Header.Set("Access-Control-Request-Headers", "x-own")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	want := map[string]string{
		"Access-Control-Allow-Origin":      "http://other.example",
		"Access-Control-Allow-Credentials": "true",
		"Access-Control-Allow-Methods":     "POST",
		"Access-Control-Allow-Headers":     "x-own",
	}
	for name, value := range want {
		if got := response.Header.Get(name); got != value {
			t.Errorf("got %s %q, want %q", name, got, value)
		}
	}
	if n := len(stream.Attempts()); n != 0 {
		t.Errorf("got %d attempts after a preflight, want none", n)
	}
}
