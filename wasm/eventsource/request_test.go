package eventsource

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"testing"
	"testing/quick"
)

func TestEscapeQuery(t *testing.T) {
	same := func(text string) bool {
		back, err := url.QueryUnescape(escapeQuery(text))
		return err == nil && back == text
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
	expect(t, "escaped", escapeQuery("a b&c=ß/~"), "a%20b%26c%3D%C3%9F%2F~")
}

func TestWithParameter(t *testing.T) {
	for _, test := range []struct{ address, name, value, want string }{
		{"http://h/e", "id", "7", "http://h/e?id=7"},
		{"http://h/e?a=b#top", "id", "7 ☃", "http://h/e?a=b&id=7%20%E2%98%83#top"},
		{"http://h/e?id=1&a&id=2&b=id", "id", "7", "http://h/e?a&b=id&id=7"},
		{"http://h/e?", "a b", "=", "http://h/e?a%20b=%3D"},
		{"http://h/e?id=1", "id", "", "http://h/e?id=1"},
		{"http://h/e", "", "7", "http://h/e"},
	} {
		expect(t, test.address, withParameter(test.address, test.name, test.value), test.want)
	}
}

func TestCanonicalName(t *testing.T) {
	for name, want := range map[string]string{"x-token": "X-Token", "X-TOKEN": "X-Token", "accept": "Accept", "": "", "a--b": "A--B"} {
		expect(t, name, canonicalName(name), want)
	}
}

func TestOriginOf(t *testing.T) {
	for address, want := range map[string]string{
		"http://host/path":            "http://host",
		"https://host:8443?query#x":   "https://host:8443",
		"http://user:word@host/@path": "http://host",
		"http://[::1]:80/x":           "http://[::1]",
		"HTTPS://Host:443":            "https://host",
		"https://host:80/":            "https://host:80",
		"nothing":                     "",
	} {
		expect(t, address, originOf(address), want)
	}
}

// TestRequestBody holds which method and body a request has, of what the options and
// a hook say: one without any content counts as nil, and a GET leaves that of the options
// out, with the headers that tell of it.
func TestRequestBody(t *testing.T) {
	type header = map[string][]string
	posting := Options{Method: "POST", Body: []byte("x"), Header: header{"content-type": {"a/b"}, "X-A": {"1"}}}
	for _, test := range []struct {
		name    string
		options Options
		own     *Request
		want    Request
	}{
		{"options alone", posting, nil, Request{"u", "POST", header{"Content-Type": {"a/b"}, "X-A": {"1"}}, []byte("x")}},
		{"a GET over a POST", posting, &Request{Method: "GET"}, Request{"u", "GET", header{"X-A": {"1"}}, nil}},
		{"a get over a POST", posting, &Request{Method: "get"}, Request{"u", "GET", header{"X-A": {"1"}}, nil}},
		{"a GET with a type", posting, &Request{Method: "GET", Header: header{"Content-Type": {"c/d"}}},
			Request{"u", "GET", header{"Content-Type": {"c/d"}, "X-A": {"1"}}, nil}},
		{"a PUT over a POST", posting, &Request{Method: "PUT"}, Request{"u", "PUT", header{"Content-Type": {"a/b"}, "X-A": {"1"}}, []byte("x")}},
		{"no body", posting, &Request{Body: []byte{}}, Request{"u", "POST", header{"Content-Type": {"a/b"}, "X-A": {"1"}}, nil}},
		{"another body", posting, &Request{Body: []byte("y")}, Request{"u", "POST", header{"Content-Type": {"a/b"}, "X-A": {"1"}}, []byte("y")}},
		{"an empty body", Options{Body: []byte{}}, nil, Request{"u", "", header{}, nil}},
		{"an empty body of the hook", Options{}, &Request{Body: []byte{}}, Request{"u", "", header{}, nil}},
		{"a POST over a GET", Options{Body: []byte("x")}, &Request{Method: "POST"}, Request{"u", "POST", header{}, []byte("x")}},
		{"own headers of the stream's, no hook's word", Options{Header: header{"accept": {"a"}, "pragma": {"b"}}}, nil, Request{"u", "", header{}, nil}},
	} {
		for _, hooked := range []bool{false, true} {
			if test.own != nil && !hooked {
				continue
			}
			options := test.options
			if hooked {
				options.Request = func(context.Context, int) (*Request, error) { return test.own, nil }
			}
			got, err := options.request(t.Context(), "u", 1)
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("%s, hooked %t: got %q, %v, want %q", test.name, hooked, got, err, test.want)
			}
		}
	}
	if o := (Options{Body: []byte{}}); o.beyondNative() != "" {
		t.Errorf("an empty body is beyond Native")
	}
}

// TestOptionsAreCopiedWhole changes everything that options refer to, while the Source
// makes one attempt after the other, and has the hook use its memory again: each
// request stays as it was meant.
func TestOptionsAreCopiedWhole(t *testing.T) {
	options := &Options{
		Method: "POST", Header: map[string][]string{"X-A": {"1", "2"}}, Body: []byte("body"),
		Reconnect: Reconnect{Delay: 1, MaxDelay: 1},
	}
	own := &Request{Body: []byte("a"), Header: map[string][]string{"X-B": {"a"}}}
	options.Request = func(_ context.Context, attempt int) (*Request, error) {
		if attempt%2 == 1 {
			return nil, nil
		}
		own.Body[0]++
		own.Header["X-B"][0] = string(own.Body)
		return own, nil
	}
	requests := make(chan Request)
	s, err := open(t.Context(), "http://test/events", options, func(s *Source, url string, own *Options) (transport, error) {
		return newConnection(s, url, tellingDialer{requests}, own), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const attempts = 20
	var got []Request
	for range attempts {
		options.Header["X-A"][0], options.Header["X-C"], options.Body[0] = "changed", []string{"4"}, 'c'
		options.Header["X-A"] = append(options.Header["X-A"], "more")
		got = append(got, <-requests)
	}
	for i, request := range got {
		want := "map[X-A:[1 2]] body"
		if i%2 == 1 {
			said := string('b' + rune(i/2))
			want = fmt.Sprintf("map[X-A:[1 2] X-B:[%s]] %s", said, said)
		}
		expect(t, fmt.Sprint("attempt ", i+1), fmt.Sprintf("%v %s", request.Header, request.Body), want)
	}
}

// tellingDialer tells of each request, and has none answered.
type tellingDialer struct{ requests chan<- Request }

func (d tellingDialer) dial(ctx context.Context, r Request, _ string) (*response, error) {
	select {
	case d.requests <- r:
		return nil, errNetwork
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (tellingDialer) check(Request) error { return nil }

func (tellingDialer) carries(string) bool { return true }
