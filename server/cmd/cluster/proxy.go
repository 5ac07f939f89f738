package main

import (
	"errors"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"sync/atomic"
	"time"
)

// newProxy sends each request to one of the targets in turn, or to the next one
// where that cannot be connected to. A stream that breaks off with its server
// breaks off for the client too, which then comes back.
func newProxy(targets func() []string) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme = "http"
			r.Out.URL.Host = "server" // balance puts in which one
			r.Out.Host = r.In.Host    // what the page's origin is compared with
			r.SetXForwarded()
		},
		Transport:     &balance{targets: targets, to: &http.Transport{ResponseHeaderTimeout: 10 * time.Second, DisableCompression: true}},
		FlushInterval: -1, // at once
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "no server answers: "+err.Error(), http.StatusServiceUnavailable)
		},
		ErrorLog: log.New(discard{}, "", 0), // a server that is stopped is no news
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// balance is a transport that chooses where a request goes.
type balance struct {
	targets func() []string // host:port of each server that is up
	turn    atomic.Uint64
	to      http.RoundTripper
}

var errNone = errors.New("none is up")

func (b *balance) RoundTrip(r *http.Request) (*http.Response, error) {
	targets := b.targets()
	err := errNone
	turn := b.turn.Add(1)
	for i := range targets {
		r.URL.Host = targets[(turn+uint64(i))%uint64(len(targets))]
		var res *http.Response
		if res, err = b.to.RoundTrip(r); err == nil {
			return res, nil
		}
		// What has not been connected has not been read from either, so the
		// request is whole.
		if dial, ok := errors.AsType[*net.OpError](err); !ok || dial.Op != "dial" {
			return nil, err
		}
	}
	return nil, err
}
