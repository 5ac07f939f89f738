package server

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// block is what a reader makes of the lines up to a blank one, by the HTML
// standard, 9.2.6, and, apart from it, the comments.
type block struct {
	typ, id, retry, data, comment string
	dispatched                    bool // there was a data field, and it is not a heartbeat
}

// blockReader reads an event stream independently of what wrote it.
type blockReader struct{ lines *bufio.Reader }

func newBlockReader(r io.Reader) *blockReader { return &blockReader{bufio.NewReader(r)} }

func (r *blockReader) next() (b block, err error) {
	var data []string
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			return b, err
		}
		line = strings.TrimSuffix(line, "\n")
		if strings.ContainsRune(line, '\r') {
			return b, errors.New("carriage return in the stream")
		}
		if line == "" {
			b.data = strings.Join(data, "\n")
			b.dispatched = len(data) > 0 && b.typ != string(eventstream.HeartbeatEvent)
			return b, nil
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch name {
		case "":
			b.comment += value
		case "event":
			b.typ = value
		case "id":
			b.id = value
		case "retry":
			b.retry = value
		case "data":
			data = append(data, value)
		default:
			return b, errors.New("unknown field " + name)
		}
	}
}

// conn is one open stream, read by a test.
type conn struct {
	t *testing.T
	*http.Response
	blocks *blockReader
	first  block // the one every stream begins with
}

// connect opens a stream and reads its first block.
func connect(t *testing.T, url, lastEventID string) *conn {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	c := &conn{t: t, Response: res, blocks: newBlockReader(res.Body)}
	if res.StatusCode == http.StatusOK {
		c.first = c.block()
	}
	return c
}

func (c *conn) block() block {
	c.t.Helper()
	b, err := c.blocks.next()
	if err != nil {
		c.t.Fatalf("read the stream: %v", err)
	}
	return b
}

// event returns the next block that a reader dispatches.
func (c *conn) event() block {
	c.t.Helper()
	for {
		if b := c.block(); b.dispatched {
			return b
		}
	}
}

// want checks that the next events have this data, one after the other.
func (c *conn) want(data ...string) {
	c.t.Helper()
	for _, want := range data {
		if got := c.event().data; got != want {
			c.t.Fatalf("got event %q, want %q", got, want)
		}
	}
}

// serve serves a feed, and ends both with the test.
func serve(t *testing.T, options *Options) (*Feed, string) {
	t.Helper()
	f := New(options)
	s := httptest.NewServer(f)
	t.Cleanup(func() {
		f.Close()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return f, s.URL
}
