//go:build !js

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
)

// testBinary builds the tests of a folder in testdata.
func testBinary(t *testing.T, folder string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "tests")
	if output, err := exec.Command("go", "test", "-c", "-o", binary, "./testdata/"+folder).CombinedOutput(); err != nil {
		t.Fatalf("building testdata/%s: %v\n%s", folder, err, output)
	}
	return binary
}

// TestFailures runs tests that must fail and reads what they print and leave.
func TestFailures(t *testing.T) {
	t.Parallel()
	want := map[string]struct {
		parts   []string
		picture bool
	}{
		"TestGoPanic":         {[]string{"Go panic: panic: sorry", "goroutine 1 [running]"}, true},
		"TestGoPanicInWorker": {[]string{"Go panic: panic: sorry"}, true},
		"TestGoExit":          {[]string{"Go exit: exit code: 3"}, true},
		"TestCallAfterExit":   {[]string{"Go panic: Uncaught Error: Go program has already exited"}, true},
		"TestException":       {[]string{"uncaught exception: Uncaught TypeError: thrown"}, true},
		"TestRejection":       {[]string{"unhandled rejection: Uncaught (in promise) Error: refused"}, true},
		"TestConsoleError":    {[]string{"console error: wrong Object {code: 7}"}, true},
		"TestAtTheEnd":        {[]string{"console error: untrue"}, true},
		"TestWorkerError":     {[]string{"console error: from the worker", "uncaught exception: Uncaught Error: thrown there"}, true},
		"TestNetworkError":    {[]string{"network error: Failed to load resource", "404", "/missing"}, true},
		"TestPolicyViolation": {[]string{"policy violation: ", "script-src"}, true},
		"TestLeftAlive":       {[]string{"callbacks left alive after pagehide: 2 callbacks, 1 listeners"}, true},
		"TestWrongText":       {[]string{`waiting for text "other" in #p: got "shown" after 5s`, "console:", "log: a hint"}, true},
		"TestCovered":         {[]string{"waiting for a click on #p: it is covered by <div id=\"lid\""}, true},
		"TestNoRequest":       {[]string{"waiting for a request to /never: nothing within 100ms", "none"}, false},
		"TestLateStream":      {[]string{"stream /asked: a request to it came before it was scripted"}, true},
		"TestDoesNotBuild":    {[]string{"building ../broken for js/wasm", "undefined: missing"}, false},
		"TestCrash":           {[]string{"waiting for console line", "page crash: the page's process has crashed"}, false},
		"TestHandlerPanics":   {[]string{"handler of GET /: panic: in the handler", "failing_test.go:"}, false},
		"TestHangs":           {[]string{"clicking #p: the page did not answer within 5s", "no screenshot: the page does not answer"}, false},
	}
	passing := []string{"TestAllowed", "TestAllowedExit", "TestLetsGo"}

	artifacts, temp := t.TempDir(), chrome.TempDir(t)
	// As go test -json does it, so that lines of parallel tests can be told apart.
	cmd := exec.Command("go", "tool", "test2json", testBinary(t, "failing"), "-test.v=test2json", "-test.parallel=8")
	cmd.Dir = "testdata/failing"
	cmd.Env = append(os.Environ(), artifactsVariable+"="+artifacts, "TMPDIR="+temp)
	output, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("got %v, want exit code 1", err)
	}
	results := resultsIn(t, output)
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			got := results[name]
			if !strings.Contains(got, "--- FAIL: "+name+" ") {
				t.Fatalf("got %q, want a failure", got)
			}
			for _, part := range want.parts {
				if !strings.Contains(got, part) {
					t.Errorf("got %q, want it to hold %q", got, part)
				}
			}
			if want.picture {
				expectArtifacts(t, got, filepath.Join(artifacts, name))
			}
		})
	}
	for _, name := range passing {
		if !strings.Contains(results[name], "--- PASS: "+name+" ") {
			t.Errorf("%s: got %q, want it to pass", name, results[name])
		}
		if _, err := os.Stat(filepath.Join(artifacts, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s has passed and has left something: %v", name, err)
		}
	}
	if len(results) != len(want)+len(passing) {
		t.Errorf("got %d results, want %d", len(results), len(want)+len(passing))
	}
	expectNothingLeft(t, temp)
}

