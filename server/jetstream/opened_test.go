package jetstream

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/server"
)

// enough is how long a test waits for what has to come. Nothing depends on it
// but how soon a failure shows.
var enough = timescale.Bound(2 * time.Minute)

var quiet = slog.New(slog.DiscardHandler)

func open(t *testing.T, o Options) *Store {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet
	}
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	s, err := Open(ctx, &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openLog(t *testing.T, s *Store, feed string, r *Retention) *Log {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	l, err := s.Log(ctx, feed, r)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func record(text string) server.Record {
	return server.Record{Type: "t", Block: []byte("data: " + text + "\n")}
}

func text(r server.Record) string {
	var s string
	fmt.Sscanf(string(r.Block), "data: %s\n", &s)
	return s
}

func appendTexts(t *testing.T, l *Log, texts ...string) []uint64 {
	t.Helper()
	var records []server.Record
	for _, text := range texts {
		records = append(records, record(text))
	}
	numbers, err := l.Append(t.Context(), records)
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != len(records) {
		t.Fatalf("got %d numbers, want %d", len(numbers), len(records))
	}
	return numbers
}

// eventually waits until a condition is met.
func eventually(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(enough); !met(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("did not come about: " + what)
		}
	}
}

// following collects what Follow gives.
type following struct {
	stop func()
	err  chan error

	mu      sync.Mutex
	records []server.Record
}

func follow(t *testing.T, l *Log, from uint64) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	f := &following{stop: cancel, err: make(chan error, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.err <- l.Follow(ctx, from, func(r server.Record) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.records = append(f.records, r)
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return f
}

func (f *following) got() []server.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]server.Record(nil), f.records...)
}

// A test that needs another process starts this test binary once more; there,
// TestMain runs the part named.
const partVariable = "RUNNEL_TEST_PART"

var parts = map[string]func(){}

type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	stdin io.WriteCloser
}

func startPart(t *testing.T, part string, env ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), append(env, partVariable+"="+part)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return &child{cmd, bufio.NewScanner(out), in}
}

// line returns the next line that the child prints, "" at the end.
func (c *child) line() string {
	if c.lines.Scan() {
		return c.lines.Text()
	}
	return ""
}
