package eventsource

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// ResponseError says that a server answered with something else than an event
// stream.
type ResponseError struct {
	// URL is where the answer came from, after redirects.
	URL string
	// Status is the HTTP status.
	Status int
	// ContentType is the type of the answer, as it was sent; several are joined
	// by ", ".
	ContentType string
	// ContentEncoding is set if the response is an event stream but for being
	// encoded, for which the server was not asked: it names the encoding.
	ContentEncoding string
	// RetryAfter is how long the server asks to be left alone; 0 where it
	// does not, and where the browser does not show a page what a server of another
	// origin asks (without an Access-Control-Expose-Headers that names it).
	RetryAfter time.Duration

	unseen   time.Duration // what is waited if the browser does not show that
	withheld string        // the own headers that a redirect to another origin has cost; see Options.Header
}

// Error tells what was wrong with the answer.
func (e *ResponseError) Error() string {
	return fmt.Sprintf("eventsource: %s: %s%s", e.URL, e.fault(), e.aside())
}

func (e *ResponseError) fault() string {
	switch {
	case e.Status != 200:
		return fmt.Sprintf("the server answered with status %d", e.Status)
	case e.ContentEncoding != "":
		return fmt.Sprintf("the server answered with the content encoding %q, which was not asked for and is not undone: "+
			"have it send event streams as they are", e.ContentEncoding)
	}
	return fmt.Sprintf("the server answered with the type %q instead of text/event-stream", e.ContentType)
}

func (e *ResponseError) aside() string {
	if e.withheld == "" {
		return ""
	}
	return fmt.Sprintf(" (a redirect has led to this origin from another, which the own headers do not leave: %s)", e.withheld)
}

// response is what a connection's headers told, with the stream that follows.
type response struct {
	url    string
	status int
	header func(name string) string // all values of a name, joined by ", "
	body   io.ReadCloser
	hides  bool // of the headers, the browser shows only what the server exposes
	// encoding is what the body is still encoded by, "" if by nothing.
	encoding string
	// withheld names the own headers that were not sent there.
	withheld string
}

// leastUnseen is the least wait after an answer that may have asked for one which the
// browser does not show. It is drawn from there to twice as much.
const leastUnseen = 5 * time.Second

// check returns an error for an answer that is no event stream (HTML standard,
// 9.2.3).
func (r *response) check(now time.Time) error {
	contentType := r.header("Content-Type")
	isStream := r.status == 200 && extractMIMEType(contentType) == "text/event-stream"
	if isStream && r.encoding == "" {
		return nil
	}
	err := &ResponseError{URL: r.url, Status: r.status, ContentType: contentType, withheld: r.withheld}
	if isStream {
		err.ContentEncoding = r.encoding
	}
	if r.status == 429 || r.status == 503 {
		after := r.header("Retry-After")
		err.RetryAfter = parseRetryAfter(after, now)
		if after == "" && r.hides {
			err.unseen = leastUnseen + rand.N(leastUnseen)
		}
	}
	return err
}

// encodedBy returns the value of a Content-Encoding header if it names an encoding
// that has not been undone, and else "". Some servers name what encodes nothing, to
// keep proxies from compressing.
func encodedBy(header string, undone func(encoding string) bool) string {
	for _, encoding := range splitHeader(strings.ToLower(header)) {
		switch encoding {
		case "", "identity", "none", "utf-8", "utf8":
		default:
			if !undone(encoding) {
				return header
			}
		}
	}
	return ""
}

// parseRetryAfter reads seconds or a date (RFC 9110, 10.2.3); 0 for neither and
// for what has passed.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	first, _, _ := strings.Cut(value, ",") // of several; a date has a comma, too
	if seconds, err := strconv.ParseUint(first, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	// The three forms of RFC 9110, 5.6.7.
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if at, err := time.Parse(layout, value); err == nil {
			return max(0, at.Sub(now))
		}
	}
	return 0
}

// errEnded says that a server has ended its stream, after which a client
// connects again.
var errEnded = errors.New("the server has ended the stream")

// originOf returns the origin of an absolute URL (URL standard, 4.7): scheme,
// host, and the port where it is not the scheme's own.
func originOf(address string) string {
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return ""
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host = rest[:end]
	}
	scheme, host = strings.ToLower(scheme), strings.ToLower(host[strings.LastIndexByte(host, '@')+1:])
	return scheme + "://" + strings.TrimSuffix(host, map[string]string{"http": ":80", "https": ":443"}[scheme])
}
