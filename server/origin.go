package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// crossOrigin judges who may read a stream from a page of another site: the
// browser says where the page is from, by the Origin header (Fetch standard,
// 3.2) and, where that is left out, by Sec-Fetch-Site.
type crossOrigin struct {
	origins     []string // as parseOrigin returns them
	credentials bool
	headers     string // what the response to a preflight request allows
}

const anyOrigin = "*"

// allow reports whether the request may be answered, and says so in the header
// of the answer where a browser has to know.
func (c *crossOrigin) allow(header http.Header, r *http.Request) bool {
	if len(c.origins) > 0 {
		header.Add("Vary", "Origin")
	}
	origin := r.Header.Get("Origin")
	switch {
	case len(r.Header.Values("Origin")) > 1:
		return false
	case origin == "":
		// A browser leaves it out for a page of the same origin, and where the
		// answer can be read by no program, such as that of an image.
		site := r.Header.Get("Sec-Fetch-Site")
		return site != "cross-site" && site != "same-site" || r.Header.Get("Sec-Fetch-Mode") == "navigate"
	case sameOrigin(origin, r.Host):
		return true
	case slices.ContainsFunc(c.origins, func(allowed string) bool { return matchesOrigin(allowed, origin) }) && origin != anyOrigin:
		header.Set("Access-Control-Allow-Origin", origin)
		if c.credentials {
			header.Set("Access-Control-Allow-Credentials", "true")
		}
		return true
	case slices.Contains(c.origins, anyOrigin):
		header.Set("Access-Control-Allow-Origin", anyOrigin)
		return true
	}
	return false
}

// sameOrigin compares hosts only: behind a proxy that ends TLS the server does
// not know its own scheme.
func sameOrigin(origin, host string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, host)
}

// preflight answers an OPTIONS request by which a browser asks whether a page of
// another site may send what it is about to (Fetch standard, 4.8).
func (c *crossOrigin) preflight(header http.Header) {
	header.Set("Access-Control-Allow-Methods", "GET, HEAD")
	header.Set("Access-Control-Allow-Headers", c.headers)
	header.Set("Access-Control-Max-Age", "600")
}
