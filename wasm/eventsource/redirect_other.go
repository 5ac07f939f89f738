//go:build !(js && wasm)

package eventsource

import (
	"errors"
	"net/http"
)

// redirects leads one request on as the Fetch standard does (4.4, "HTTP-redirect
// fetch"), but with no own header to another origin.
type redirects struct {
	own    map[string][]string                        // the headers of the caller's
	policy func(*http.Request, []*http.Request) error // the client's; nil for the usual one
	left   bool                                       // the request has left its origin
}

// maxRedirects is how many redirects net/http follows, too.
const maxRedirects = 10

// check is an [http.Client]'s CheckRedirect: it mends the next request, for which
// net/http has copied the headers of the first one.
func (r *redirects) check(next *http.Request, before []*http.Request) error {
	last := before[len(before)-1]
	if keepsMethod(last.Method, next.Response.StatusCode) {
		if err := repeat(next, last); err != nil {
			return err
		}
	}
	leaves := r.left || originOf(next.URL.String()) != originOf(last.URL.String())
	if leaves {
		r.withhold(next.Header)
	}
	if err := r.allow(next, before); err != nil {
		return err
	}
	r.left = leaves
	return nil
}

// allow asks the client's policy, or else keeps to the usual limit.
func (r *redirects) allow(next *http.Request, before []*http.Request) error {
	if r.policy != nil {
		return r.policy(next, before)
	}
	if len(before) >= maxRedirects {
		return errors.New("stopped after 10 redirects")
	}
	return nil
}

// withhold takes out what is not for another origin: own headers, also on a way that
// leads back, and the address that the request comes from, which may have a token in
// its query.
func (r *redirects) withhold(header http.Header) {
	for name := range r.own {
		header.Del(name)
	}
	header.Del("Referer")
}

// keepsMethod reports whether a redirect leaves a request its method and body.
func keepsMethod(method string, status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound:
		return method != http.MethodPost
	case http.StatusSeeOther:
		return method == http.MethodGet || method == http.MethodHead
	}
	return true
}

// repeat gives a request the method of the last one, its body, and the headers that
// tell of a body. net/http makes a GET of every method after a 301 or 302.
func repeat(next, last *http.Request) (err error) {
	next.Method = last.Method
	if last.GetBody == nil {
		return nil
	}
	next.GetBody, next.ContentLength = last.GetBody, last.ContentLength
	if next.Body, err = last.GetBody(); err != nil {
		return err
	}
	for _, name := range bodyHeaders {
		if values, ok := last.Header[name]; ok {
			next.Header[name] = values
		}
	}
	return nil
}

// withheld names the headers that were not sent to where the response comes from.
func (r *redirects) withheld() string {
	if !r.left {
		return ""
	}
	return headerNames(r.own)
}
