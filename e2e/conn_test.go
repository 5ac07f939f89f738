//go:build !js

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// get starts a request, which is answered while the test goes on.
func get(t *testing.T, url string, header http.Header) <-chan answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	answers := make(chan answer, 1)
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	go func() {
		response, err := client.Do(request)
		answers <- answer{response, err}
	}()
	return answers
}

type answer struct {
	*http.Response
	err error
}

func (a answer) mustBody(t *testing.T) io.ReadCloser {
	t.Helper()
	if a.err != nil {
		t.Fatal(a.err)
	}
	t.Cleanup(func() { a.Body.Close() })
	return a.Body
}

func TestConnSendsWhatTheTestSays(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	answers := get(t, site.URL("/events?a=1"), http.Header{"Last-Event-Id": {"41"}, "Cookie": {"who=me"}})
	conn := stream.Accept(t.Context())
	if conn.Attempt != 1 || conn.Method != "GET" || conn.LastEventID != "41" || conn.Query.Get("a") != "1" {
		t.Errorf("got request %+v", conn.Request)
	}
	if len(conn.Cookies) != 1 || conn.Cookies[0].Value != "me" {
		t.Errorf("got cookies %v, want who=me", conn.Cookies)
	}
	select {
	case a := <-answers:
		t.Fatalf("got an answer %v before anything was sent", a)
	default:
	}
	conn.Open()
	got := <-answers
	body := got.mustBody(t)
	if got.StatusCode != 200 || got.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %s, %v", got.Status, got.Header)
	}
	conn.Send(eventstream.Message{Type: "price", ID: "42", Data: []byte("1\n2")})
	want := "event: price\nid: 42\ndata: 1\ndata: 2\n\n"
	expect(t, body, want)
	conn.Raw(": raw\r\r")
	expect(t, body, ": raw\r\r")
	conn.End()
	if rest, err := io.ReadAll(body); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v after End, want a clean end", rest, err)
	}
	if _, err := conn.Write([]byte("late")); !errors.Is(err, ErrEnded) {
		t.Errorf("got %v from a write after End, want ErrEnded", err)
	}
}

// expect reads want from r before anything else is sent.
func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v, want %q", got, err, want)
	}
}

// TestConnWritesApart reads the chunks of the response as they are on the wire.
func TestConnWritesApart(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	wire, err := net.Dial("tcp", strings.TrimPrefix(site.Host(0), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer wire.Close()
	io.WriteString(wire, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
	conn := stream.Accept(t.Context())
	conn.WriteSplit("data: é\r\n\r\n", 7, 9)
	conn.SplitEveryByte()
	conn.Raw("ab")
	conn.End()
	r := bufio.NewReader(wire)
	for {
		header, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if header == "\r\n" {
			break
		}
	}
	want := "7\r\ndata: \xc3\r\n" + "2\r\n\xa9\r\r\n" + "3\r\n\n\r\n\r\n" + "1\r\na\r\n" + "1\r\nb\r\n" + "0\r\n\r\n"
	expect(t, r, want)
}

func TestConnBreaksOff(t *testing.T) {
	tests := []struct {
		name  string
		end   func(*Conn)
		wants error
	}{
		{"cut", (*Conn).Cut, io.ErrUnexpectedEOF},
		{"reset", (*Conn).Reset, syscall.ECONNRESET},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			site := Serve(t, App{})
			stream := site.Stream("/events")
			answers := get(t, site.URL("/events"), nil)
			conn := stream.Accept(t.Context())
			conn.Open()
			body := (<-answers).mustBody(t)
			conn.Raw("data: half")
			expect(t, body, "data: half")
			test.end(conn)
			if _, err := io.ReadAll(body); !errors.Is(err, test.wants) {
				t.Errorf("got %v, want %v", err, test.wants)
			}
			test.end(conn) // does nothing
			conn.End()
		})
	}
}

// TestConnRawHead reads an answer that is as the test wrote it, byte by byte, and
// shows that its connection ends as others do.
func TestConnRawHead(t *testing.T) {
	whole := t
	dial := func(t *testing.T) (net.Conn, *Conn) {
		site := Serve(t, App{})
		stream := site.Stream("/events")
		client, err := net.Dial("tcp", strings.TrimPrefix(site.Host(0), "http://"))
		if err != nil {
			t.Fatal(err)
		}
		whole.Cleanup(func() { client.Close() })
		io.WriteString(client, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
		conn := stream.Accept(t.Context())
		conn.RawHead("HTTP/1.1 200 OK\r\nContent-")
		conn.Raw("Type: text/plain\r\n")
		expect(t, client, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n")
		return client, conn
	}
	t.Run("the client leaves", func(t *testing.T) {
		client, conn := dial(t)
		client.Close()
		conn.WaitGone(t.Context())
		if _, err := conn.Write([]byte("x")); !errors.Is(err, ErrGone) {
			t.Errorf("got %v from a write, want ErrGone", err)
		}
	})
	for name, test := range map[string]struct {
		end   func(*Conn)
		wants error
	}{
		"end": {(*Conn).End, nil}, "cut": {(*Conn).Cut, nil}, "reset": {(*Conn).Reset, syscall.ECONNRESET},
	} {
		t.Run(name, func(t *testing.T) {
			client, conn := dial(t)
			test.end(conn)
			if rest, err := io.ReadAll(client); !errors.Is(err, test.wants) || len(rest) > 0 {
				t.Errorf("got %q, %v, want nothing and %v", rest, err, test.wants)
			}
			if _, err := conn.Write([]byte("x")); !errors.Is(err, ErrEnded) {
				t.Errorf("got %v from a write, want ErrEnded", err)
			}
		})
	}
	t.Run("the test ends", func(t *testing.T) {
		var client net.Conn
		t.Run("inner", func(t *testing.T) { client, _ = dial(t) })
		if n, err := client.Read(make([]byte, 1)); err == nil {
			t.Errorf("got %d more bytes, want the end", n)
		}
	})
}

func TestConnSeesTheClientLeave(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	answers := get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	conn.Open()
	select {
	case <-conn.finished:
		t.Fatal("the client is gone before it left")
	default:
	}
	(<-answers).mustBody(t).Close()
	conn.WaitGone(t.Context())
	if _, err := conn.Write([]byte("x")); !errors.Is(err, ErrGone) {
		t.Errorf("got %v from a write to a client that left, want ErrGone", err)
	}
}

// TestConnWriteToOneWhoDoesNotRead shows that a test is not blocked for ever by
// a client that stops reading.
func TestConnWriteToOneWhoDoesNotRead(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	answers := get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	conn.Open()
	(<-answers).mustBody(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := conn.WriteContext(ctx, bytes.Repeat([]byte("x"), 64<<20))
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "stream /events, attempt 1") {
		t.Errorf("got %v, want the stream's name and the context's end", err)
	}
}

// TestConnBurst writes 100,000 events at once to a client that reads them.
func TestConnBurst(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	answers := get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	conn.Open()
	body := (<-answers).mustBody(t)
	burst := bytes.Repeat([]byte("data: 0123456789\n\n"), 100_000)
	read := make(chan []byte, 1)
	go func() {
		got, _ := io.ReadAll(body)
		read <- got
	}()
	if _, err := conn.Write(burst); err != nil {
		t.Fatal(err)
	}
	conn.End()
	if got := <-read; !bytes.Equal(got, burst) {
		t.Errorf("got %d bytes, want the %d written", len(got), len(burst))
	}
}
