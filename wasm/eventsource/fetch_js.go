//go:build js && wasm

package eventsource

import (
	"context"
	"fmt"
	"strings"

	"github.com/runnel-go/runnel/jsbridge"
)

// fetchDialer requests an event stream by the browser's fetch.
type fetchDialer struct {
	credentials string

	// What it knows of the redirects of requests with own headers; see guarded.
	lost   string // a URL of the page's origin that has been led out of that
	steady bool   // the next failure is taken for the network's, not for a redirect's
}

func newFetchDialer(options *Options) *fetchDialer {
	if options.WithCredentials {
		return &fetchDialer{credentials: "include"}
	}
	return &fetchDialer{credentials: "same-origin"}
}

func openFetch(s *Source, url string, options *Options) (transport, error) {
	resolved, err := resolve(url)
	if err != nil {
		return nil, err
	}
	request, err := options.withoutHooks().request(context.Background(), resolved, 1)
	if err != nil {
		return nil, err
	}
	if err := checkBody(request); err != nil && options.Request == nil { // else it may say another method
		return nil, err
	}
	d := newFetchDialer(options)
	if err := d.check(request); err != nil {
		return nil, err
	}
	c := newConnection(s, resolved, d, options)
	// Chromium hands over no more of a body to which something came while its
	// page was frozen (seen in version 156, with JavaScript alone too): such a
	// connection would be silent for ever.
	return c, c.followPage(func() { c.renew(errThawed) })
}

// checkBody returns an error for a body that fetch would not send.
func checkBody(r Request) error {
	if r.Body != nil && isSafe(r.Method) {
		return fmt.Errorf("%w: fetch has no body with the methods GET and HEAD", errRequest)
	}
	return nil
}

func (d *fetchDialer) dial(ctx context.Context, r Request, lastEventID string) (*response, error) {
	if err := checkBody(r); err != nil {
		return nil, err
	}
	answer, withheld, err := d.guarded(ctx, r, lastEventID)
	if err != nil {
		return nil, err
	}
	return &response{
		url:      answer.URL,
		status:   answer.Status,
		header:   answer.Header,
		body:     answer.Body,
		hides:    answer.Type == "cors",
		encoding: encodedBy(answer.Header("Content-Encoding"), undoneAt(answer.URL)),
		withheld: withheld,
	}, nil
}

// send makes a request by a mode and a redirect mode; see [jsbridge.Request].
func (d *fetchDialer) send(ctx context.Context, r Request, lastEventID, mode, redirect string) (*jsbridge.Response, error) {
	return jsbridge.Fetch(ctx, jsbridge.Request{
		URL:         r.URL,
		Method:      r.Method,
		Header:      fetchHeader(r.Header, lastEventID),
		Body:        r.Body,
		Credentials: d.credentials,
		Mode:        mode,
		Redirect:    redirect,
		Cache:       "no-store", // the standard's cache mode for an event stream (9.2.3)
	})
}

// undoneAt returns a function for which encodings of an answer from a URL a browser
// undoes, which leaves the header as it is: the newer ones only where they cannot meet
// a proxy that does not know them.
func undoneAt(url string) func(encoding string) bool {
	scheme, host, _ := strings.Cut(originOf(url), "://")
	host = strings.TrimRight(strings.TrimRight(host, "0123456789"), ":")
	private := scheme == "https" || host == "localhost" || strings.HasSuffix(host, ".localhost") ||
		host == "[::1]" || strings.HasPrefix(host, "127.")
	return func(encoding string) bool {
		switch encoding {
		case "gzip", "x-gzip", "deflate":
			return true
		case "br", "zstd":
			return private
		}
		return false
	}
}

func fetchHeader(own map[string][]string, lastEventID string) [][2]string {
	header := [][2]string{{"Accept", "text/event-stream"}}
	for name, values := range own {
		for _, value := range values {
			header = append(header, [2]string{name, value})
		}
	}
	if lastEventID != "" {
		header = append(header, [2]string{"Last-Event-ID", lastEventID})
	}
	return header
}
