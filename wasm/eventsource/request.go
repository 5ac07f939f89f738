package eventsource

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
)

// Request is what one attempt to connect asks for. What is left zero is as the
// Source's [Options] and URL say.
type Request struct {
	// URL is where to connect, absolute or, in a browser, relative.
	URL string
	// Method is the request's method.
	Method string
	// Header holds further headers, besides those of the Options: one of the
	// same name takes the other's place.
	Header map[string][]string
	// Body is the request's body. One that is empty but not nil stands for no
	// body. A Method of GET or HEAD leaves out the body of the Options, with
	// the headers that tell of it, such as Content-Type.
	Body []byte
}

// Response is the head of an answer, for Options.OnResponse.
type Response struct {
	// URL is where the answer came from, after redirects.
	URL string
	// Status is the HTTP status.
	Status int
	// Header returns the value of a header, several joined by ", ", and ""
	// if the response has no such header. In a browser another origin's are only those that it
	// exposes.
	Header func(name string) string
}

// request makes the request of an attempt.
func (o *Options) request(ctx context.Context, url string, attempt int) (Request, error) {
	request := Request{URL: url, Method: o.Method, Header: make(map[string][]string), Body: o.Body}
	addHeader(request.Header, o.Header)
	if o.Request != nil {
		own, err := o.Request(ctx, attempt)
		if err != nil {
			return request, err
		}
		if own != nil {
			request.override(own)
		}
	}
	return request, request.finish()
}

// override has what a hook says go before what the options say. The hook may use
// its memory again: it is copied.
func (r *Request) override(own *Request) {
	if own.URL != "" {
		r.URL = own.URL
	}
	if own.Method != "" {
		r.Method = own.Method
		if isSafe(normalMethod(own.Method)) { // the body was for another method
			r.Body = nil
			for _, name := range bodyHeaders {
				delete(r.Header, name)
			}
		}
	}
	if own.Body != nil {
		r.Body = bytes.Clone(own.Body)
	}
	addHeader(r.Header, own.Header)
}

// bodyHeaders tell of a body and go with it (Fetch standard, 2.2.2, "request-body-header
// name").
var bodyHeaders = []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"}

// normalMethod returns a method in capitals if it is one of those that browsers
// write so (Fetch standard, 2.2.1, "normalize").
func normalMethod(method string) string {
	switch upper := strings.ToUpper(method); upper {
	case "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT":
		return upper
	}
	return method
}

// finish leaves out the headers that are the stream's own or the transport's, and
// a body that is empty, and returns an error for a method or header that HTTP cannot
// carry.
func (r *Request) finish() error {
	r.Method = normalMethod(r.Method)
	if len(r.Body) == 0 {
		r.Body = nil
	}
	for _, name := range []string{"Accept", "Accept-Encoding", "Cache-Control", "Last-Event-Id", "Pragma"} {
		delete(r.Header, name)
	}
	if err := checkMethod(r.Method); err != nil {
		return err
	}
	for name, values := range r.Header {
		if !validName(name) {
			return fmt.Errorf("%w: a header named %q", errRequest, name)
		}
		for _, value := range values {
			if err := checkValue(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// validName reports whether name is a token (RFC 9110, 5.6.2).
func validName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

// checkValue returns an error for a value with control characters (RFC 9110,
// 5.5). It does not show it, for it may be secret.
func checkValue(name, value string) error {
	if at := strings.IndexFunc(value, isControl); at >= 0 {
		return fmt.Errorf("%w: the header %s with the control character %#02x", errRequest, name, value[at])
	}
	return nil
}

func isControl(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

// hasControl reports whether a value has control characters, for which many servers
// refuse a header and net/http does not send it.
func hasControl(value string) bool { return strings.ContainsFunc(value, isControl) }

// withoutHooks returns the options without what runs with each attempt.
func (o *Options) withoutHooks() *Options {
	plain := *o
	plain.Request = nil
	return &plain
}

func addHeader(to, from map[string][]string) {
	for name, values := range from {
		to[canonicalName(name)] = slices.Clone(values)
	}
}

// canonicalName makes header names that differ in case only the same, in the
// form that people know: each word begins with a capital letter.
func canonicalName(name string) string {
	canonical := []byte(name)
	start := true
	for i, c := range canonical {
		switch {
		case start && 'a' <= c && c <= 'z':
			canonical[i] = c - 'a' + 'A'
		case !start && 'A' <= c && c <= 'Z':
			canonical[i] = c - 'A' + 'a'
		}
		start = c == '-'
	}
	return string(canonical)
}

// escapeQuery writes text as a part of a query: everything but letters, digits
// and "-_.~" as the percent-encoded bytes of its UTF-8.
func escapeQuery(text string) string {
	const hex = "0123456789ABCDEF"
	escaped := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			escaped = append(escaped, c)
		default:
			escaped = append(escaped, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(escaped)
}

// withParameter sets a parameter of a URL's query, in the place of those of the
// same name. It returns the URL as it is where there is nothing to set.
func withParameter(address, name, value string) string {
	if name == "" || value == "" {
		return address
	}
	address, fragment, hasFragment := strings.Cut(address, "#")
	address, query, _ := strings.Cut(address, "?")
	name = escapeQuery(name)
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if own, _, _ := strings.Cut(pair, "="); pair != "" && own != name {
			pairs = append(pairs, pair)
		}
	}
	address += "?" + strings.Join(append(pairs, name+"="+escapeQuery(value)), "&")
	if hasFragment {
		address += "#" + fragment
	}
	return address
}
