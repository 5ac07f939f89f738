//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
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

// TestStreamAnswersLate holds that an answer does not come before its time, and
// that a client which leaves before has left.
func TestStreamAnswersLate(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	const delay = 50 * time.Millisecond
	stream.Refuse(Response{Status: 503, Delay: delay, Body: "late"})
	start := time.Now()
	got := <-get(t, site.URL("/events"), nil)
	if took := time.Since(start); took < delay {
		t.Errorf("answered after %v, want no sooner than %v", took, delay)
	}
	if body, err := io.ReadAll(got.mustBody(t)); got.StatusCode != 503 || string(body) != "late" {
		t.Errorf("got %s, %q, %v", got.Status, body, err)
	}
	stream.Refuse(Response{Delay: time.Hour}) // which its test does not wait for, nor this one
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL("/events"), nil)
	if err != nil {
		t.Fatal(err)
	}
	left := make(chan error)
	go func() {
		_, err := http.DefaultClient.Do(request)
		left <- err
	}()
	stream.WaitAttempts(t.Context(), 2)
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want no answer", err)
	}
	site.handlers.Wait()
}

// TestStreamNeverAnswers holds that not a byte goes out of a request that is
// accepted, until the client has left.
func TestStreamNeverAnswers(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	client, err := net.Dial("tcp", strings.TrimPrefix(site.Host(0), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(client, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
	conn := stream.Accept(t.Context())
	client.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %d bytes, %v, want silence", n, err)
	}
	client.Close()
	conn.WaitGone(t.Context())
}

// TestStreamAcceptWhere holds that the wanted request is accepted, and then the
// others in their order.
func TestStreamAcceptWhere(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	for n, id := range []string{"1", "2", "3"} {
		get(t, site.URL("/events"), http.Header{"Last-Event-Id": {id}})
		stream.WaitAttempts(t.Context(), n+1)
	}
	var got []string
	from := func(id string) func(Request) error {
		return func(r Request) error {
			if r.LastEventID != id {
				return fmt.Errorf("got Last-Event-ID %q", r.LastEventID)
			}
			return nil
		}
	}
	for _, conn := range []*Conn{
		stream.AcceptWhere(t.Context(), from("2")), stream.Accept(t.Context()), stream.Accept(t.Context()),
	} {
		got = append(got, conn.LastEventID)
	}
	if want := []string{"2", "1", "3"}; !slices.Equal(got, want) {
		t.Errorf("got the requests %v, want %v", got, want)
	}
	for _, id := range []string{"4", "5"} {
		get(t, site.URL("/events"), http.Header{"Last-Event-Id": {id}})
	}
	if got := stream.AcceptWhere(t.Context(), from("5")).LastEventID; got != "5" {
		t.Errorf("got Last-Event-ID %q, want the later request's", got)
	}
}
