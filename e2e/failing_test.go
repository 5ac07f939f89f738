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
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/chrome"
	"github.com/runnel-go/runnel/e2e/timescale"
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

// What a failure leaves.
var (
	fromServer = []string{"network.txt"}
	fromPage   = []string{"console.txt", "dom.html", "network.txt", "screenshot.png"}
	fromGo     = []string{"console.txt", "dom.html", "gostack.txt", "network.txt", "screenshot.png"}
)

// failures are the tests of testdata/failing that must fail: what their output
// has to hold, the files that are left, and what is in some of them.
var failures = map[string]struct {
	parts  []string
	leaves []string
	held   map[string]string
}{
	"TestGoPanic": {[]string{"Go panic: panic: sorry", "goroutine 1 [running]", "testdata/hello/main.go:", ": main.main [running]"}, fromGo,
		map[string]string{"gostack.txt": "main.main()", "console.txt": "panic: sorry", "dom.html": "exited with code 2"}},
	"TestGoPanicInWorker": {[]string{"Go panic: panic: sorry"}, fromGo, map[string]string{"gostack.txt": "main.main()"}},
	"TestGoExit":          {[]string{"Go exit: exit code: 3"}, fromPage, nil},
	"TestDeadlock": {[]string{"Go panic: fatal error: all goroutines are asleep - deadlock!", "blocked at:",
		"testdata/trouble/main.go:", ": main.waitInCallback.func1 [chan receive]", ": main.main [chan receive]"}, fromGo,
		map[string]string{"gostack.txt": "main.waitInCallback.func1"}},
	"TestPanicInCrowd": {[]string{"log: panic: too many", "log: main.crowd()", "log: noise 1999", " lines left out ...\n"}, fromGo,
		map[string]string{"gostack.txt": "panic: too many\n", "console.txt": "panic: too many\n"}},
	"TestCallAfterExit": {[]string{"Go panic: Uncaught Error: Go program has already exited"}, fromPage, nil},
	"TestException":     {[]string{"uncaught exception: Uncaught TypeError: thrown"}, fromPage, nil},
	"TestRejection":     {[]string{"unhandled rejection: Uncaught (in promise) Error: refused"}, fromPage, nil},
	"TestConsoleError":  {[]string{"console error: wrong Object {code: 7}"}, fromPage, nil},
	"TestAtTheEnd":      {[]string{"console error: untrue"}, fromPage, nil},
	"TestWorkerError":   {[]string{"console error: from the worker", "uncaught exception: Uncaught Error: thrown there"}, fromPage, nil},
	"TestNetworkError": {[]string{"network error: Failed to load resource", "404", "/missing"}, fromPage,
		map[string]string{"network.txt": "404 text/plain"}},
	"TestPolicyViolation": {[]string{"policy violation: ", "script-src"}, fromPage, nil},
	"TestLeftAlive":       {[]string{"left alive after pagehide: 2 callbacks, 1 listeners"}, fromPage, nil},
	"TestListenerLeft":    {[]string{"left alive after pagehide: 7 callbacks, 7 listeners"}, fromGo, nil},
	"TestListenerLeftByExit": {[]string{"left alive after pagehide: ", " listeners, and the program has ended"}, fromGo,
		map[string]string{"gostack.txt": "main.main()", "console.txt": "Go program has already exited"}},
	"TestListenerLeftByExitInWorker": {[]string{"left alive after pagehide: ", " listeners, and the program has ended"}, fromGo, nil},
	"TestGrows":                      {[]string{"waiting for only ", " listeners to be alive: got ", " listeners after 300ms"}, fromGo, nil},
	"TestCountsNothing": {[]string{"waiting for only 0 callbacks, 0 listeners to be alive: the page has no program with package jsbridge"},
		fromPage, nil},
	"TestWrongEventName": {[]string{`console line with "price 7": no such line after 300ms`,
		`the server has sent events of types that the page does not listen to: "prices" (2 on /events); it listens to ["message" "price"]`}, fromGo, nil},
	"TestWrongEventNameOverFetch": {[]string{`console line with "price 7": no such line after 300ms`,
		`the server has sent events of types that the page does not listen to: "prices" (2 on /events); it listens to ["message" "price"]`}, fromGo, nil},
	"TestWrongEventNameInWorker": {[]string{`console line with "price 7": no such line after 300ms`,
		`the server has sent events of types that the page does not listen to: "prices" (2 on /events); it listens to ["message" "price"]`}, fromGo, nil},
	"TestWrongEventNameInScript": {[]string{`console line with "price 7": no such line after 300ms`,
		`the server has sent events of types that the page does not listen to: "prices" (1 on /events); it listens to ["message" "price"]`}, fromPage, nil},
	"TestGoroutineLeft": {[]string{"left alive after pagehide: goroutine ", "[chan receive]", "main.waitForNobody()"}, fromGo,
		map[string]string{"gostack.txt": "main.waitForNobody()"}},
	"TestGoroutineLeftInWorker": {[]string{"left alive after pagehide: goroutine ", "main.waitForNobody()"}, fromGo,
		map[string]string{"gostack.txt": "main.waitForNobody()"}},
	"TestWrongText": {[]string{`waiting for text "other" in #p: got "shown" after 300ms`, "console:", "log: a hint"}, fromPage,
		map[string]string{"dom.html": `<template shadowrootmode="open"><b>in the shadow</b></template>`, "network.txt": "/page.js\n"}},
	"TestWaitsInGo": {[]string{`waiting for text "exited with code 0" in #program: got "running" after 300ms`}, fromGo,
		map[string]string{"gostack.txt": "main.main()"}},
	"TestSecondPageAndSite": {[]string{"page 1: left in", "page 2: left in"}, []string{
		"console.txt", "dom.html", "network.txt", "page-2-console.txt", "page-2-dom.html", "page-2-screenshot.png", "screenshot.png",
		"site-2-console.txt", "site-2-dom.html", "site-2-network.txt", "site-2-screenshot.png"}, nil},
	"TestScriptsAnother": {[]string{"scripting /events: the server at http://localhost:1 is not the test's own"}, nil, nil},
	"TestURLAndProgram":  {[]string{"App.URL names a running server: Program,"}, nil, nil},
	"TestCovered":        {[]string{"waiting for a click on #p: it is covered by <div id=\"lid\""}, fromPage, nil},
	"TestNoRequest":      {[]string{"waiting for a request to /never: nothing within 100ms", "none"}, fromServer, nil},
	"TestLateStream":     {[]string{"stream /asked: a request to it came before it was scripted"}, fromPage, nil},
	"TestNoProgram":      {[]string{"building ../library for js/wasm: it is package library and not a program; App.Program must name a package main"}, nil, nil},
	"TestDoesNotBuild":   {[]string{"building ../broken for js/wasm", "undefined: missing"}, nil, nil},
	"TestHangs":          {[]string{"clicking #p: the page did not answer within ", "(anonymous)\n", "/page.js\n"}, fromGo, nil},
	"TestHangsInGo": {[]string{"page crash: asking for what is alive: the page did not answer within ",
		"The page does not answer. What it is busy with", "main.spin", "main.main"}, fromGo,
		map[string]string{"gostack.txt": "main.spin\n", "dom.html": `<p id="program">running</p>`}},
	"TestHangsInWorker": {[]string{"page crash: the worker does not answer", "The worker does not answer. What it is busy with", "main.main"},
		fromGo, map[string]string{"gostack.txt": "main.main\n"}},
	"TestCrash":         {[]string{"waiting for console line", "page crash: the page's process has crashed"}, []string{"console.txt", "network.txt"}, nil},
	"TestHandlerPanics": {[]string{"handler of GET /: panic: in the handler", "failing_test.go:"}, fromServer, nil},
}

