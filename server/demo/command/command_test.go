package command

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain runs the program itself where a test has started this binary for that.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_DEMO") != "" {
		Main()
		return
	}
	os.Exit(m.Run())
}

func noEnv(string) string { return "" }

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		name   string
		args   []string
		status int
		stdout string
		stderr string
	}{
		{"help", []string{"-h"}, 0, "-addr host:port", ""},
		{"unknown flag", []string{"-port", "1"}, 2, "", "-port"},
		{"argument", []string{"localhost:1"}, 2, "", `unexpected argument "localhost:1"`},
		{"flag without value", []string{"-addr"}, 2, "", "-addr"},
		{"address without port", []string{"-addr", "localhost"}, 1, "", `cannot listen on "localhost"`},
		{"two places", []string{"-memory", "-nats", "nats://localhost:1"}, 2, "", "-memory and -nats do not go together"},
		{"below zero", []string{"-max-clients", "-3"}, 2, "", "-max-clients -3: must not be below zero"},
		{"sync in memory", []string{"-memory", "-sync"}, 2, "", "-sync does not go with -memory"},
		{"sync on a cluster", []string{"-nats", "nats://localhost:1", "-sync"}, 2, "", "-sync goes with -data only"},
		{"replicas on a disk", []string{"-replicas", "3"}, 2, "", "-replicas goes with -nats only"},
		{"two replicas", []string{"-nats", "nats://localhost:1", "-replicas", "2"}, 2, "", "-replicas 2: want 1, 3 or 5"},
		{"no directory", []string{"-data", ""}, 2, "", "-data needs a directory"},
		{"origin with a path", []string{"-origin", "https://example.com/app"}, 2, "", "without a path"},
		{"user without password", []string{"-user", "me"}, 2, "", "-user needs name:password"},
		{"no such port", []string{"-addr", "localhost:99999"}, 1, "", `cannot listen on "localhost:99999"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if got := Run(t.Context(), test.args, noEnv, &stdout, &stderr); got != test.status {
				t.Errorf("got status %d, want %d", got, test.status)
			}
			if !strings.Contains(stdout.String(), test.stdout) || !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("got %q and %q, want %q and %q in them", &stdout, &stderr, test.stdout, test.stderr)
			}
		})
	}
}

func TestAddressInUse(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	addr := l.Addr().String()
	env := func(name string) string { return map[string]string{"ADDR": addr}[name] }
	var stdout, stderr bytes.Buffer
	if got := Run(t.Context(), nil, env, &stdout, &stderr); got != 1 {
		t.Errorf("got status %d, want 1", got)
	}
	want := "address " + addr + " is in use; choose another with ADDR=host:port make run\n"
	if got := stderr.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if stdout.Len() > 0 {
		t.Errorf("got output %q, want none", &stdout)
	}
}

func TestFlagComesBeforeEnvironment(t *testing.T) {
	for _, test := range []struct {
		args      []string
		env, want string
	}{
		{nil, "", "localhost:8080"},
		{nil, "h:1", "h:1"},
		{[]string{"-addr", "h:2"}, "h:1", "h:2"},
	} {
		got, err := parse(test.args, func(string) string { return test.env }, io.Discard, io.Discard)
		if err != nil || got.addr != test.want {
			t.Errorf("%q, ADDR=%q: got %q, %v, want %q", test.args, test.env, got.addr, err, test.want)
		}
	}
}

func TestPageURL(t *testing.T) {
	for _, test := range []struct{ addr, want string }{
		{"localhost:0", "http://localhost:7"},
		{":8080", "http://localhost:7"},
		{"0.0.0.0:1", "http://localhost:7"},
		{"[::]:1", "http://localhost:7"},
		{"192.0.2.1:1", "http://192.0.2.1:7"},
		{"[::1]:1", "http://[::1]:7"},
		{"example.test:http", "http://example.test:7"},
	} {
		if got := pageURL(test.addr, &net.TCPAddr{Port: 7}); got != test.want {
			t.Errorf("%s: got %q, want %q", test.addr, got, test.want)
		}
	}
}

// TestSignalEndsTheProgram starts the program, opens a stream and interrupts it.
func TestSignalEndsTheProgram(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			program := exec.CommandContext(ctx, os.Args[0], "-addr", "127.0.0.1:0")
			program.Env = append(os.Environ(), "RUN_DEMO=1")
			var stderr bytes.Buffer
			program.Stderr = &stderr
			stdout, err := program.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			defer program.Process.Kill()
			lines := bufio.NewReader(stdout)
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatalf("%v, %s", err, &stderr)
			}
			url, ok := strings.CutPrefix(strings.TrimSpace(line), "Runnel demo: ")
			if !ok {
				t.Fatalf("got %q, want the URL", line)
			}
			health, err := http.Get(url + "/healthz")
			if err != nil {
				t.Fatal(err)
			}
			health.Body.Close()
			if health.StatusCode != http.StatusOK {
				t.Errorf("got health %d, want 200", health.StatusCode)
			}
			stream, err := http.Get(url + "/events")
			if err != nil {
				t.Fatal(err)
			}
			defer stream.Body.Close()
			if err := program.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			if _, err := io.ReadAll(stream.Body); err != nil {
				t.Errorf("stream: got %v, want it to end", err)
			}
			if err := program.Wait(); err != nil {
				t.Errorf("got %v, want exit status 0; %s", err, &stderr)
			}
			if took := time.Since(begin); took > 3*time.Second {
				t.Errorf("got %v until the end, want it prompt", took)
			}
		})
	}
}
