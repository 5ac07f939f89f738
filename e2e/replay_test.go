//go:build !js

package e2e

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// recorded writes a recording of the lines after the answer's.
func recorded(t *testing.T, lines ...string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "recording.jsonl")
	content := `{"status":202,"header":{"Content-Type":["text/event-stream"],"X-Own":["1"]}}` + "\n" + strings.Join(lines, "\n")
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestReplay reads the chunks of a replay as they are on the wire.
func TestReplay(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	client, err := net.Dial("tcp", strings.TrimPrefix(site.Host(0), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	io.WriteString(client, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
	file := recorded(t, `{"ms":0,"text":"data: "}`, `{"ms":30,"base64":"ww=="}`, `{"ms":30,"base64":"qQ0="}`,
		`{"ms":60,"text":"\n\r\n"}`, `{"ms":90,"end":"clean"}`)
	start := time.Now()
	if err := stream.Accept(t.Context()).Replay(t.Context(), file, 2); err != nil {
		t.Fatal(err)
	}
	if took, want := time.Since(start), 180*time.Millisecond; took < want {
		t.Errorf("replayed in %v, want no less than %v", took, want)
	}
	r := bufio.NewReader(client)
	head, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	if head.StatusCode != 202 || head.Header.Get("X-Own") != "1" || head.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("got %s, %v", head.Status, head.Header)
	}
	expect(t, r, "6\r\ndata: \r\n"+"1\r\n\xc3\r\n"+"2\r\n\xa9\r\r\n"+"3\r\n\n\r\n\r\n"+"0\r\n\r\n")
}

// TestReplayWithoutPauses plays an hour.
func TestReplayWithoutPauses(t *testing.T) {
	for _, test := range []struct {
		end  string
		want error
	}{{`{"ms":3600000,"end":"clean"}`, nil}, {`{"ms":3600000,"end":"cut"}`, io.ErrUnexpectedEOF}} {
		site := Serve(t, App{})
		stream := site.Stream("/events")
		answers := get(t, site.URL("/events"), nil)
		conn := stream.Accept(t.Context())
		conn.Comment("before")
		file := recorded(t, `{"ms":1000000,"text":"data: x\n\n"}`, test.end)
		if err := conn.Replay(t.Context(), file, 0); err != nil {
			t.Fatal(err)
		}
		answer := <-answers
		got, err := io.ReadAll(answer.mustBody(t))
		if string(got) != ": before\n\ndata: x\n\n" || !errors.Is(err, test.want) {
			t.Errorf("got %q, %v, want the end %v", got, err, test.want)
		}
		if answer.StatusCode != 200 {
			t.Errorf("got %s, want that of before the replay", answer.Status)
		}
	}
}

// TestReplayStops holds what a replay returns that somebody ends, and that a
// recording which was stopped leaves the response open.
func TestReplayStops(t *testing.T) {
	reason := errors.New("enough")
	endless := recorded(t, `{"ms":0,"text":"data: x\n\n"}`, `{"ms":3600000,"text":"data: y\n\n"}`)
	for _, test := range []struct {
		name string
		stop func(conn *Conn, body io.Closer, cancel context.CancelCauseFunc)
		want error
	}{
		{"the client leaves", func(_ *Conn, body io.Closer, _ context.CancelCauseFunc) { body.Close() }, ErrGone},
		{"the test ends it", func(conn *Conn, _ io.Closer, _ context.CancelCauseFunc) { conn.Cut() }, ErrEnded},
		{"the context ends", func(_ *Conn, _ io.Closer, cancel context.CancelCauseFunc) { cancel(reason) }, reason},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := Serve(t, App{})
			stream := site.Stream("/events")
			answers := get(t, site.URL("/events"), nil)
			conn := stream.Accept(t.Context())
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			replayed := make(chan error)
			go func() { replayed <- conn.Replay(ctx, endless, 1) }()
			body := (<-answers).mustBody(t)
			expect(t, body, "data: x\n\n")
			test.stop(conn, body, cancel)
			if err := <-replayed; !errors.Is(err, test.want) || !strings.Contains(err.Error(), "stream /events, attempt 1") {
				t.Errorf("got %v, want %v and the stream's name", err, test.want)
			}
			if !errors.Is(test.want, reason) {
				return
			}
			if err := conn.Replay(ctx, endless, 1); !errors.Is(err, reason) {
				t.Errorf("got %v from a replay whose context has ended before, want %v", err, reason)
			}
			if err := conn.Replay(t.Context(), endless, 0); err != nil {
				t.Error(err)
			}
			conn.Raw("z")
			expect(t, body, "data: x\n\ndata: y\n\nz")
		})
	}
}