// resultsIn returns what each test printed, read from the events of test2json.
func resultsIn(t *testing.T, events []byte) map[string]string {
	t.Helper()
	results := make(map[string]string)
	for decoder := json.NewDecoder(bytes.NewReader(events)); ; {
		var event struct{ Action, Test, Output string }
		err := decoder.Decode(&event)
		if errors.Is(err, io.EOF) {
			return results
		}
		if err != nil {
			t.Fatalf("reading test2json's events: %v in\n%s", err, events)
		}
		if event.Test != "" && event.Action == "output" {
			results[event.Test] += event.Output
		}
	}
}

// expectArtifacts checks that a failure left a picture and the console, and
// says where.
func expectArtifacts(t *testing.T, printed, dir string) {
	t.Helper()
	file := filepath.Join(dir, "screenshot.png")
	if !strings.Contains(printed, "saved "+file) {
		t.Errorf("got %q, want it to name %s", printed, file)
	}
	picture, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(bytes.NewReader(picture)); err != nil {
		t.Errorf("screenshot: %v", err)
	}
	console, err := os.ReadFile(filepath.Join(dir, "console.txt"))
	if err != nil || len(console) == 0 {
		t.Errorf("got console %q, %v, want some lines", console, err)
	}
}

// expectNothingLeft waits until the temporary folder of a process that has ended
// is empty and nobody uses it: its browser may still be ending.
func expectNothingLeft(t *testing.T, temp string) {
	t.Helper()
	for start := time.Now(); ; time.Sleep(lookAgain) {
		left, err := os.ReadDir(temp)
		if err != nil {
			t.Fatal(err)
		}
		users := usersOf(t, temp)
		if len(left)+len(users) == 0 {
			return
		}
		if time.Since(start) > DefaultTimeout {
			t.Fatalf("got %v in the temporary folder and processes %q left, want nothing", left, users)
		}
	}
}

// TestNothingIsLeftBehind ends the process of a test in the middle of it.
func TestNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	binary := testBinary(t, "dying")
	tests := []struct {
		name, test string
		arguments  []string
		signal     os.Signal
		code       int
	}{
		{"panic", "TestPanics", nil, nil, 2},
		{"os.Exit", "TestExits", nil, nil, 5},
		{"timeout", "TestWaits", []string{"-test.timeout=10s"}, nil, 2},
		{"interrupt", "TestWaits", nil, os.Interrupt, 130},
		{"terminate", "TestWaits", nil, syscall.SIGTERM, 130},
		{"kill", "TestWaits", nil, os.Kill, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			temp := chrome.TempDir(t)
			cmd := exec.Command(binary, append([]string{"-test.run=^" + test.test + "$"}, test.arguments...)...)
			cmd.Dir = "testdata/dying"
			cmd.Env = append(os.Environ(), artifactsVariable+"="+t.TempDir(), "TMPDIR="+temp)
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			out := bufio.NewReader(stdout)
			if line, err := out.ReadString('\n'); err != nil || line != "opened\n" {
				t.Fatalf("got %q, %v, want a page opened", line, err)
			}
			if profiles, err := os.ReadDir(temp); err != nil || len(profiles) == 0 {
				t.Errorf("got %v, %v, want a profile while the browser runs", profiles, err)
			}
			if test.signal != nil {
				if err := cmd.Process.Signal(test.signal); err != nil {
					t.Fatal(err)
				}
			}
			out.WriteTo(new(bytes.Buffer)) // to its end, so that Wait may close the pipe
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != test.code {
				t.Errorf("got %v, want exit code %d", err, test.code)
			}
			expectNothingLeft(t, temp)
		})
	}
}
