package eventsource

import (
	"fmt"
	"strings"
)

// headerNames names headers for an error, without their values.
func headerNames(header map[string][]string) string {
	var names []string
	for name := range header {
		names = append(names, name)
		for i := len(names) - 1; i > 0 && names[i] < names[i-1]; i-- { // they are few
			names[i], names[i-1] = names[i-1], names[i]
		}
	}
	return strings.Join(names, ", ")
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
