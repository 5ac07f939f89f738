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

	"github.com/runnel-go/runnel/e2e/timescale"
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
	if got := Run(t.Context(), []string{"-memory"}, env, &stdout, &stderr); got != 1 {
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
			ctx, cancel := context.WithTimeout(t.Context(), timescale.Bound(2*time.Minute))
			defer cancel()
			program := exec.CommandContext(ctx, os.Args[0], "-addr", "127.0.0.1:0", "-data", t.TempDir())
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
			if _, err := io.ReadAll(stream.Body); err != nil {
				t.Errorf("stream: got %v, want it to end", err)
			}
			if err := program.Wait(); err != nil {
				t.Errorf("got %v, want exit status 0; %s", err, &stderr)
			}
		})
	}
}

// running is the program, run within the test, and where its page is.
type running struct {
	t      *testing.T
	url    string
	stop   func()
	status chan int
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	output, stdout := io.Pipe()
	r := &running{t: t, stop: stop, status: make(chan int, 1)}
	var stderr bytes.Buffer
	go func() {
		r.status <- Run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), noEnv, stdout, &stderr)
		stdout.Close()
	}()
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%v, status %d, %s", err, <-r.status, &stderr)
	}
	go io.Copy(io.Discard, output)
	r.url = strings.TrimSpace(strings.TrimPrefix(line, "Runnel demo: "))
	t.Cleanup(r.end)
	return r
}

func (r *running) end() {
	r.t.Helper()
	r.stop()
	if r.url == "" {
		return
	}
	r.url = ""
	if status := <-r.status; status != 0 {
		r.t.Errorf("got status %d, want 0", status)
	}
}

// get answers the status and the body of a GET with these headers, as pairs.
func (r *running) get(path string, header ...string) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		return response, ""
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return response, string(body)
}

// firstID returns the last event ID that a stream begins with.
func (r *running) firstID(lastEventID string) string {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+"/events", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", lastEventID)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			return id
		}
	}
	r.t.Fatal("the stream has no ID")
	return ""
}

// TestDataOutlivesTheProgram holds that a page goes on at its place with a
// program that has been started again on the same directory.
func TestDataOutlivesTheProgram(t *testing.T) {
	dir := t.TempDir()
	first := start(t, "-data", dir)
	place := first.firstID("")
	first.end()
	again := start(t, "-data", dir)
	if got := again.firstID(place); got != place {
		t.Errorf("got a stream that begins at %q, want %q", got, place)
	}
}

// TestOneDirectoryOneProgram holds that a second program is told who is in its
// way.
func TestOneDirectoryOneProgram(t *testing.T) {
	dir := t.TempDir()
	start(t, "-data", dir)
	var stdout, stderr bytes.Buffer
	if got := Run(t.Context(), []string{"-addr", "127.0.0.1:0", "-data", dir}, noEnv, &stdout, &stderr); got != 1 {
		t.Errorf("got status %d, want 1", got)
	}
	if !strings.Contains(stderr.String(), dir) || !strings.Contains(stderr.String(), "another process") {
		t.Errorf("got %q, want the directory and that another process uses it", &stderr)
	}
}

// TestFlagsReachTheFeed holds what flags do by what is answered.
func TestFlagsReachTheFeed(t *testing.T) {
	r := start(t, "-memory", "-user", "me:secret", "-origin", "https://example.com", "-compress", "-max-clients", "1000", "-retry", "7s")
	const me = "Basic bWU6c2VjcmV0"
	for _, test := range []struct {
		path, authorization string
		want                int
	}{
		{"/", "", http.StatusUnauthorized},
		{"/events", "", http.StatusUnauthorized},
		{"//events", "", http.StatusUnauthorized},
		{"/metrics", "", http.StatusUnauthorized},
		{"/healthz/../events", "", http.StatusUnauthorized},
		{"/events", "Basic bWU6d3Jvbmc=", http.StatusUnauthorized},
		{"/events", me, http.StatusOK},
		{"/healthz", "", http.StatusOK},
		{"/readyz", "", http.StatusOK},
	} {
		if response, _ := r.get(test.path, "Authorization", test.authorization); response.StatusCode != test.want {
			t.Errorf("%s with %q: got %d, want %d", test.path, test.authorization, response.StatusCode, test.want)
		}
	}
	response, _ := r.get("/events", "Authorization", me, "Origin", "https://example.com", "Accept-Encoding", "gzip")
	for name, want := range map[string]string{"Access-Control-Allow-Origin": "https://example.com", "Content-Encoding": "gzip"} {
		if got := response.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if response, _ := r.get("/events", "Authorization", me, "Origin", "https://elsewhere.example"); response.StatusCode != http.StatusForbidden {
		t.Errorf("another origin: got %d, want 403", response.StatusCode)
	}
	if _, metrics := r.get("/metrics", "Authorization", me); !strings.Contains(metrics, `runnel_requests_refused_total{feed="events",reason="origin"} 1`) ||
		!strings.Contains(metrics, "runnel_client_lag_events_bucket") {
		t.Errorf("got the metrics\n%s", metrics)
	}
}
