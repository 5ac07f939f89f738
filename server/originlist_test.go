package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// What is an origin in other words becomes the one that browsers send; what is not
// an origin is refused, with what to write.
func TestParseOrigin(t *testing.T) {
	for _, test := range []struct{ in, want, fault string }{
		{in: "*", want: "*"},
		{in: "null", want: "null"},
		{in: "https://app.example.com", want: "https://app.example.com"},
		{in: "https://app.example.com/", want: "https://app.example.com"},
		{in: "HTTPS://App.Example.com:443/", want: "https://app.example.com"},
		{in: "http://app.example.com:80", want: "http://app.example.com"},
		{in: "http://app.example.com:443", want: "http://app.example.com:443"},
		{in: "http://localhost:08080", want: "http://localhost:8080"},
		{in: "http://[::1]:8080", want: "http://[::1]:8080"},
		{in: "chrome-extension://abcdef", want: "chrome-extension://abcdef"},
		{in: "https://*.example.dev", want: "https://*.example.dev"},
		{in: "https://*.Example.dev:8443/", want: "https://*.example.dev:8443"},

		{in: "", fault: "is empty"},
		{in: "app.example.com", fault: "write https://app.example.com"},
		{in: "localhost:8080", fault: "no scheme"},
		{in: "//app.example.com", fault: "write https://app.example.com"},
		{in: "https://", fault: "no host"},
		{in: "https://:8080", fault: "no host"},
		{in: "https://app.example.com/events", fault: "write https://app.example.com"},
		{in: "https://app.example.com//", fault: "a path"},
		{in: "https://app.example.com?", fault: "a query"},
		{in: "https://app.example.com/#x", fault: "a path or a query"},
		{in: "https://ada@app.example.com", fault: "user name"},
		{in: "https://app.example.com:port", fault: "is not an origin"},
		{in: "https://app.example.com:99999", fault: "port 99999"},
		{in: "https://bücher.example", fault: "xn--"},
		{in: " https://app.example.com", fault: "is not an origin"},
		{in: "https://app.example.com https://b.example", fault: "is not an origin"},
		{in: "https://*", fault: "first label"},
		{in: "https://*.", fault: "first label"},
		{in: "https://app*.example.dev", fault: "first label"},
		{in: "https://*app.example.dev", fault: "first label"},
		{in: "https://*.*.example.dev", fault: "first label"},
		{in: "https://app.*.dev", fault: "first label"},
		{in: "*.example.dev", fault: "write https://*.example.dev"},
		{in: "*://app.example.dev", fault: "is not an origin"},
	} {
		got, err := parseOrigin(test.in)
		if test.fault == "" && (err != nil || got != test.want) {
			t.Errorf("%q: got %q, %v, want %q", test.in, got, err, test.want)
		}
		if test.fault != "" && (err == nil || !strings.Contains(err.Error(), test.fault)) {
			t.Errorf("%q: got %q, %v, want %q in an error", test.in, got, err, test.fault)
		}
	}
}

// Whatever New takes as an origin, a page from there gets its stream, and no other.
func TestOriginsThatNewTakes(t *testing.T) {
	for _, test := range []struct {
		listed         string
		match, nomatch []string
	}{
		{"https://app.example.com/", []string{"https://app.example.com"}, []string{"https://app.example.com/", "http://app.example.com"}},
		{"https://app.example.com:443", []string{"https://app.example.com"}, []string{"https://app.example.com:8443"}},
		{"https://*.example.dev", []string{"https://a.example.dev", "https://A-1.Example.dev", "https://xn--bcher-kva.example.dev"}, []string{
			"https://example.dev", "https://.example.dev", "https://a.b.example.dev", "https://evilexample.dev", "http://a.example.dev",
			"https://a.example.dev:8443", "https://evil.example/.example.dev", "https://evil.example:1.example.dev", "https://a@.example.dev",
			"https://*.example.dev", "https://a.example.dev.evil.example", "https://%61.example.dev", "null", "*",
		}},
		{"http://*.localhost:8080", []string{"http://a.localhost:8080"}, []string{"http://a.localhost", "http://localhost:8080"}},
	} {
		f := New(&Options{Origins: []string{test.listed}, Credentials: true})
		for _, origin := range append(test.match, test.nomatch...) {
			want, allow := http.StatusOK, origin
			if !slices.Contains(test.match, origin) {
				want, allow = http.StatusForbidden, ""
			}
			r := httptest.NewRequest(http.MethodHead, "http://api.example.org/", nil)
			r.Header.Set("Origin", origin)
			w := httptest.NewRecorder()
			f.ServeHTTP(w, r)
			header := w.Header()
			if w.Code != want || header.Get("Access-Control-Allow-Origin") != allow || (header.Get("Access-Control-Allow-Credentials") == "true") != (allow != "") {
				t.Errorf("%q: got %d, %v for %q, want %d", test.listed, w.Code, header, origin, want)
			}
		}
		f.Close()
	}
}

func TestInvalidOptions(t *testing.T) {
	for _, test := range []struct {
		options Options
		want    string
	}{
		{Options{Origins: []string{"*", "app.example.com"}}, `server: Options.Origins: "app.example.com" has no scheme`},
		{Options{AllowHeaders: []string{"X-Api-Key: 7"}}, `server: Options.AllowHeaders: "X-Api-Key: 7" is not the name of a header`},
		{Options{AllowHeaders: []string{"*"}}, "list each name"},
		{Options{AllowHeaders: []string{""}}, "list each name"},
	} {
		err := test.options.Validate()
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Validate: got %v, want %q in it", err, test.want)
			continue
		}
		if _, opened := Open(t.Context(), newFakeLog(0), &test.options); opened == nil || opened.Error() != err.Error() {
			t.Errorf("Open: got %v, want %v", opened, err)
		}
		func() {
			defer func() {
				if thrown, ok := recover().(error); !ok || thrown.Error() != err.Error() {
					t.Errorf("New: got the panic %v, want %v", thrown, err)
				}
			}()
			New(&test.options)
		}()
	}
	if err := (*Options)(nil).Validate(); err != nil {
		t.Errorf("no options: got %v", err)
	}
}

// The response to a preflight request names the allowed headers, the usual ones and
// those of the options.
func TestAllowHeaders(t *testing.T) {
	f := New(&Options{Origins: []string{"https://*.example.dev"}, AllowHeaders: []string{"X-Api-Key", "traceparent"}})
	defer f.Close()
	r := httptest.NewRequest(http.MethodOptions, "/", nil)
	r.Header.Set("Origin", "https://app.example.dev")
	r.Header.Set("Access-Control-Request-Method", "GET")
	r.Header.Set("Access-Control-Request-Headers", "x-api-key")
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	const want = "Authorization, Cache-Control, Last-Event-ID, X-Api-Key, traceparent"
	if got := w.Header().Get("Access-Control-Allow-Headers"); w.Code != http.StatusNoContent || got != want {
		t.Errorf("got %d, %q, want %q", w.Code, got, want)
	}
}
