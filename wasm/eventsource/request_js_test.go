//go:build js && wasm

package eventsource_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// TestFetchBody holds that fetch is asked with the body of options and hook together,
// and that neither an empty one nor one for another method keeps it from asking.
func TestFetchBody(t *testing.T) {
	type options = eventsource.Options
	hook := func(r eventsource.Request) func(context.Context, int) (*eventsource.Request, error) {
		return func(context.Context, int) (*eventsource.Request, error) { return &r, nil }
	}
	text := base64.RawURLEncoding.EncodeToString([]byte("event: n\ndata: 1\n\n"))
	for name, test := range map[string]struct {
		options options
		want    string
	}{
		"empty":            {options{Body: []byte{}}, "GET "},
		"empty hooked":     {options{Request: hook(eventsource.Request{Body: []byte{}})}, "GET "},
		"GET over POST":    {options{Method: "POST", Body: []byte("x"), Request: hook(eventsource.Request{Method: "GET"})}, "GET "},
		"empty over POST":  {options{Method: "POST", Body: []byte("x"), Request: hook(eventsource.Request{Body: []byte{}})}, "POST "},
		"POST over GET":    {options{Body: []byte("x"), Request: hook(eventsource.Request{Method: "POST"})}, "POST x"},
		"get over POST":    {options{Method: "post", Body: []byte("x"), Request: hook(eventsource.Request{Method: "get"})}, "GET "},
		"POST":             {options{Method: "POST", Body: []byte("x")}, "POST x"},
		"empty POST":       {options{Method: "POST", Body: []byte{}}, "POST "},
		"another encoding": {options{Header: map[string][]string{"accept-encoding": {"br"}}}, "GET "},
	} {
		t.Run(name, func(t *testing.T) {
			key := base64.RawURLEncoding.EncodeToString([]byte("fetch body " + name))
			test.options.Transport = eventsource.Fetch
			src, err := eventsource.Open(t.Context(), "/stream?hold=1&body="+text+"&key="+key, &test.options)
			if err != nil {
				t.Fatal(err)
			}
			defer src.Close()
			for ev, err := range subscribeTo(t, src, "n").Events() {
				if err != nil || ev.Data != 1 {
					t.Errorf("got %+v, %v", ev, err)
				}
				break
			}
			if got := askedAt(t, key); got != test.want {
				t.Errorf("it was asked %q, want %q", got, test.want)
			}
		})
	}
	if src, err := eventsource.Open(t.Context(), "/stream", &options{Body: []byte("x"), Transport: eventsource.Fetch}); err == nil {
		src.Close()
		t.Error("a GET with a body: got no error")
	}
}

// askedAt returns the method and the body of the one request under a key.
func askedAt(t *testing.T, key string) string {
	t.Helper()
	answer, err := jsbridge.Fetch(t.Context(), jsbridge.Request{URL: "/requests?key=" + key})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var arrived struct {
		Requests []struct{ Method, Body string }
	}
	if err := json.NewDecoder(answer.Body).Decode(&arrived); err != nil {
		t.Fatal(err)
	}
	if len(arrived.Requests) != 1 {
		return fmt.Sprint(arrived.Requests)
	}
	return arrived.Requests[0].Method + " " + arrived.Requests[0].Body
}
