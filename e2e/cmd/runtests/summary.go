//go:build !js

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// slowest is how many of the slowest tests are named.
const slowest = 10

// summary is what a run has come to.
type summary struct {
	parts       []*part
	took        time.Duration
	interrupted bool
}

func (s *summary) print(out *printer) {
	out.line("")
	out.line("== where the time went (%s)", s.took.Round(time.Second))
	for _, p := range s.parts {
		if p.tests == nil {
			out.line("%s %6.0f s         %s", p.label(), p.took.Seconds(), p.what)
			continue
		}
		out.line("%s %6.0f s  %5d  %s", p.label(), p.took.Seconds(), p.results.passed+p.results.failed, p.what)
	}
	s.printSlowest(out)
	s.printFailures(out)
	passed, failed, skipped := s.counts()
	out.line("")
	if skipped > 0 {
		out.line("runnel: %d passed, %d failed, %d skipped", passed, failed, skipped)
		return
	}
	out.line("runnel: %d passed, %d failed", passed, failed)
}

func (s *summary) printSlowest(out *printer) {
	var tests []timed
	where := make(map[testName]string)
	for _, p := range s.parts {
		for _, test := range p.results.slow {
			name := testName{p.name + " " + short(test.pkg), test.test}
			where[name] = p.name
			tests = append(tests, timed{name, test.seconds})
		}
	}
	tests = leaves(tests)
	if len(tests) == 0 {
		return
	}
	out.line("")
	out.line("== the slowest tests")
	for _, test := range tests[:min(slowest, len(tests))] {
		out.line("%6.1f s  %s %s", test.seconds, test.pkg, test.test)
	}
}

func (s *summary) printFailures(out *printer) {
	told := false
	title := func() {
		if !told {
			out.line("")
			out.line("== what failed")
		}
		told = true
	}
	if s.interrupted {
		title()
		out.line("%s: the run was interrupted; what had not ended is not known", out.bad("interrupted"))
	}
	for _, p := range s.parts {
		failures := innermost(p.results.failures)
		if len(failures) == 0 && p.state != passed {
			title()
			out.line("%s %s: %s (see %s)", p.label(), out.bad(p.stateText()), p.reason, filepath.Join(folder, p.name+".log"))
		}
		for _, f := range failures {
			title()
			out.line("%s %s %s: %s%s", p.label(), short(f.pkg), f.shown(), p.tests.aloneCommand(f), artifacts(p, f))
		}
	}
}

func (p *part) stateText() string {
	if p.state == notRun {
		return "not run"
	}
	return "FAILED"
}

func (f testName) shown() string {
	if f.test == "" {
		return "(the package)"
	}
	return f.test
}

// aloneCommand is what runs one test by itself.
func (s *testSelection) aloneCommand(f testName) string {
	command := s.alone + " ./" + strings.TrimPrefix(strings.TrimPrefix(short(f.pkg), s.dir), "/")
	if f.test == "" {
		return command
	}
	names := strings.Split(f.test, "/")
	for i, name := range names {
		names[i] = "^" + regexp.QuoteMeta(name) + "$"
	}
	return command + " -run '" + strings.Join(names, "/") + "'"
}

// artifacts names what a failed test has left: its folder if the harness made one, or
// else what was printed.
func artifacts(p *part, f testName) string {
	left := filepath.Join("build", "e2e", filepath.FromSlash(f.test))
	if f.test != "" && p.name == "e2e" {
		if _, err := os.Stat(left); err == nil {
			return fmt.Sprintf(" (left in %s)", left)
		}
	}
	return fmt.Sprintf(" (see %s)", filepath.Join(folder, p.name+".log"))
}

// counts adds up what the parts have come to. A part that is not tests counts if it
// failed, and so does one that did not run.
func (s *summary) counts() (passedTests, failedTests, skippedTests int) {
	for _, p := range s.parts {
		passedTests += p.results.passed
		failedTests += p.results.failed
		skippedTests += p.results.skipped
		if p.state != passed && p.results.failed == 0 && p.results.skipped == 0 {
			failedTests++
		}
	}
	return passedTests, failedTests, skippedTests
}

func (s *summary) code() int {
	passedTests, failedTests, skippedTests := s.counts()
	switch {
	case s.interrupted:
		return 130
	case failedTests+skippedTests > 0:
		return 1
	case passedTests == 0 && s.hasTests():
		return 1
	}
	return 0
}

func (s *summary) hasTests() bool {
	for _, p := range s.parts {
		if p.tests != nil {
			return true
		}
	}
	return false
}
