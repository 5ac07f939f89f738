//go:build !js

// Wasmtest runs the tests of a js/wasm package in a real headless browser:
//
//	go install github.com/runnel-go/runnel/e2e/cmd/wasmtest@latest
//	GOOS=js GOARCH=wasm go test -exec wasmtest ./...
//
// The go command gives it a test binary and the binary's arguments. It serves
// the binary on a free port of the loopback interface, opens it in the browser,
// and prints what the tests print, in order and at once, standard output and
// standard error apart. It exits with the tests' exit code; a panic's is 2, and
// its stack is printed. It exits with 1 and a line that starts with "wasmtest:"
// when it could not run them: no browser, a browser that ended, a binary that
// does not load.
//
// Any module's tests can be run so: it need not require this one. Without
// installing, or in the version that a module's go.mod names, the lines are
//
//	-exec "env GOOS= GOARCH= go run github.com/runnel-go/runnel/e2e/cmd/wasmtest@latest"
//	-exec "env GOOS= GOARCH= go tool wasmtest"
//
// the second after "go get -tool github.com/runnel-go/runnel/e2e/cmd/wasmtest".
// Without env the go command would build the runner itself for js/wasm. A copy of
// the runner in PATH that is named go_js_wasm_exec needs no -exec at all.
//
// Arguments and environment are passed on. The go command's wasm_exec.js has
// room for about 8 KB of both, so a large environment is cut: Go's own
// variables and short ones go first, and a line names what was left out.
// An interrupt closes the browser; the exit code is 130.
//
// The environment has two settings:
//
//	CHROME       the browser: a path or a name in PATH; else the first of Google
//	             Chrome, Chromium, headless-shell and Edge that is installed
//	WASMTEST_IN  "page" (the default) or "worker": where the tests run
//
// Package os works on the host's files: testdata is there, t.TempDir works,
// profiles arrive. The tests run in the folder that go test starts them in. There
// are no processes, pipes or permissions other than those of files, and package
// net works inside the program alone.
//
// # Profiles, coverage, timeouts
//
// The flags -memprofile, -blockprofile, -mutexprofile, -trace, -coverprofile and
// -outputdir work as always. The Go runtime's CPU profile is empty in js/wasm, so
// with -cpuprofile the browser samples the stacks, several thousand times a
// second, and the runner writes them for go tool pprof, with Go's names of the
// functions and the lines where they begin. What a function takes itself is
// measured; what it takes with those that it calls (pprof's cum) is too little
// for one that has waited in the meantime: Go's stacks on wasm are then only in
// part stacks of the browser. Time in which there was nothing to do, or in which
// the tests wait for the host's files or print, is left out.
//
// The -timeout of go test works as always, stacks included. Tests that never
// return to the event loop cannot notice it, so the runner ends them ten seconds
// later with exit code 2; with -cpuprofile it says in which functions they are.
//
// The browser's clock goes in steps of up to 0.1 ms: a benchmark of fewer
// iterations than take that long has no ns/op. The go command has no -fuzz for
// js/wasm; the seeds in testdata/fuzz are run.
//
// # Beside wasmbrowsertest
//
// What the same tests gave by this runner and by version 0.11.0 of
// github.com/agnivade/wasmbrowsertest, with Go 1.26.8 and Chromium 156 on Linux:
//
//	                                wasmtest                wasmbrowsertest
//	arguments, os.Getenv, -json     yes                     yes
//	-run, -v, -bench, -count        yes                     yes
//	testdata, t.TempDir             yes                     yes
//	symbolic links, t.Chdir         yes                     no
//	runs in a worker                WASMTEST_IN=worker      no
//	output in order and at once     yes                     yes
//	standard error                  apart                   in standard output
//	lines of the runner's own       none                    5 to 219: "could not unmarshal
//	                                                        event: unknown IPAddressSpace"
//	2000 lines of output            4.7 s                   1.2 s
//	exit code of os.Exit(3)         3                       1, "exit with status 3"
//	exit code of a panic            2                       1, "exit with status 2"
//	stack of a panic                yes                     yes
//	-timeout, a test that waits     Go's stacks             Go's stacks
//	-timeout, an endless loop       ended after 10 s more   goes on until an interrupt
//	-memprofile, -blockprofile,
//	-mutexprofile, -trace           yes                     yes
//	-coverprofile, -test.gocoverdir yes                     yes
//	-cpuprofile of 0.30 s in        0.30 s in               0.02 s in
//	example.com/side.Sum            example.com/side.Sum    example.com_side.Sum
//	-cpuprofile with -outputdir     written there           in the package's folder
//	9 KB of environment             cut, and says so        "total length … exceeds limit"
//	interrupt                       browser ends, code 130  browser ends, code 1
//	left in the temporary folder    nothing                 a folder of Chromium's per run
//	a window to watch               no                      WASM_HEADLESS=off
//	go run -exec, no tests          yes                     yes
//
// # An event stream for the tests
//
// The runner's origin, which relative URLs lead to in page and worker and which
// the variable WASMTEST_ORIGIN names, serves event streams that the test
// describes in the query:
//
//	/stream?body=…     sends these bytes (base64url or base64) and ends
//	       &repeat=n   sends the body n times
//	       &hold=1     keeps the response open until the client leaves
//	       &cut=1      breaks the connection off after the body
//	       &status=n   answers with this status instead of 200
//	       &type=…     answers with this content type instead of text/event-stream
//	       &origin=…   allows this origin to read it, with credentials unless it is *
//	       &key=…      counts requests under this name
//
// The parameters body, repeat, hold, cut and status may be given several times:
// the n-th is for the n-th request under the key, the last one for all that
// follow. Without a key each request is the first.
//
//	/requests?key=…    what arrived under the key, as JSON:
//	                   {"open": n, "requests": [{"method", "lastEventID", "header", "body"}, …]}
//
// where open counts the responses that are not yet over.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `Wasmtest runs the tests of a js/wasm package in a headless browser. The go
command runs it:

	GOOS=js GOARCH=wasm go test -exec wasmtest ./...

and gives it a test binary and the binary's arguments:

	wasmtest package.test -test.v -test.run=TestName

In the environment, WASMTEST_IN=worker runs them in a worker instead of a page,
and CHROME names the browser. For more:

	go doc github.com/runnel-go/runnel/e2e/cmd/wasmtest
`

func main() {
	if text, code := help(os.Args[1:]); text != nil {
		io.WriteString(text, usage)
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "wasmtest: %v\n", err)
	}
	os.Exit(code)
}

// help returns where the usage goes and what to exit with then, or nil when the
// arguments name a test binary.
func help(args []string) (text io.Writer, code int) {
	switch {
	case len(args) == 0:
		return os.Stderr, codeUsage
	case args[0] == "-h" || args[0] == "-help" || args[0] == "--help":
		return os.Stdout, 0
	case strings.HasPrefix(args[0], "-"):
		return os.Stderr, codeUsage
	}
	return nil, 0
}