// harmless are those that must pass.
var harmless = []string{
	"TestAllowed", "TestAllowedExit", "TestAllowedGoroutine", "TestAllowedPolicyViolation", "TestAllowedCodeOfExit",
	"TestMainMayStay", "TestLetsGo",
	"TestHandlerWaits", "TestHandlerWaitsForBody", "TestHandlerWaitsInWorker",
	"TestNoIcon", "TestIconForbidden",
}

// TestFailures runs tests that must fail and reads what they print and leave.
func TestFailures(t *testing.T) {
	t.Parallel()
	binary := testBinary(t, "failing")
	artifacts, temp := t.TempDir(), chrome.TempDir(t)
	results := runFailing(t, binary, artifacts, temp, 1, "-test.parallel=8")
	for name, want := range failures {
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
			if strings.HasPrefix(name, "TestListenerLeft") && strings.Contains(got, "Go panic: ") {
				t.Errorf("got %q, want a leak to be reported as that alone", got)
			}
			expectArtifacts(t, got, filepath.Join(artifacts, name), want.leaves, want.held)
		})
	}
	for _, name := range harmless {
		if !strings.Contains(results[name], "--- PASS: "+name+" ") {
			t.Errorf("%s: got %q, want it to pass", name, results[name])
		}
		expectArtifacts(t, results[name], filepath.Join(artifacts, name), nil, nil)
	}
	if len(results) != len(failures)+len(harmless) {
		t.Errorf("got %d results, want %d", len(results), len(failures)+len(harmless))
	}
	expectNothingLeft(t, temp)
	t.Run("-e2e.trace", func(t *testing.T) { traces(t, binary) })
	t.Run("-e2e.headed", func(t *testing.T) { needsDisplay(t, binary) })
}

