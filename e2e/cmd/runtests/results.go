//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// event is a line of go test -json; see "go doc test2json".
type event struct {
	Action, Package, Test, Output, FailedBuild string
	Elapsed                                    float64
}

// results is what the tests of a part have come to so far.
type results struct {
	total int // top-level tests; 0 if not known

	mu                      sync.Mutex
	passed, failed, skipped int
	top                     int // top-level tests that have ended
	output                  map[testName][]string
	running                 map[testName]time.Time
	slow                    []timed
	failures                []testName
}

// testName names a test, or a package if the test is "".
type testName struct{ pkg, test string }

type timed struct {
	testName
	seconds float64
}

// take reads one line, keeps what a person would read in kept, and prints what has to
// be seen at once: packages that have ended and the output of tests that failed.
func (r *results) take(out *printer, p *part, kept io.Writer, line string) {
	var e event
	if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
		fmt.Fprint(kept, line)
		out.line("%s   %s", p.label(), strings.TrimRight(line, "\n")) // not from go test -json
		return
	}
	if e.Output != "" {
		fmt.Fprint(kept, e.Output)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.output == nil {
		r.output, r.running = make(map[testName][]string), make(map[testName]time.Time)
	}
	name := testName{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		out.text(e.Output)
	case "run":
		r.running[name] = time.Now()
	case "output":
		r.output[name] = append(r.output[name], e.Output)
	case "pass", "fail", "skip":
		r.end(out, p, name, e)
	}
}

func (r *results) end(out *printer, p *part, name testName, e event) {
	output := r.output[name]
	delete(r.output, name)
	delete(r.running, name)
	if name.test == "" {
		r.endPackage(out, p, name, e, output)
		return
	}
	if !strings.Contains(name.test, "/") {
		r.top++
	}
	r.slow = append(r.slow, timed{name, e.Elapsed})
	switch e.Action {
	case "pass":
		r.passed++
		return
	case "skip":
		r.skipped++
	default:
		r.failed++
	}
	r.failures = append(r.failures, name)
	out.text(strings.Join(output, ""))
}

func (r *results) endPackage(out *printer, p *part, name testName, e event, output []string) {
	switch {
	case e.Action == "pass":
		out.line("%s   ok    %-26s %6.1f s", p.label(), short(name.pkg), e.Elapsed)
	case e.Action == "fail":
		if e.FailedBuild != "" || !slices.ContainsFunc(r.failures, func(f testName) bool { return f.pkg == name.pkg }) {
			// It did not build, or ended outside of a test: in one that never did, say.
			r.failed++
			r.failures = append(r.failures, name)
		}
		for _, test := range slices.SortedFunc(maps.Keys(r.running), byName) {
			if test.pkg == name.pkg {
				out.text(strings.Join(r.output[test], ""))
				delete(r.output, test)
				delete(r.running, test)
			}
		}
		out.text(strings.Join(output, ""))
		out.line("%s   %s  %-26s %6.1f s", p.label(), out.bad("FAIL"), short(name.pkg), e.Elapsed)
	}
}

func byName(a, b testName) int { return strings.Compare(a.pkg+a.test, b.pkg+b.test) }

// short is a package's path within the module.
func short(pkg string) string { return strings.TrimPrefix(pkg, module+"/") }

const module = "github.com/runnel-go/runnel"

// verdict is the error of the part, given that of go test.
func (r *results) verdict(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.failed > 0:
		return fmt.Errorf("%d of %d tests failed", r.failed, r.failed+r.passed)
	case err != nil:
		return err
	case r.skipped > 0:
		return fmt.Errorf("%d tests were skipped, which proves nothing", r.skipped)
	}
	return nil
}

// progress says how many tests have ended, and which one has run for longest.
func (r *results) progress() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf("%d tests done", r.top)
	if r.total > 0 {
		text = fmt.Sprintf("%d of %d tests done", r.top, r.total)
	}
	if r.failed > 0 {
		text += fmt.Sprintf(", %d failed", r.failed)
	}
	var longest testName
	for name, began := range r.running {
		if longest == (testName{}) || began.Before(r.running[longest]) {
			longest = name
		}
	}
	if longest != (testName{}) {
		text += ", in " + short(longest.pkg)
	}
	return text
}

// leaves returns the tests that have no subtests, the slowest first.
func leaves(tests []timed) []timed {
	parents := make(map[testName]bool)
	for _, test := range tests {
		for name := test.test; ; {
			cut := strings.LastIndexByte(name, '/')
			if cut < 0 {
				break
			}
			name = name[:cut]
			parents[testName{test.pkg, name}] = true
		}
	}
	tests = slices.DeleteFunc(slices.Clone(tests), func(test timed) bool { return parents[test.testName] })
	slices.SortStableFunc(tests, func(a, b timed) int {
		switch {
		case a.seconds > b.seconds:
			return -1
		case a.seconds < b.seconds:
			return 1
		}
		return 0
	})
	return tests
}

// innermost returns the failures without those that only hold another one.
func innermost(failures []testName) []testName {
	return slices.DeleteFunc(slices.Clone(failures), func(f testName) bool {
		return f.test != "" && slices.ContainsFunc(failures, func(other testName) bool {
			return other.pkg == f.pkg && strings.HasPrefix(other.test, f.test+"/")
		})
	})
}
