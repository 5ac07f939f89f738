//go:build !(js && wasm)

package eventsource

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// OpenHTTP is [Open] with an [http.Client] of one's own: its transport, its
// cookies, its way with redirects. Its Timeout would cut the stream and must be
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
	request.Header.Set("Cache-Control", "no-store")
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
	answer, err := d.client.Do(request)
	if err != nil {
		return nil, err
	}
	return &response{
		url:    answer.Request.URL.String(),
		status: answer.StatusCode,
		header: answer.Header.Get,
		body:   answer.Body,
	}, nil
}
