package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestMain is a member of the cluster where a test has started this binary as
// one.
func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// screen is what the program writes, which a test waits for.
type screen struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (s *screen) wait(prefix string) (rest string) {
	s.t.Helper()
	for s.lines.Scan() {
		if rest, ok := strings.CutPrefix(s.lines.Text(), prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	s.t.Fatalf("the program has ended without %q", prefix)
	return ""
}

// TestStopAnyOne holds that a stream by way of the proxy goes on without a hole
// while each member in turn is stopped, by its name or by kill -9, and started
// again.
func TestStopAnyOne(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	typed, keys := io.Pipe()
	defer keys.Close()
	output, program := io.Pipe()
	var stderr bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"-addr", "127.0.0.1:0"}, "", typed, program, &stderr)
		program.Close()
	}()
	shown := &screen{t, bufio.NewScanner(output)}
	pids := make(map[string]int)
	members := []string{"nats-1", "nats-2", "nats-3", "server-1", "server-2"}
	for range members {
		var name string
		var pid int
		if !shown.lines.Scan() {
			t.Fatalf("the program has ended; %s", &stderr)
		}
		if _, err := fmt.Sscanf(shown.lines.Text(), "%s pid %d", &name, &pid); err != nil {
			t.Fatalf("got %q: %v; %s", shown.lines.Text(), err, &stderr)
		}
		pids[name] = pid
	}
	url := shown.wait("Runnel cluster: ")
	shown.wait("Type a name")

	follow := newFollower(t, url)
	follow.wait(8)
	for _, name := range members {
		if name == "server-2" {
			if err := syscall.Kill(pids[name], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		} else {
			fmt.Fprintln(keys, name)
		}
		shown.wait(name + " ")
		follow.wait(8)
		fmt.Fprintln(keys, name)
		shown.wait(name + " ")
		follow.wait(2)
	}
	fmt.Fprintln(keys, "nats-4")
	shown.wait(`there is no "nats-4"`)
	go io.Copy(io.Discard, output)
	stop()
	if status := <-ended; status != 0 {
		t.Errorf("got status %d, want 0; %s", status, &stderr)
	}
	for name, pid := range pids {
		if name != "server-2" && syscall.Kill(pid, 0) == nil {
			t.Errorf("%s is left behind", name)
		}
	}
}

// follower is a client that checks that no number is missing and none doubled.
type follower struct {
	t      *testing.T
	source *eventsource.Source
	events chan struct{}
}

func newFollower(t *testing.T, url string) *follower {
	t.Helper()
	ctx := context.WithoutCancel(t.Context()) // which ends before what it cleans up
	source, err := eventsource.Open(ctx, url+feed.StreamPath, &eventsource.Options{
		Reconnect: eventsource.Reconnect{MaxDelay: 200 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &follower{t: t, source: source, events: make(chan struct{}, 1000)}
	mux := &eventsource.Mux{Options: eventsource.SubscribeOptions{Codec: codec.Bytes}}
	var last uint64
	number := func(event eventsource.Event[[]byte], err error) {
		log, number, ok := feed.Place(event.ID)
		switch {
		case err != nil:
			t.Errorf("after %d: %v", last, err)
		case !ok || last != 0 && number != last+1:
			t.Errorf("got %s-%d after %d, want the next", log, number, last)
		}
		last = number
		f.events <- struct{}{}
	}
	for _, name := range []string{"heartbeat", "cpu", "memory", "load", "network", "disk", "processes", "notice"} {
		eventsource.Handle(mux, eventstream.EventType[[]byte](name), number)
	}
	done := make(chan error, 1)
	go func() { done <- mux.Run(ctx, source) }()
	t.Cleanup(func() {
		source.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return f
}

func (f *follower) wait(events int) {
	f.t.Helper()
	late := time.After(timescale.Bound(2 * time.Minute))
	for range events {
		select {
		case <-f.events:
		case <-late:
			f.t.Fatalf("no events any more; the stream is %+v", f.source.State())
		}
	}
}

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{[]string{"-h"}, 0, "Type the name of one", ""},
		{[]string{"-port", "1"}, 2, "", "-port"},
		{[]string{"extra"}, 2, "", `unexpected argument "extra"`},
		{[]string{"-addr", "localhost"}, 1, "", `cannot listen on "localhost"`},
	} {
		var stdout, stderr bytes.Buffer
		if got := run(t.Context(), test.args, "", nil, &stdout, &stderr); got != test.status {
			t.Errorf("%q: got status %d, want %d", test.args, got, test.status)
		}
		if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
			t.Errorf("%q: got %q and %q, want %q and %q", test.args, &stdout, &stderr, test.stdout, test.stderr)
		}
	}
}
