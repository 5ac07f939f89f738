package server

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

var page = strings.Repeat("<p>page</p>\n", 100)

func staticFiles() fstest.MapFS {
	return fstest.MapFS{
		"index.html":     {Data: []byte(page)},
		"small.css":      {Data: []byte("p{}")},
		"boot.js":        {Data: []byte("js")},
		"boot.js.gz":     {Data: []byte("js in gzip")},
		"demo.wasm":      {Data: []byte("wasm")},
		"demo.wasm.br":   {Data: []byte("wasm in brotli")},
		"demo.wasm.gz":   {Data: []byte("wasm in gzip")},
		"archive.gz":     {Data: []byte("a file of its own")},
		"sub/index.html": {Data: []byte("sub")},
		"sub/data.bin":   {Data: []byte("bin")},
		"upper.PNG":      {Data: []byte("png")},
		".keep":          {Data: []byte("hidden")},
		".git/config":    {Data: []byte("hidden")},
	}
}

func newStatic(t *testing.T) http.Handler {
	t.Helper()
	h, err := Static(staticFiles(), ContentSecurityPolicy)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// get asks the handler with header lines "Name: value".
func get(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path // as it is, so that the handler gets to see what no client sends
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestStaticFiles(t *testing.T) {
	h := newStatic(t)
	for _, test := range []struct{ path, contentType, body string }{
		{"/", "text/html; charset=utf-8", page},
		{"/index.html", "text/html; charset=utf-8", page},
		{"/small.css", "text/css; charset=utf-8", "p{}"},
		{"/boot.js", "text/javascript; charset=utf-8", "js"},
		{"/demo.wasm", "application/wasm", "wasm"},
		{"/archive.gz", "application/octet-stream", "a file of its own"},
		{"/sub/", "text/html; charset=utf-8", "sub"},
		{"/sub/data.bin", "application/octet-stream", "bin"},
		{"/upper.PNG", "image/png", "png"},
	} {
		t.Run(test.path, func(t *testing.T) {
			res := get(h, http.MethodGet, test.path)
			if got := body(t, res); res.StatusCode != http.StatusOK || got != test.body {
				t.Errorf("got %d, %q, want 200, %q", res.StatusCode, got, test.body)
			}
			for name, want := range map[string]string{
				"Content-Type":            test.contentType,
				"Content-Encoding":        "",
				"Vary":                    "Accept-Encoding",
				"Cache-Control":           "no-cache",
				"X-Content-Type-Options":  "nosniff",
				"Content-Security-Policy": ContentSecurityPolicy,
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if res.ContentLength != int64(len(test.body)) {
				t.Errorf("got length %d, want %d", res.ContentLength, len(test.body))
			}
			head := get(h, http.MethodHead, test.path)
			if got := body(t, head); got != "" || head.StatusCode != http.StatusOK {
				t.Errorf("HEAD: got %d, %q, want 200 without a body", head.StatusCode, got)
			}
			for _, name := range []string{"Content-Type", "Content-Length", "ETag"} {
				if got, want := head.Header.Get(name), res.Header.Get(name); got != want || got == "" {
					t.Errorf("HEAD: %s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestStaticPolicyIsTheOneOfTheIssue(t *testing.T) {
	const want = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; img-src 'self' data:"
	if ContentSecurityPolicy != want {
		t.Errorf("got %q, want %q", ContentSecurityPolicy, want)
	}
	h, err := Static(staticFiles(), "")
	if err != nil {
		t.Fatal(err)
	}
	if got, sent := get(h, http.MethodGet, "/").Header["Content-Security-Policy"]; sent {
		t.Errorf("no policy: got %q, want no header", got)
	}
}

func TestStaticServesNothingElse(t *testing.T) {
	h := newStatic(t)
	for _, path := range []string{
		"/nothing", "/sub", "//", "//index.html", "/sub/../index.html", "/../index.html", "/..", "/../../etc/passwd",
		`/..\index.html`, "/./index.html", "/index.html/", "/demo.wasm.br", "/demo.wasm.gz", "/boot.js.gz",
		"/.keep", "/.git/config", "/.git/", "/INDEX.HTML", "/index.html\x00", "index.html/..",
	} {
		res := get(h, http.MethodGet, path)
		if got := body(t, res); res.StatusCode != http.StatusNotFound || strings.Contains(got, "hidden") {
			t.Errorf("%q: got %d, %q, want 404", path, res.StatusCode, got)
		}
		if got := res.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%q: got type %q, want plain text", path, got)
		}
	}
}

func TestStaticTraversalOverHTTP(t *testing.T) {
	s := httptest.NewServer(newStatic(t))
	defer s.Close()
	defer http.DefaultClient.CloseIdleConnections()
	for _, path := range []string{"/%2e%2e/static.go", "/..%2fstatic.go", "/sub/%2e%2e%2f%2e%2e/static.go", "/%2ekeep"} {
		res, err := http.Get(s.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, res.StatusCode)
		}
	}
}

func TestStaticMethods(t *testing.T) {
	h := newStatic(t)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW"} {
		for _, path := range []string{"/", "/nothing"} {
			res := get(h, method, path)
			if got := res.Header.Get("Allow"); res.StatusCode != http.StatusMethodNotAllowed || got != "GET, HEAD" {
				t.Errorf("%s %s: got %d, Allow %q, want 405, GET, HEAD", method, path, res.StatusCode, got)
			}
		}
	}
}

func TestStaticNegotiatesTheEncoding(t *testing.T) {
	h := newStatic(t)
	for _, test := range []struct {
		path, accept, want string // want is the encoding; "" the file as it is; "406"
	}{
		{"/demo.wasm", "gzip, deflate, br, zstd", "br"},
		{"/demo.wasm", "gzip", "gzip"},
		{"/demo.wasm", "x-gzip", "gzip"},
		{"/demo.wasm", "GZIP", "gzip"},
		{"/demo.wasm", "br", "br"},
		{"/demo.wasm", "br;q=0, gzip", "gzip"},
		{"/demo.wasm", "br;q=0.5, gzip;q=0.8", "gzip"},
		{"/demo.wasm", "br; q=0.8 , gzip ; q=0.8", "br"},
		{"/demo.wasm", "*", "br"},
		{"/demo.wasm", "*;q=0.1", "br"},
		{"/demo.wasm", "*, br;q=0", "gzip"},
		{"/demo.wasm", "*;q=0, gzip", "gzip"},
		{"/demo.wasm", "*;q=0", "406"},
		{"/demo.wasm", "identity;q=0", "406"},
		{"/demo.wasm", "identity;q=0, gzip;q=0.001", "gzip"},
		{"/demo.wasm", "identity", ""},
		{"/demo.wasm", "identity, gzip;q=0.5", ""},
		{"/demo.wasm", "identity;q=0.5, gzip", "gzip"},
		{"/demo.wasm", "br;q=0, gzip;q=0", ""},
		{"/demo.wasm", "deflate, zstd", ""},
		{"/demo.wasm", "", ""},
		{"/demo.wasm", "br;q=2, gzip;q=x, gzip;level=1", ""}, // none of it well formed
		{"/demo.wasm", ",;,=", ""},
		{"/boot.js", "br, gzip", "gzip"}, // there is no brotli of it
		{"/boot.js", "br", ""},
		{"/boot.js", "br, identity;q=0", "406"},
	} {
		t.Run(test.path+" "+test.accept, func(t *testing.T) {
			res := get(h, http.MethodGet, test.path, "Accept-Encoding: "+test.accept)
			if test.want == "406" {
				if res.StatusCode != http.StatusNotAcceptable {
					t.Errorf("got %d, want 406", res.StatusCode)
				}
				return
			}
			if got := res.Header.Get("Content-Encoding"); got != test.want {
				t.Errorf("got encoding %q, want %q", got, test.want)
			}
			content := map[string]string{"/demo.wasm": "wasm", "/boot.js": "js"}[test.path] +
				map[string]string{"br": " in brotli", "gzip": " in gzip"}[test.want]
			if got := body(t, res); got != content || res.ContentLength != int64(len(content)) {
				t.Errorf("got %q of length %d, want %q", got, res.ContentLength, content)
			}
		})
	}
	res := get(h, http.MethodGet, "/demo.wasm", "Accept-Encoding: gzip;q=0.1", "Accept-Encoding: br")
	if got := res.Header.Get("Content-Encoding"); got != "br" {
		t.Errorf("two header lines: got %q, want br", got)
	}
}

func TestStaticCompressesText(t *testing.T) {
	h := newStatic(t)
	res := get(h, http.MethodGet, "/", "Accept-Encoding: gzip")
	if got := res.Header.Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("got encoding %q, want gzip", got)
	}
	r, err := gzip.NewReader(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != page {
		t.Errorf("got %q, %v, want the page", got, err)
	}
	if res.ContentLength >= int64(len(page)) {
		t.Errorf("got %d bytes, want less than %d", res.ContentLength, len(page))
	}
	// Not worth it.
	if got := get(h, http.MethodGet, "/small.css", "Accept-Encoding: gzip").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("small file: got encoding %q, want none", got)
	}
}

func TestStaticETags(t *testing.T) {
	h := newStatic(t)
	etags := make(map[string]string)
	for _, accept := range []string{"br", "gzip", "identity"} {
		etag := get(h, http.MethodGet, "/demo.wasm", "Accept-Encoding: "+accept).Header.Get("ETag")
		if !strings.HasPrefix(etag, `"`) || !strings.HasSuffix(etag, `"`) || len(etag) < 10 {
			t.Errorf("%s: got %q, want a strong ETag", accept, etag)
		}
		if other, taken := etags[etag]; taken {
			t.Errorf("%s and %s: got the same ETag", accept, other)
		}
		etags[etag] = accept
		if again := get(newStatic(t), http.MethodGet, "/demo.wasm", "Accept-Encoding: "+accept).Header.Get("ETag"); again != etag {
			t.Errorf("%s: got %q from another handler, want %q: the content is the same", accept, again, etag)
		}
	}
	changed := staticFiles()
	changed["demo.wasm"] = &fstest.MapFile{Data: []byte("WASM")}
	other, err := Static(changed, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, same := etags[get(other, http.MethodGet, "/demo.wasm").Header.Get("ETag")]; same {
		t.Error("changed content: got the ETag of before")
	}
}

func TestStaticNotModified(t *testing.T) {
	h := newStatic(t)
	br := get(h, http.MethodGet, "/demo.wasm", "Accept-Encoding: br").Header.Get("ETag")
	plain := get(h, http.MethodGet, "/demo.wasm").Header.Get("ETag")
	for _, test := range []struct {
		name, accept, match string
		want                int
	}{
		{"the same", "br", br, http.StatusNotModified},
		{"weak", "br", "W/" + br, http.StatusNotModified},
		{"one of several", "br", `"x", ` + br + ` ,"y"`, http.StatusNotModified},
		{"any", "br", "*", http.StatusNotModified},
		{"another representation's", "br", plain, http.StatusOK},
		{"another", "br", `"x"`, http.StatusOK},
		{"unquoted", "br", strings.Trim(br, `"`), http.StatusOK},
		{"empty", "br", "", http.StatusOK},
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			t.Run(method+" "+test.name, func(t *testing.T) {
				res := get(h, method, "/demo.wasm", "Accept-Encoding: "+test.accept, "If-None-Match: "+test.match)
				if res.StatusCode != test.want {
					t.Errorf("got %d, want %d", res.StatusCode, test.want)
				}
				if got := res.Header.Get("ETag"); got != br {
					t.Errorf("got ETag %q, want %q", got, br)
				}
				if test.want == http.StatusNotModified {
					if got := body(t, res); got != "" || res.Header.Get("Content-Type") != "" {
						t.Errorf("got %q, %v, want neither body nor type", got, res.Header)
					}
					if res.Header.Get("Vary") == "" || res.Header.Get("Cache-Control") == "" {
						t.Errorf("got %v, want Vary and Cache-Control", res.Header)
					}
				}
			})
		}
	}
}

// brokenFS has a file that cannot be read.
type brokenFS struct{ fstest.MapFS }

var errBroken = errors.New("broken")

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == "bad.js" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errBroken}
	}
	return b.MapFS.Open(name)
}

func (b brokenFS) ReadFile(name string) ([]byte, error) {
	f, err := b.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var content bytes.Buffer
	_, err = content.ReadFrom(f)
	return content.Bytes(), err
}

func TestStaticNamesTheFileItCannotRead(t *testing.T) {
	_, err := Static(brokenFS{fstest.MapFS{"bad.js": {Data: []byte("x")}}}, "")
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "bad.js") {
		t.Errorf("got %v, want %v of bad.js", err, errBroken)
	}
}
