package eventsource

import (
	"net/url"
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
