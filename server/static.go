package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// ContentSecurityPolicy is a policy for [Static] under which a page can load its
// own scripts, styles and images, run WebAssembly and reach its own server, and
// nothing else: no script written into the page, no eval, no other host.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; " +
	"connect-src 'self'; style-src 'self'; img-src 'self' data:"

// Static returns a handler that serves the files of a frontend, each under its
// path in files, and index.html under the path of its directory. policy is sent
// as the Content-Security-Policy of every answer; "" sends none.
//
// The files are read once, now: later changes are not seen, and the error says
// which file could not be read. A file name.br or name.gz beside a file name is
// not served under its own name but as the brotli or gzip representation of
// name, when the request's Accept-Encoding prefers it. Text that has no name.gz
// beside it is compressed here with gzip. Files and directories whose names
// start with a dot are not served.
//
// Each representation has a strong ETag made from its bytes, and a browser must
// ask each time whether it still holds (Cache-Control: no-cache), which is
// answered with 304 if so. The Content-Type depends on the name alone, not on
// the machine. Methods other than GET and HEAD get 405, what is not there 404,
// both in plain text; there are no directory listings and no ranges.
func Static(files fs.FS, policy string) (http.Handler, error) {
	contents, err := readAll(files)
	if err != nil {
		return nil, fmt.Errorf("server: static files: %w", err)
	}
	s := &static{policy: policy, assets: make(map[string]*asset)}
	for name, content := range contents {
		if isEncodingOf(name, contents) {
			continue
		}
		s.assets[name] = newAsset(name, content, contents)
	}
	return s, nil
}

type static struct {
	policy string
	assets map[string]*asset // by path without the leading slash
}

// asset is one file in the encodings there are, the best one first and the
// file as it is last.
type asset struct {
	contentType     string
	representations []representation
}

type representation struct {
	encoding string // "br", "gzip" or "identity"
	etag     string
	body     []byte
}

// encodings in the order of preference, with the ends of their files' names.
var encodings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

const identity = "identity"

func readAll(files fs.FS) (map[string][]byte, error) {
	contents := make(map[string][]byte)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := name != "." && strings.HasPrefix(path.Base(name), ".")
		switch {
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || entry.IsDir():
			return nil
		}
		contents[name], err = fs.ReadFile(files, name)
		return err
	})
	return contents, err
}

// isEncodingOf reports whether name is the compressed form of another file.
func isEncodingOf(name string, contents map[string][]byte) bool {
	for _, encoding := range encodings {
		base, cut := strings.CutSuffix(name, encoding.suffix)
		if _, there := contents[base]; cut && there {
			return true
		}
	}
	return false
}

func newAsset(name string, content []byte, contents map[string][]byte) *asset {
	a := &asset{contentType: contentType(name)}
	for _, encoding := range encodings {
		compressed, there := contents[name+encoding.suffix]
		if !there && encoding.name == "gzip" && worthCompressing(a.contentType, content) {
			compressed, there = compress(content), true
		}
		if there {
			a.add(encoding.name, compressed)
		}
	}
	a.add(identity, content)
	return a
}

func (a *asset) add(encoding string, body []byte) {
	sum := sha256.Sum256(body)
	etag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	a.representations = append(a.representations, representation{encoding, etag, body})
}

// worthCompressing holds for the text of a page. Larger files take long enough
// to be compressed when they are built.
func worthCompressing(contentType string, content []byte) bool {
	text := strings.HasSuffix(contentType, "charset=utf-8") || contentType == "image/svg+xml"
	return text && len(content) >= 512 && len(content) <= 1<<20
}

func compress(content []byte) []byte {
	var compressed bytes.Buffer
	w, _ := gzip.NewWriterLevel(&compressed, gzip.BestCompression) // the level is valid
	w.Write(content)                                               // a buffer takes everything
	w.Close()
	return compressed.Bytes()
}

// contentTypes by the end of the name. They are written here because package
// mime reads the machine's tables, which differ.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".gif":         "image/gif",
	".htm":         "text/html; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpeg":        "image/jpeg",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".webp":        "image/webp",
	".woff2":       "font/woff2",
}

func contentType(name string) string {
	if typ, known := contentTypes[strings.ToLower(path.Ext(name))]; known {
		return typ
	}
	return "application/octet-stream"
}

func (s *static) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	if s.policy != "" {
		header.Set("Content-Security-Policy", s.policy)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	found, there := s.assets[assetName(r.URL.Path)]
	if !there {
		http.Error(w, "there is nothing at "+strconv.Quote(r.URL.Path), http.StatusNotFound)
		return
	}
	found.serve(w, r)
}

// assetName looks nothing up in a file system, so a path with ".." in it is
// only a name that no asset has.
func assetName(urlPath string) string {
	name := strings.TrimPrefix(urlPath, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	return name
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Vary", "Accept-Encoding")
	header.Set("Cache-Control", "no-cache")
	chosen, ok := a.choose(r.Header.Values("Accept-Encoding"))
	if !ok {
		http.Error(w, "no acceptable encoding", http.StatusNotAcceptable)
		return
	}
	header.Set("ETag", chosen.etag)
	if matches(r.Header.Values("If-None-Match"), chosen.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", a.contentType)
	header.Set("Content-Length", strconv.Itoa(len(chosen.body)))
	if chosen.encoding != identity {
		header.Set("Content-Encoding", chosen.encoding)
	}
	if r.Method == http.MethodHead {
		return
	}
	w.Write(chosen.body) // the client may leave; there is nobody to tell
}

// choose returns the representation that the Accept-Encoding lines prefer. They
// may forbid all there are.
func (a *asset) choose(accept []string) (best representation, ok bool) {
	weights := parseAcceptEncoding(accept)
	var most float64
	for _, candidate := range a.representations {
		if weight := weights.of(candidate.encoding); weight > most {
			best, most, ok = candidate, weight, true
		}
	}
	return best, ok
}

// matches reports whether If-None-Match names the ETag, by the weak comparison
// that RFC 9110, 13.1.2, asks for.
func matches(ifNoneMatch []string, etag string) bool {
	for _, line := range ifNoneMatch {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
			if candidate == etag || candidate == "*" {
				return true
			}
		}
	}
	return false
}
