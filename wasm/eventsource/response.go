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
	// ContentType is the type of the answer, as it was sent.
	ContentType string
	// RetryAfter is how long the server asks to be left alone; 0 where it
	// does not, and where the browser does not show a page what a server of another
	// origin asks (without an Access-Control-Expose-Headers that names it).
	RetryAfter time.Duration

	unseen time.Duration // what is waited if the browser does not show that
}

// Error tells what was wrong with the answer.
func (e *ResponseError) Error() string {
	if e.Status != 200 {
		return fmt.Sprintf("eventsource: %s: the server answered with status %d", e.URL, e.Status)
	}
	return fmt.Sprintf("eventsource: %s: the server answered with the type %q instead of text/event-stream", e.URL, e.ContentType)
}

// response is what a connection's headers told, with the stream that follows.
type response struct {
	url    string
	status int
	header func(name string) string
	body   io.ReadCloser
	hides  bool // of the headers, the browser shows only what the server exposes
}

// leastUnseen is the least wait after an answer that may have asked for one which the
// browser does not show. It is drawn from there to twice as much.
const leastUnseen = 5 * time.Second

// check returns an error for an answer that is no event stream (HTML standard,
// 9.2.3).
func (r *response) check(now time.Time) error {
	contentType := r.header("Content-Type")
	essence, _, _ := strings.Cut(contentType, ";")
	if r.status == 200 && strings.EqualFold(strings.TrimSpace(essence), "text/event-stream") {
		return nil
	}
	err := &ResponseError{URL: r.url, Status: r.status, ContentType: contentType}
	if r.status == 429 || r.status == 503 {
		after := r.header("Retry-After")
		err.RetryAfter = parseRetryAfter(after, now)
		if after == "" && r.hides {
			err.unseen = leastUnseen + rand.N(leastUnseen)
		}
	}
	return err
}

// parseRetryAfter reads seconds or a date (RFC 9110, 10.2.3); 0 for neither and
// for what has passed.
func parseRetryAfter(value string, now time.Time) time.Duration {
	if value == "" {
		return 0
	}
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
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
