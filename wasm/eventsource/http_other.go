//go:build !(js && wasm)

package eventsource

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// OpenHTTP is [Open] with an [http.Client] of one's own: its transport, its
// cookies, its way with redirects, which gets them without own headers where they
// lead to another origin. Its Timeout would cut the stream and must be
// zero. Nil stands for [http.DefaultClient]. There is none for js/wasm.
func OpenHTTP(ctx context.Context, client *http.Client, url string, options *Options) (*Source, error) {
	return open(ctx, url, options, func(s *Source, url string, options *Options) (transport, error) {
		return newHTTP(s, client, url, options)
	})
}

// httpDialer requests an event stream by net/http.
type httpDialer struct{ client *http.Client }

func openTransport(s *Source, url string, options *Options) (transport, error) {
	return newHTTP(s, http.DefaultClient, url, options)
}

func newHTTP(s *Source, client *http.Client, address string, options *Options) (transport, error) {
	if options.Transport != Auto && options.Transport != HTTP {
		return nil, fmt.Errorf("transport %v needs a browser; here it is %v", options.Transport, HTTP)
	}
	if client == nil {
		client = http.DefaultClient
	}
	if client.Timeout != 0 {
		return nil, fmt.Errorf("the http.Client's Timeout of %v would cut the stream", client.Timeout)
	}
	request, err := options.withoutHooks().request(context.Background(), address, 1)
	if err != nil {
		return nil, err
	}
	d := httpDialer{client}
	if err := d.check(request); err != nil {
		return nil, err
	}
	return newConnection(s, address, d, options), nil
}

func httpRequest(ctx context.Context, r Request, lastEventID string) (*http.Request, error) {
	var body io.Reader
	if r.Body != nil {
		body = bytes.NewReader(r.Body)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		request.Header[name] = values
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host // net/http leaves the header out
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Cache-Control", "no-cache") // and Pragma are what the cache mode
	request.Header.Set("Pragma", "no-cache")        // "no-store" sends (Fetch standard, 4.5)
	if lastEventID != "" {
		request.Header.Set("Last-Event-ID", lastEventID)
	}
	return request, nil
}

func (d httpDialer) dial(ctx context.Context, r Request, lastEventID string) (*response, error) {
	request, err := httpRequest(ctx, r, lastEventID)
	if err != nil {
		return nil, err
	}
	way := &redirects{own: r.Header, policy: d.client.CheckRedirect}
	client := *d.client
	client.CheckRedirect = way.check
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	header := joined(answer.Header)
	return &response{
		url:      answer.Request.URL.String(),
		status:   answer.StatusCode,
		header:   header,
		body:     answer.Body,
		encoding: encodedBy(header("Content-Encoding"), func(string) bool { return answer.Uncompressed }),
		withheld: way.withheld(),
	}, nil
}

// joined returns a function for all values of a header, as fetch joins them.
func joined(header http.Header) func(name string) string {
	return func(name string) string { return strings.Join(header.Values(name), ", ") }
}
