package eventsource

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// headerNames names headers for an error, without their values.
func headerNames(header map[string][]string) string {
	return strings.Join(slices.Sorted(maps.Keys(header)), ", ")
}

// withoutHeader returns the request without the headers of the caller's.
func (r Request) withoutHeader() Request {
	r.Header = nil
	return r
}

// isSafe reports whether a method only asks for something, so that a request may be
// made once more (RFC 9110, 9.2.1).
func isSafe(method string) bool { return method == "" || method == "GET" || method == "HEAD" }

// errWithheld says that a request cannot be made where a redirect leads to.
func errWithheld(r Request, why string) error {
	return fmt.Errorf("%w: the server redirects it, %s, and own headers (%s) do not leave %s: "+
		"open the URL that it leads to, or do without own headers", errRequest, why, headerNames(r.Header), originOf(r.URL))
}
