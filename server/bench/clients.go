//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// fleet is the clients of a server, in a process of their own.
type fleet struct {
	address   string
	quotes    *quoteReader
	clients   []*client
	recording atomic.Bool
	reading   sync.WaitGroup
	closing   atomic.Bool
	wrong     chan error // what the first client that found something found
}

func clientsFlags(flags *flag.FlagSet) func() (worker, error) {
	address := flags.String("server", "", "`address` of the server")
	pad := flags.Int("pad", 0, "`bytes` that events are larger")
	return func() (worker, error) { return newFleet(*address, *pad) }
}

func newFleet(address string, pad int) (*fleet, error) {
	quotes, err := newQuoteReader(pad)
	if err != nil {
		return nil, err
	}
	return &fleet{address: address, quotes: quotes, wrong: make(chan error, 1)}, nil
}

func (f *fleet) hello() answer { return answer{} }

func (f *fleet) do(ctx context.Context, o order) (answer, error) {
	switch o.Do {
	case "connect":
		return answer{}, f.connect(ctx, o.Count)
	case "stall":
		return answer{}, f.stall(ctx)
	case "await":
		return f.await(o.Number, o.Within)
	case "record":
		f.recording.Store(true)
		return answer{}, nil
	case "latency":
		return answer{Latency: f.latency()}, nil
	}
	return answer{}, fmt.Errorf("no order %q", o.Do)
}

// dialing is how many connections are made at a time.
const dialing = 64

// connect opens more streams.
func (f *fleet) connect(ctx context.Context, count int) error {
	more := make([]*client, count)
	errs := make([]error, min(dialing, count))
	var dialers sync.WaitGroup
	for d := range errs {
		dialers.Go(func() {
			for i := d; i < count && errs[d] == nil; i += len(errs) {
				more[i], errs[d] = f.dial(ctx, &net.Dialer{})
			}
		})
	}
	dialers.Wait()
	for _, c := range more {
		if c == nil {
			continue
		}
		f.start(c, c.read)
	}
	return errors.Join(errs...)
}

// start lets a client read, and takes note of the first error of any.
func (f *fleet) start(c *client, read func() error) {
	f.clients = append(f.clients, c)
	number := len(f.clients)
	f.reading.Go(func() {
		if err := read(); err != nil && !f.closing.Load() {
			select {
			case f.wrong <- fmt.Errorf("client %d: %w", number, err):
			default:
			}
		}
	})
}

// request is what every client asks for.
const request = "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"

// dial opens a stream.
func (f *fleet) dial(ctx context.Context, dialer *net.Dialer) (*client, error) {
	conn, err := dialer.DialContext(ctx, "tcp", f.address)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		conn.Close()
		return nil, err
	}
	c := &client{conn: conn, fleet: f, check: newCheck(f.quotes)}
	c.number.Store(-1)
	return c, nil
}

// stall opens a stream of which one byte is read and then nothing. Its receive
// buffer is small, so that the sender finds out soon.
func (f *fleet) stall(ctx context.Context) error {
	c, err := f.dial(ctx, &net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
		var set error
		err := raw.Control(func(fd uintptr) {
			set = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096)
		})
		return errors.Join(err, set)
	}})
	if err != nil {
		return err
	}
	f.start(c, func() error {
		_, err := io.ReadFull(c.conn, make([]byte, 1))
		c.number.Store(math.MaxInt64) // nobody waits for it
		return err
	})
	return nil
}

// await waits until every client has come to an event, and reports as Number
// what the last of them has come to. The time is not watched closely: looking
// after the clients must cost little.
func (f *fleet) await(number int64, within time.Duration) (answer, error) {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(within); ; <-look.C {
		select {
		case err := <-f.wrong:
			f.wrong <- err
			return answer{}, err
		default:
		}
		least := int64(math.MaxInt64)
		for _, c := range f.clients {
			least = min(least, c.number.Load())
		}
		if least >= number || time.Now().After(deadline) {
			return answer{Number: least, Done: least >= number}, nil
		}
	}
}

// latency returns what has been recorded, of clients that get nothing at present.
func (f *fleet) latency() *latency {
	var all []float64
	for _, c := range f.clients {
		c.mu.Lock()
		all = append(all, c.latencies...)
		c.mu.Unlock()
	}
	if len(all) == 0 {
		return &latency{}
	}
	slices.Sort(all)
	return &latency{Events: len(all), P50: percentile(all, 50), P99: percentile(all, 99), Most: all[len(all)-1]}
}

func (f *fleet) close() error {
	f.closing.Store(true)
	for _, c := range f.clients {
		c.conn.Close()
	}
	f.reading.Wait()
	return nil
}

// client is one event stream.
type client struct {
	conn   net.Conn
	fleet  *fleet
	check  *check
	number atomic.Int64 // of the last event; -1 before the first

	mu        sync.Mutex
	latencies []float64 // in milliseconds
}

const (
	connBuffer = 16 << 10
	lineBuffer = 8 << 10 // and so the length of a line
)

// read reads until the stream ends, which it must not do.
func (c *client) read() error {
	response, err := http.ReadResponse(bufio.NewReaderSize(c.conn, connBuffer), nil)
	if err != nil {
		return fmt.Errorf("reading the response: %w", err)
	}
	defer c.conn.Close() // closing the body would read on
	kind := response.Header.Get("Content-Type")
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(kind, "text/event-stream") {
		return fmt.Errorf("got %s of type %q, want an event stream", response.Status, kind)
	}
	lines := bufio.NewReaderSize(response.Body, lineBuffer)
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("after event %d: %w", c.check.last, err)
		}
		event, err := c.check.line(bytes.TrimRight(line, "\r\n"))
		if err != nil {
			return err
		}
		if !event {
			continue
		}
		if c.fleet.recording.Load() {
			c.mu.Lock()
			c.latencies = append(c.latencies, float64(now()-c.check.sent)/1e6)
			c.mu.Unlock()
		}
		c.number.Store(c.check.last)
	}
}
