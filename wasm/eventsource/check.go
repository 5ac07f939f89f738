package eventsource

import (
	"fmt"
	"slices"
	"strings"
)

// checkScheme returns an error for a URL that no event stream can come from. Its
// scheme must be http, https or one of those given.
func checkScheme(address string, others ...string) error {
	scheme, _, _ := strings.Cut(address, ":")
	scheme = strings.ToLower(scheme)
	if scheme == "http" || scheme == "https" || slices.Contains(others, scheme) {
		return nil
	}
	return fmt.Errorf("%w: the URL has the scheme %q, and an event stream needs http or https", errRequest, scheme)
}

// checkMethod returns an error for what is not a method, or has no stream in its
// answer; "" stands for GET.
func checkMethod(method string) error {
	switch {
	case method != "" && !validName(method):
		return fmt.Errorf("%w: the method %q is not an HTTP method", errRequest, method)
	case strings.EqualFold(method, "HEAD"):
		return fmt.Errorf("%w: the answer to the method HEAD has no stream; use GET", errRequest)
	}
	return nil
}
