package server

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
)

func TestOrigins(t *testing.T) {
	const host, friend = "app.example:8080", "https://friend.example"
	type header map[string]string
	for _, test := range []struct {
		name        string
		origins     []string
		credentials bool
		request     header
		refused     bool
		allow       string // Access-Control-Allow-Origin
		cookies     bool   // Access-Control-Allow-Credentials
	}{
		{name: "no browser"},
		{name: "same origin", request: header{"Origin": "http://" + host}},
		{name: "same origin behind a proxy that ends TLS", request: header{"Origin": "https://" + host}},
		{name: "same origin in capitals", request: header{"Origin": "HTTP://APP.example:8080"}},
		{name: "another port", request: header{"Origin": "http://app.example:8081"}, refused: true},
		{name: "no port", request: header{"Origin": "http://app.example"}, refused: true},
		{name: "a subdomain", request: header{"Origin": "http://x.app.example:8080"}, refused: true},
		{name: "a domain that ends alike", request: header{"Origin": "http://evilapp.example:8080"}, refused: true},
		{name: "a domain that begins alike", request: header{"Origin": "http://app.example:8080.evil.example"}, refused: true},
		{name: "another scheme", request: header{"Origin": "file://" + host}, refused: true},
		{name: "another site", request: header{"Origin": friend}, refused: true},
		{name: "null", request: header{"Origin": "null"}, refused: true},
		{name: "a star", request: header{"Origin": "*"}, refused: true},
		{name: "garbage", request: header{"Origin": "http://%zz"}, refused: true},
		{name: "a space", request: header{"Origin": "http://" + host + " " + friend}, refused: true},
		{name: "same site without an origin", request: header{"Sec-Fetch-Site": "same-site"}, refused: true},
		{name: "an image of another site", request: header{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, refused: true},
		{name: "a link from another site", request: header{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}},
		{name: "a page of its own", request: header{"Sec-Fetch-Site": "same-origin"}},
		{name: "typed in", request: header{"Sec-Fetch-Site": "none"}},

		{name: "listed", origins: []string{"https://other.example", friend}, request: header{"Origin": friend}, allow: friend},
		{name: "listed, by cookies", origins: []string{friend}, credentials: true, request: header{"Origin": friend}, allow: friend, cookies: true},
		{name: "listed in capitals", origins: []string{"HTTPS://Friend.Example"}, request: header{"Origin": friend}, allow: friend},
		{name: "listed, another port", origins: []string{friend}, request: header{"Origin": friend + ":8443"}, refused: true},
		{name: "listed, another scheme", origins: []string{friend}, request: header{"Origin": "http://friend.example"}, refused: true},
		{name: "listed, a subdomain", origins: []string{friend}, request: header{"Origin": "https://x.friend.example"}, refused: true},
		{name: "not listed, by cookies", origins: []string{friend}, credentials: true, request: header{"Origin": "https://evil.example"}, refused: true},
		{name: "its own beside a list", origins: []string{friend}, credentials: true, request: header{"Origin": "http://" + host}},
		{name: "null beside a list", origins: []string{friend}, credentials: true, request: header{"Origin": "null"}, refused: true},
		{name: "a star beside a list", origins: []string{friend}, credentials: true, request: header{"Origin": "*"}, refused: true},

		{name: "all", origins: []string{"*"}, request: header{"Origin": friend}, allow: "*"},
		{name: "all, null", origins: []string{"*"}, request: header{"Origin": "null"}, allow: "*"},
		{name: "all, never by cookies", origins: []string{"*"}, credentials: true, request: header{"Origin": friend}, allow: "*"},
		{name: "all, a star, never by cookies", origins: []string{"*"}, credentials: true, request: header{"Origin": "*"}, allow: "*"},
		{name: "all and one, by cookies", origins: []string{"*", friend}, credentials: true, request: header{"Origin": friend}, allow: friend, cookies: true},
		{name: "all and one, another", origins: []string{friend, "*"}, credentials: true, request: header{"Origin": "https://evil.example"}, allow: "*"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := New(&Options{Origins: test.origins, Credentials: test.credentials})
			f.Close() // so that a GET that may be answered ends: 503
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
				r := httptest.NewRequest(method, "http://"+host+"/events", nil)
				for name, value := range test.request {
					r.Header.Set(name, value)
				}
				if method == http.MethodOptions {
					r.Header.Set("Access-Control-Request-Method", "GET")
				}
				want := http.StatusServiceUnavailable
				switch {
				case method == http.MethodOptions && len(test.origins) == 0:
					want = http.StatusMethodNotAllowed
				case test.refused:
					want = http.StatusForbidden
				}
				w := httptest.NewRecorder()
				f.ServeHTTP(w, r)
				res := w.Result()
				wantRefused(t, res, want)
				if want == http.StatusMethodNotAllowed {
					continue
				}
				cookies := ""
				if test.cookies {
					cookies = "true"
				}
				for name, want := range map[string]string{
					"Access-Control-Allow-Origin": test.allow, "Access-Control-Allow-Credentials": cookies, "Access-Control-Allow-Headers": "",
				} {
					if got := res.Header.Get(name); got != want {
						t.Errorf("%s: got %s: %q, want %q", method, name, got, want)
					}
				}
				if got := slices.Contains(res.Header.Values("Vary"), "Origin"); got != (len(test.origins) > 0) {
					t.Errorf("%s: got Vary: %q", method, res.Header.Values("Vary"))
				}
			}
		})
	}
}

