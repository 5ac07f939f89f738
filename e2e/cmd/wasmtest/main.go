//go:build !js

// Wasmtest runs the tests of a js/wasm package in a real headless browser:
//
//	go build -o wasmtest github.com/runnel-go/runnel/e2e/cmd/wasmtest
//	GOOS=js GOARCH=wasm go test -exec "$PWD/wasmtest" ./...
//
// The go command gives it a test binary and the binary's arguments. It serves
// the binary on a free port of the loopback interface, opens it in the browser,
// and prints what the tests print, in order and at once, standard output and
// standard error apart. It exits with the tests' exit code; a panic's is 2, and
// its stack is printed. It exits with 1 and a line that starts with "wasmtest:"
// when it could not run them: no browser, a browser that ended, a binary that
// does not load.
//
// Arguments and environment are passed on. The go command's wasm_exec.js has
// room for about 8 KB of both, so a large environment is cut: Go's own
// variables and short ones go first, and a line names what was left out.
// The -timeout of go test works as always; tests that never return to the event
// loop cannot notice it, so the runner ends them ten seconds later. An interrupt
// closes the browser.
//
// The environment has two settings:
//
//	CHROME       the browser: a path or a name in PATH; else the first of Google
//	             Chrome, Chromium, headless-shell and Edge that is installed
//	WASMTEST_IN  "page" (the default) or "worker": where the tests run
//
// Package os works on the host's files: testdata is there, t.TempDir works,
// profiles and fuzzing's corpus arrive. The tests run in the folder that go test
// starts them in. There are no processes, pipes or permissions other than those
// of files, and package net works inside the program alone.
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
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	code, err := run(ctx, os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "wasmtest: %v\n", err)
	}
	os.Exit(code)
}
