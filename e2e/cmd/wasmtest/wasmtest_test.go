//go:build !js

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// asRunner makes this test binary be the runner.
const asRunner = "WASMTEST_BE_THE_RUNNER"

func TestMain(m *testing.M) {
	if os.Getenv(asRunner) == "" {
		os.Exit(m.Run())
	}
	if slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "TestSpin") }) {
		grace = 2 * time.Second // no need to wait for what never ends
	}
	main()
}

// sample returns the test binary of testdata/sample, built once, with coverage.
var sample = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasmtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "sample.wasm")
	build := exec.Command("go", "test", "-c", "-cover", "-o", file, "./testdata/sample")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if output, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	return os.ReadFile(file)
})

// runner returns the command that go test would run for one sample test, with
// temporary files in a folder of its own, which it also returns.
func runner(t *testing.T, in, test string, arguments ...string) (*exec.Cmd, string) {
	t.Helper()
	binary, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	// t.TempDir is too long a path for the browser's socket.
	temp, err := os.MkdirTemp("", "w")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	file := filepath.Join(temp, "sample.wasm")
	if err := os.WriteFile(file, binary, 0o644); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	browserTemp := filepath.Join(temp, "t")
	if err := os.Mkdir(browserTemp, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, append([]string{file, "-test.run=^" + test + "$"}, arguments...)...)
	cmd.Dir = "testdata/sample"
	cmd.Env = append(os.Environ(), asRunner+"=1", "WASMTEST_IN="+in, "TMPDIR="+browserTemp, "SAMPLE_VARIABLE=set")
	return cmd, browserTemp
}

func TestRuns(t *testing.T) {
	tests := []struct {
		name, test     string
		arguments      []string
		code           int
		stdout, stderr []string // parts, in order
		workerToo      bool
	}{
		{
			name: "output in order and apart, and a failure", test: "Test(Output|Fail)", code: 1, workerToo: true,
			stdout: []string{"one\ntwo three\nno newline at the end", "--- FAIL: TestFail", "on purpose", "FAIL\n"},
			stderr: []string{"to stderr\n"},
		},
		{
			name: "panic", test: "TestPanic", code: 2, workerToo: true,
			stdout: []string{"--- FAIL: TestPanic"},
			stderr: []string{"panic: on purpose", "goroutine ", "sample.TestPanic(", "sample_test.go:", "testing.tRunner("},
		},
		{name: "exit", test: "TestExit", code: 7, stderr: []string{"GOCOVERDIR not set"}},
		{
			name: "timeout", test: "TestWait", arguments: []string{"-test.timeout=5s"}, code: 2,
			stdout: []string{"waiting"}, stderr: []string{"panic: test timed out after 5s", "TestWait (", "sample.TestWait(", "sample_test.go:"},
		},
		{
			name: "endless loop", test: "TestSpin", code: 2,
			arguments: []string{"-test.timeout=5s", "-test.cpuprofile=cpu.out"}, workerToo: true,
			stdout: []string{"spinning\n"},
			stderr: []string{
				"wasmtest: the tests did not end by themselves 2s after their timeout of 5s; they are in\n",
				"sample.TestSpin(...)\n\t", "sample_test.go:", "testing.tRunner(...)\n",
			},
		},
	}
	for _, in := range []string{"page", "worker"} {
		for _, test := range tests {
			if in == "worker" && !test.workerToo {
				continue
			}
			t.Run(in+"/"+test.name, func(t *testing.T) {
				t.Parallel()
				arguments := append([]string{"-test.outputdir=" + t.TempDir()}, test.arguments...)
				cmd, temp := runner(t, in, test.test, arguments...)
				var stdout, stderr bytes.Buffer
				cmd.Stdout, cmd.Stderr = &stdout, &stderr
				if code := exitCode(t, cmd.Run()); code != test.code {
					t.Errorf("got exit code %d, want %d", code, test.code)
				}
				expectParts(t, "stdout", stdout.String(), test.stdout)
				expectParts(t, "stderr", stderr.String(), test.stderr)
				if len(test.stderr) == 0 && stderr.Len() > 0 {
					t.Errorf("got stderr %q, want nothing", stderr.String())
				}
				expectEmpty(t, temp)
			})
		}
	}
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return 0
}

func expectParts(t *testing.T, name, text string, parts []string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Errorf("got %s %q, want it to hold %q in this order", name, text, parts)
			return
		}
		rest = after
	}
}

// expectEmpty fails when the runner has left something in its temporary folder.
func expectEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left behind, want nothing", left, err)
	}
}

// started starts the runner with TestWait and returns when the test has begun.
func started(t *testing.T) (cmd *exec.Cmd, temp string, stderr *bytes.Buffer) {
	t.Helper()
	cmd, temp = runner(t, "page", "TestWait")
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The output arrives while the test runs: that it never ends shows it.
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "waiting\n" {
		t.Fatalf("got %q, %v, want the test's first line; stderr: %s", line, err, stderr)
	}
	return cmd, temp, stderr
}

func TestInterruptEndsTheBrowser(t *testing.T) {
	t.Parallel()
	cmd, temp, stderr := started(t)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != codeInterrupted {
		t.Errorf("got exit code %d, want %d", code, codeInterrupted)
	}
	expectParts(t, "stderr", stderr.String(), []string{"wasmtest: interrupted\n"})
	expectEmpty(t, temp)
}

func TestWithoutABrowser(t *testing.T) {
	t.Parallel()
	cmd, _ := runner(t, "page", "TestOutput")
	cmd.Env = append(cmd.Env, "CHROME=/no/such/browser")
	output, err := cmd.CombinedOutput()
	if code := exitCode(t, err); code != codeFailed {
		t.Errorf("got exit code %d, want %d", code, codeFailed)
	}
	expectParts(t, "output", string(output), []string{"wasmtest: browser named by CHROME", "/no/such/browser"})
}

func TestBadCommandLines(t *testing.T) {
	tests := []struct {
		name, in, want string
		args           []string
	}{
		{"missing binary", "", "reading the test binary", []string{"none.wasm"}},
		{"unknown place", "moon", `WASMTEST_IN is "moon"`, []string{"main.go"}},
		{"bad timeout", "", "invalid duration", []string{"main.go", "-test.timeout=soon"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("WASMTEST_IN", test.in)
			code, err := run(t.Context(), test.args)
			if code != codeFailed || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %d, %v, want %d and %q", code, err, codeFailed, test.want)
			}
		})
	}
}

func TestNotAWasmBinary(t *testing.T) {
	t.Parallel()
	cmd, temp := runner(t, "page", "TestOutput")
	if err := os.WriteFile(cmd.Args[1], []byte("not wasm"), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := cmd.CombinedOutput()
	if code := exitCode(t, err); code != codeFault {
		t.Errorf("got exit code %d, want %d", code, codeFault)
	}
	expectParts(t, "output", string(output), []string{"wasmtest: uncaught JavaScript exception: CompileError"})
	expectEmpty(t, temp)
}