func TestReplayRefuses(t *testing.T) {
	site := Serve(t, App{})
	stream := site.Stream("/events")
	get(t, site.URL("/events"), nil)
	conn := stream.Accept(t.Context())
	file := recorded(t, "", `{"ms":0}`)
	for _, pace := range []float64{-1, math.NaN(), math.Inf(1), 1001} {
		if err := conn.Replay(t.Context(), file, pace); err == nil || !strings.Contains(err.Error(), "pace") {
			t.Errorf("pace %v: got %v, want an error that says so", pace, err)
		}
	}
	if err := conn.Replay(t.Context(), file, 0); err == nil || !strings.Contains(err.Error(), file+":2: an empty line") {
		t.Errorf("got %v, want the file and its line", err)
	}
	if err := conn.Replay(t.Context(), file+"x", 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want a file that is not there", err)
	}
}

// TestRecordAndReplay records a stream, plays the recording back, and records
// that again.
func TestRecordAndReplay(t *testing.T) {
	for _, test := range []struct {
		want string
		end  func(conn *Conn, stop func())
	}{
		{cleanEnd, func(conn *Conn, _ func()) { conn.End() }},
		{cutEnd, func(conn *Conn, _ func()) { conn.Cut() }},
		{"", func(_ *Conn, stop func()) { stop() }},
	} {
		t.Run("end "+test.want, func(t *testing.T) {
			first := record(t, test.end, func(conn *Conn) {
				conn.SplitEveryByte()
				conn.Raw(recordedText)
			})
			second := record(t, test.end, func(conn *Conn) {
				if err := conn.Replay(t.Context(), first, 1); err != nil {
					t.Error(err)
				}
			})
			for _, file := range []string{first, second} {
				r, err := loadRecording(file)
				if err != nil {
					t.Fatal(err)
				}
				if got := r.text(); got != recordedText || r.end != test.want {
					t.Errorf("got %q, end %q, want %q, end %q", got, r.end, recordedText, test.want)
				}
				if r.answer.Status != 200 || r.answer.Header.Get("Content-Type") != "text/event-stream" {
					t.Errorf("got the answer %+v", r.answer)
				}
			}
		})
	}
}

const recordedText = ": hello\r\n\r\ndata: é☃🙂\r\n\r\nid: 7\ndata: \xff\n\n"

// record returns the file of a recording of recordedText, which send sends.
func record(t *testing.T, end func(conn *Conn, stop func()), send func(*Conn)) (file string) {
	t.Helper()
	site := Serve(t, App{})
	stream := site.Stream("/events")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	file = filepath.Join(t.TempDir(), "recording.jsonl")
	recorded := make(chan error)
	go func() { recorded <- Record(ctx, site.URL("/events"), file) }()
	conn := stream.Accept(t.Context())
	if got := conn.Header.Get("Accept"); got != "text/event-stream" {
		t.Errorf("got Accept %q", got)
	}
	send(conn)
	// What has come so far is in the file before the end.
	for start := time.Now(); ; time.Sleep(lookAgain) {
		r, err := loadRecording(file)
		if err == nil && r.text() == recordedText {
			break
		}
		if time.Since(start) > timescale.Bound(DefaultTimeout) {
			t.Fatalf("got %+v, %v in the file, want %q", r, err, recordedText)
		}
	}
	end(conn, stop)
	if err := <-recorded; err != nil {
		t.Fatal(err)
	}
	return file
}

// text is all that arrived.
func (r *recording) text() string {
	var text string
	for _, piece := range r.pieces {
		text += string(piece.data)
	}
	return text
}
