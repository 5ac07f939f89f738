// Package streams holds tests of scripted streams and networks that must fail,
// each for the reason that its name tells. They are run by the harness's own
// tests, in a process of their own.
package streams

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// brief bounds a wait for what does not come. What has to come first has the time that
// it needs.
const brief = 200 * time.Millisecond

func site(t *testing.T) *e2e.Site {
	t.Parallel()
	return e2e.Serve(t, e2e.App{})
}

// request asks url and leaves the answer alone.
func request(t *testing.T, url, lastEventID string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", lastEventID)
	go http.DefaultClient.Do(request)
}

// accepted is a request that was.
func accepted(t *testing.T) *e2e.Conn {
	t.Helper()
	s := site(t)
	stream := s.Stream("/events")
	request(t, s.URL("/events"), "")
	return stream.Accept(t.Context())
}

func TestOtherRequest(t *testing.T) {
	s := site(t)
	stream := s.Stream("/events")
	for n, id := range []string{"6", "8"} {
		request(t, s.URL("/events?a=b"), id)
		stream.WaitAttempts(t.Context(), n+1)
	}
	s.SetTimeout(brief)
	stream.AcceptWhere(t.Context(), func(r e2e.Request) error {
		if r.LastEventID != "7" {
			return fmt.Errorf("got Last-Event-ID %q, want 7", r.LastEventID)
		}
		return nil
	})
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("had enough"))
	site(t).Stream("/events").Accept(ctx)
}

func TestNoJSON(t *testing.T) {
	e2e.Send(accepted(t), eventstream.EventType[chan int]("numbers"), "", make(chan int))
}

func TestBadID(t *testing.T) { e2e.Send(accepted(t), eventstream.EventType[int]("n"), "1\n2", 3) }

func TestNoRetry(t *testing.T) { accepted(t).Retry(0) }

func TestNegativeLatency(t *testing.T) {
	s := site(t)
	s.SetTimeout(brief)
	s.Network().Latency(-time.Second, 0)
}

func TestNoBandwidth(t *testing.T) { site(t).Network().Bandwidth(0) }

func TestUnevenSlices(t *testing.T) { site(t).Network().Slice(5, 5, 0) }

func TestNegativeTimeout(t *testing.T) { site(t).Network().Timeout(-1) }

// full is how long a connection that takes nothing is waited for until it is taken for
// full.
const full = 3 * time.Second

// TestStalled adds a fault to a connection whose client does not read.
func TestStalled(t *testing.T) {
	s := site(t)
	stream := s.Stream("/events")
	network := s.Network()
	client, err := net.Dial("tcp", strings.TrimPrefix(network.URL(""), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	fmt.Fprint(client, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
	conn := stream.Accept(t.Context())
	for range 20 {
		// Until the last buffer on the way is full: less than a piece is taken in a time in
		// which a machine that is only slow takes many. If it was only slow after all, the
		// fault can be added, and it is tried again.
		s.SetTimeout(full)
		for conn.WriteContext(t.Context(), make([]byte, 256<<10)) == nil {
		}
		s.SetTimeout(brief)
		network.Latency(time.Millisecond, 0)()
	}
}