func TestTwoOriginsAreNone(t *testing.T) {
	f := New(&Options{Origins: []string{"*"}})
	defer f.Close()
	for _, origins := range [][]string{{"http://x", "http://evil.example"}, {"http://x", "http://x"}, {"", "http://evil.example"}} {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
		r.Header["Origin"] = origins
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		wantRefused(t, w.Result(), http.StatusForbidden)
	}
}

// What a browser asks before the request opens no stream, asks no hook, and says
// nothing of who may read.
func TestPreflight(t *testing.T) {
	f := New(&Options{
		Origins: []string{"https://friend.example"}, Credentials: true, MaxClients: 1, MaxClientsPerAddress: 1,
		Authorize: func(*http.Request) (*Grant, error) {
			t.Error("a preflight is no request for the stream")
			return nil, ErrForbidden
		},
		Address: func(*http.Request) string {
			t.Error("a preflight counts for no limit")
			return ""
		},
		Opened: func(*Client) { t.Error("a preflight opens a stream") },
	})
	defer f.Close()
	for _, headers := range []string{"", "last-event-id", "authorization,last-event-id", "x-secret"} {
		r := httptest.NewRequest(http.MethodOptions, "/", nil)
		r.Header.Set("Origin", "https://friend.example")
		r.Header.Set("Access-Control-Request-Method", "GET")
		r.Header.Set("Access-Control-Request-Headers", headers)
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin": "https://friend.example", "Access-Control-Allow-Credentials": "true",
			"Access-Control-Allow-Methods": "GET, HEAD", "Access-Control-Allow-Headers": "Authorization, Cache-Control, Last-Event-ID",
			"Access-Control-Max-Age": "600", "Content-Type": "", "Vary": "Origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("got %s: %q, want %q", name, got, want)
			}
		}
		if w.Code != http.StatusNoContent || w.Body.Len() > 0 {
			t.Errorf("got %d, %q, want 204 and nothing", w.Code, w.Body)
		}
	}
	if stats := f.Stats(); stats.Clients != 0 || stats.Refused != 0 {
		t.Errorf("got %+v, want nothing counted", stats)
	}
	// OPTIONS that is none is another method.
	w := httptest.NewRecorder()
	f.ServeHTTP(w, httptest.NewRequest(http.MethodOptions, "/", nil))
	wantRefused(t, w.Result(), http.StatusMethodNotAllowed)
}

func TestHeaderOfAStreamToAnotherOrigin(t *testing.T) {
	_, url := serve(t, &Options{Origins: []string{"https://friend.example"}, Compress: true})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://friend.example")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Access-Control-Allow-Origin"); got != "https://friend.example" {
		t.Errorf("got %q", got)
	}
	if got := res.Header.Values("Vary"); !slices.Equal(got, []string{"Origin", "Accept-Encoding"}) {
		t.Errorf("got Vary: %q", got)
	}
}
