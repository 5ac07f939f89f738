package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// NewHTTPServer returns a server for handler with timeouts that let go of a
// client that is slow on purpose: 5 s for a request's header of at most 64 KiB,
// 30 s for a whole request, 2 minutes for an answer and for a connection with
// no request. None of them ends the stream of a [Feed], which has a write timeout
// of its own.
//
// By HTTP/2 a connection that has been silent for 30 s is asked for a sign of
// life, and one that takes not a byte for 15 s is closed: a stream's own timeout
// cannot end it where the connection itself is stuck.
//
// It speaks HTTP/1.1 and HTTP/2, the latter over TLS and also without, to a proxy
// that does so by agreement. A browser opens six connections to a host by
// HTTP/1.1, so the seventh stream of all its tabs waits; by HTTP/2 there are a
// hundred streams.
func NewHTTPServer(handler http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           handler,
		Protocols:         &protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      2 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:  30 * time.Second,
			PingTimeout:      15 * time.Second,
			WriteByteTimeout: 15 * time.Second,
		},
	}
}

const shutdownGrace = 5 * time.Second

// Serve serves what l accepts until ctx is done. Then it accepts no more, runs
// what [http.Server.RegisterOnShutdown] has been given — which must end the
// streams — waits up to 5 s for the requests under way, cuts what is left, and
// returns nil. It returns earlier only with an error, which says where it
// listened; every connection is closed then. It closes l in each case.
func Serve(ctx context.Context, srv *http.Server, l net.Listener) error {
	return serveWithGrace(ctx, srv, l, shutdownGrace)
}

func serveWithGrace(ctx context.Context, srv *http.Server, l net.Listener, wait time.Duration) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			srv.Close()
		}
	})
	err := srv.Serve(l)
	if stop() {
		srv.Close()
		return fmt.Errorf("server: serve %s: %w", l.Addr(), err)
	}
	<-stopped
	return nil
}