// traces shows that a test that passes leaves its trace, and nothing else.
func traces(t *testing.T, binary string) {
	artifacts, temp := t.TempDir(), chrome.TempDir(t)
	results := runFailing(t, binary, artifacts, temp, 0, "-e2e.trace", "-test.run=^(TestLetsGo|TestAllowedGoroutine)$")
	for _, name := range []string{"TestLetsGo", "TestAllowedGoroutine"} {
		dir := filepath.Join(artifacts, name)
		expectArtifacts(t, results[name], dir, []string{"trace.json"}, nil)
		content, err := os.ReadFile(filepath.Join(dir, "trace.json"))
		if err != nil {
			t.Fatal(err)
		}
		var trace struct{ TraceEvents []struct{ Name string } }
		if err := json.Unmarshal(content, &trace); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		names := make(map[string]bool)
		for _, event := range trace.TraceEvents {
			names[event.Name] = true
		}
		if !names["ResourceSendRequest"] || !names["ProfileChunk"] {
			t.Errorf("%s: got events %v, want those of a page that loads and runs", name, names)
		}
	}
	expectNothingLeft(t, temp)
}

// needsDisplay shows what a window says where it cannot be shown.
func needsDisplay(t *testing.T, binary string) {
	temp := chrome.TempDir(t)
	results := runFailing(t, binary, t.TempDir(), temp, 1, "-e2e.headed", "-test.run=^TestLetsGo$")
	if want := "no display to show a window on"; !strings.Contains(results["TestLetsGo"], want) {
		t.Errorf("got %q, want %q in it", results["TestLetsGo"], want)
	}
	expectNothingLeft(t, temp)
}

// runFailing runs the binary of testdata/failing, as go test -json does it, so
// that lines of parallel tests can be told apart, and returns what each test
// printed.
func runFailing(t *testing.T, binary, artifacts, temp string, code int, flags ...string) map[string]string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"tool", "test2json", binary, "-test.v=test2json"}, flags...)...)
	cmd.Dir = "testdata/failing"
	cmd.Env = append(os.Environ(), artifactsVariable+"="+artifacts, "TMPDIR="+temp, "DISPLAY=", "WAYLAND_DISPLAY=")
	output, err := cmd.Output()
	if cmd.ProcessState.ExitCode() != code {
		t.Errorf("got %v, want exit code %d", err, code)
	}
	return resultsIn(t, output)
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

// expectArtifacts checks that a test left just these files and said where, and
// what is in them.
func expectArtifacts(t *testing.T, printed, dir string, want []string, held map[string]string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got files %q, want %q; it printed\n%s", filepath.Base(dir), got, want, printed)
	}
	if len(got) > 0 && !strings.Contains(printed, "left in "+dir+": ") {
		t.Errorf("got %q, want it to name %s", printed, dir)
	}
	for _, name := range got {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || len(content) == 0 || !strings.Contains(string(content), held[name]) {
			t.Errorf("%s: got %q, %v, want %q in it", name, content, err, held[name])
		}
		if _, err := png.Decode(bytes.NewReader(content)); strings.HasSuffix(name, ".png") && err != nil {
			t.Errorf("%s: %v", name, err)
		}
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
		if time.Since(start) > timescale.Bound(DefaultTimeout) {
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
		{"panic elsewhere", "TestPanicsElsewhere", nil, nil, 2},
		{"os.Exit", "TestExits", nil, nil, 5},
		{"timeout", "TestWaits", nil, nil, 2},
		{"interrupt", "TestWaits", nil, os.Interrupt, 130},
		{"interrupt without Main", "TestWaits", []string{"without-main"}, os.Interrupt, -1},
		{"terminate", "TestWaits", nil, syscall.SIGTERM, 143},
		{"kill", "TestWaits", nil, os.Kill, -1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if test.name != "timeout" {
				endInTheMiddle(t, binary, test.test, test.arguments, test.signal, test.code)
				return
			}
			// One that ends before the page is open shows nothing: the next has longer.
			for timeout := 10 * time.Second; timeout < time.Hour; timeout *= 2 {
				arguments := []string{"-test.timeout=" + timeout.String()}
				if endInTheMiddle(t, binary, test.test, arguments, test.signal, test.code) {
					return
				}
			}
			t.Error("no timeout was long enough for a page to open")
		})
	}
}

// endInTheMiddle runs a test whose process ends in the middle, and holds that nothing is
// left of it. It returns false if a timeout ended the process before its page was open.
func endInTheMiddle(t *testing.T, binary, test string, arguments []string, signal os.Signal, code int) (opened bool) {
	t.Helper()
	temp := chrome.TempDir(t)
	cmd := exec.Command(binary, append([]string{"-test.run=^" + test + "$"}, arguments...)...)
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
	line, err := out.ReadString('\n')
	if timeouts := strings.HasPrefix(strings.Join(arguments, ""), "-test.timeout="); timeouts && errors.Is(err, io.EOF) {
		_ = cmd.Wait() // it was too late, or the longer ones end in the same way
		return false
	}
	if err != nil || line != "opened\n" {
		t.Fatalf("got %q, %v, want a page opened", line, err)
	}
	if profiles, err := os.ReadDir(temp); err != nil || len(profiles) == 0 {
		t.Errorf("got %v, %v, want a profile while the browser runs", profiles, err)
	}
	if signal != nil {
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
	}
	out.WriteTo(io.Discard) // to its end, so that Wait may close the pipe
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != code {
		t.Errorf("got %v, want exit code %d", err, code)
	}
	expectNothingLeft(t, temp)
	return true
}
