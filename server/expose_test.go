package server

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestRetryAfterIsExposed holds that a page of another origin may see when the server
// wants to be asked again, if it may read the answer at all.
func TestRetryAfterIsExposed(t *testing.T) {
	for _, test := range []struct {
		name    string
		origins []string
		origin  string
		want    string
	}{
		{"listed", []string{"https://friend.example"}, "https://friend.example", "Retry-After"},
		{"all", []string{"*"}, "https://friend.example", "Retry-After"},
		{"its own", []string{"https://friend.example"}, "http://app.example", ""},
		{"no browser", nil, "", ""},
	} {
		f := New(&Options{Origins: test.origins})
		f.Close()
		r := httptest.NewRequest(http.MethodGet, "http://app.example/events", nil)
		if test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		w := httptest.NewRecorder()
		f.ServeHTTP(w, r)
		header := w.Result().Header
		if got := header.Get("Access-Control-Expose-Headers"); got != test.want || header.Get("Retry-After") == "" {
			t.Errorf("%s: got %q exposed of %v, want %q", test.name, got, header, test.want)
		}
	}
}
