//go:build !js

package e2e

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"
)

// serving is a server that listens, from one [Site.Up] to the next [Site.Down].
type serving struct {
	server *http.Server
	ended  chan error
}

// listen begins to serve: on the port that the site has, or on a free one where
// it has none yet.
func (s *Site) listen() error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)))
	if err != nil {
		return fmt.Errorf("listening on loopback: %w", err)
	}
	s.port = listener.Addr().(*net.TCPAddr).Port
	serving := &serving{
		server: &http.Server{
			Handler:     s.handle,
			BaseContext: func(net.Listener) context.Context { return s.life },
			ErrorLog:    discardLog,
			ConnState:   s.connections.note,
		},
		ended: make(chan error, 1),
	}
	go func() { serving.ended <- serving.server.Serve(listener) }()
	s.serving = serving
	return nil
}

// hangUp closes the listener and cuts every connection.
func (s *Site) hangUp() {
	if s.serving == nil {
		return
	}
	s.serving.server.Close()
	if err := <-s.serving.ended; !errors.Is(err, http.ErrServerClosed) {
		s.t.Errorf("e2e: server: %v", err)
	}
	s.serving = nil
}

// Down stops the server as its crash would: every connection is cut, those of
// streams included, and new ones are refused until [Site.Up]. What a browser
// logs about refused connections fails the test unless it is allowed, or about
// the path of a [Stream]. It does nothing while the site is down.
func (s *Site) Down() {
	s.t.Helper()
	s.own("Down")
	if s.serving != nil {
		s.log.note("the server goes down")
	}
	s.hangUp()
}

// Up has a site that is [Site.Down] serve again, at the same address, with what
// was scripted and handed over. It fails the test when the port does not become
// free within the site's timeout: the system may have lent it out meanwhile.
func (s *Site) Up() {
	s.t.Helper()
	s.own("Up")
	if s.serving != nil {
		return
	}
	s.log.note("the server comes up")
	for start := time.Now(); ; time.Sleep(lookAgain) {
		err := s.listen()
		if err == nil {
			return
		}
		if time.Since(start) > s.within() {
			s.t.Fatalf("e2e: %v", err)
		}
	}
}
