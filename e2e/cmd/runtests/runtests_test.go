//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// printed returns a printer, and a function that returns what was printed.
func printed(t *testing.T) (*printer, func() string) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return newPrinter(file), func() string {
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
}

// played returns a part that has read the events, as go test -json writes them.
func played(t *testing.T, out *printer, name string, events ...event) *part {
	t.Helper()
	p := partNamed(t, name)
	for _, e := range events {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		p.results.take(out, p, io.Discard, string(line)+"\n")
	}
	return p
}

func partNamed(t *testing.T, name string) *part {
	t.Helper()
	all := parts()
	i := slices.IndexFunc(all, func(p *part) bool { return p.name == name })
	if i < 0 {
		t.Fatalf("there is no part %q", name)
	}
	return all[i]
}

// TestFailures holds that each failure is told once, the innermost one, with the command
// that runs it alone, beside what a package printed that ended outside of a test, and
// that what passed is counted all the same.
func TestFailures(t *testing.T) {
	out, text := printed(t)
	const server, suite = module + "/server", module + "/e2e/suite"
	native := played(t, out, "native",
		event{Action: "run", Package: server, Test: "TestA"},
		event{Action: "pass", Package: server, Test: "TestA", Elapsed: 2},
		event{Action: "run", Package: server, Test: "TestB"},
		event{Action: "output", Package: server, Test: "TestB/of_one_(part)", Output: "got 1, want 2\n"},
		event{Action: "fail", Package: server, Test: "TestB/of_one_(part)", Elapsed: 9},
		event{Action: "fail", Package: server, Test: "TestB", Elapsed: 10},
		event{Action: "fail", Package: server, Elapsed: 12},
	)
	native.state, native.reason = failed, "2 of 3 tests failed"
	others := played(t, out, "others", event{Action: "fail", Package: module + "/server/middleware", Test: "TestStream"})
	others.state = failed
	browser := played(t, out, "e2e",
		event{Action: "run", Package: suite, Test: "TestNeverEnds"},
		event{Action: "output", Package: suite, Test: "TestNeverEnds", Output: "where it stands\n"},
		event{Action: "output", Package: suite, Output: "panic: test timed out\n"},
		event{Action: "fail", Package: suite, Elapsed: 30},
	)
	browser.state = failed
	worker := partNamed(t, "worker")
	worker.state, worker.reason = notRun, "build did not pass"

	s := summary{parts: []*part{native, others, worker, browser}, took: time.Minute}
	s.print(out)
	got := text()
	for _, want := range []string{
		"got 1, want 2\n", "where it stands\n", "panic: test timed out\n",
		"native  server TestB/of_one_(part): go test -race -count=1 ./server -run '^TestB$/^of_one_\\(part\\)$' (see build/tests/native.log)\n",
		"worker  not run: build did not pass",
		"e2e     e2e/suite (the package): go test -count=1 ./e2e/suite (see build/tests/e2e.log)\n",
		"   9.0 s  native server TestB/of_one_(part)\n   2.0 s  native server TestA\n",
		"others  server/middleware TestStream: go -C server/middleware test -race -count=1 ./ -run '^TestStream$' (see build/tests/others.log)\n",
		"runnel: 1 passed, 5 failed\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%s\nwant in it %q", got, want)
		}
	}
	if strings.Contains(got, "server TestB:") {
		t.Errorf("got\n%s\nwant no line for a test that only holds the one that failed", got)
	}
	if s.code() != 1 {
		t.Errorf("got code %d, want 1", s.code())
	}
}

// TestSkipped holds that a skipped test fails the run: it has proved nothing.
func TestSkipped(t *testing.T) {
	out, _ := printed(t)
	p := played(t, out, "native", event{Action: "skip", Package: module, Test: "TestA"})
	if err := p.results.verdict(nil); err == nil || !strings.Contains(err.Error(), "skipped") {
		t.Errorf("got %v, want the test that was skipped", err)
	}
	s := summary{parts: []*part{p}}
	if s.code() != 1 {
		t.Errorf("got code %d, want 1", s.code())
	}
}

// TestArguments holds that flags of go test are passed on, and that a part which does
// not exist is named with those that do.
func TestArguments(t *testing.T) {
	chosen, flags, err := readArguments([]string{"-parts", "page,e2e", "-run", "TestShot", "-count=3"})
	if err != nil || len(chosen) != 2 || chosen[0].name != "page" || chosen[1].name != "e2e" {
		t.Errorf("got %v, %v, want page and e2e", chosen, err)
	}
	if want := []string{"-run", "TestShot", "-count=3"}; !slices.Equal(flags, want) {
		t.Errorf("got flags %q, want %q", flags, want)
	}
	if all, _, err := readArguments(nil); err != nil || len(all) != len(parts()) {
		t.Errorf("got %d parts, %v, want all", len(all), err)
	}
	for _, arguments := range [][]string{{"-parts=moon"}, {"-parts"}} {
		if _, _, err := readArguments(arguments); err == nil || !strings.Contains(err.Error(), "native") {
			t.Errorf("%q: got %v, want the parts that there are", arguments, err)
		}
	}
}

// TestLoad holds that what runs at once follows from the machine: one thing after the
// other if it has one core or is slow.
func TestLoad(t *testing.T) {
	for _, test := range []struct {
		load                   load
		lanes, packages, tests int
	}{
		{load{cores: 2, emptyPage: 400 * time.Millisecond}, 2, 2, 3},
		{load{cores: 8, emptyPage: 400 * time.Millisecond}, 2, 8, 9},
		{load{cores: 1, emptyPage: 400 * time.Millisecond}, 1, 1, 2},
		{load{cores: 2, emptyPage: 5 * time.Second}, 1, 1, 2},
	} {
		if l := test.load; l.lanes() != test.lanes || l.packages() != test.packages || l.tests() != test.tests {
			t.Errorf("%+v: got %d lanes, %d packages, %d tests, want %d, %d, %d",
				l, l.lanes(), l.packages(), l.tests(), test.lanes, test.packages, test.tests)
		}
		if got := len(arrange(parts(), test.load)); got != test.lanes {
			t.Errorf("%+v: got %d lanes of parts, want %d", test.load, got, test.lanes)
		}
	}
}

// TestAfterAFailure holds that a part which cannot run without another says so, and that
// one which can runs.
func TestAfterAFailure(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	out, text := printed(t)
	broken := &part{name: "build", what: "what does not build", command: []string{"sh", "-c", "echo a line; exit 3"}, finished: make(chan struct{})}
	needs := &part{name: "page", before: broken, finished: make(chan struct{}), place: 1}
	other := &part{name: "lint", what: "what passes", command: []string{"true"}, finished: make(chan struct{}), place: 2}
	runLanes(t.Context(), out, [][]*part{{other}, {broken, needs}}, load{cores: 2}, nil)
	if broken.state != failed || needs.state != notRun || other.state != passed {
		t.Errorf("got %v, %v, %v, want failed, not run, passed", broken.state, needs.state, other.state)
	}
	for _, want := range []string{"build     a line\n", "build   FAILED", "page    not run: build did not pass\n", "lint    passed"} {
		if !strings.Contains(text(), want) {
			t.Errorf("got\n%s\nwant in it %q", text(), want)
		}
	}
	log, err := os.ReadFile(filepath.Join(folder, "build.log"))
	if err != nil || !bytes.Equal(log, []byte("a line\n")) {
		t.Errorf("got %q, %v in the log, want the line", log, err)
	}
}

// TestCount counts the tests of this file.
func TestCount(t *testing.T) {
	if got := countIn("runtests_test.go"); got != 7 {
		t.Errorf("got %d tests, want 7", got)
	}
}

// TestProgress holds that a part under way says how many tests of how many are done.
func TestProgress(t *testing.T) {
	out, _ := printed(t)
	p := played(t, out, "native",
		event{Action: "run", Package: module + "/server", Test: "TestA"},
		event{Action: "pass", Package: module + "/server", Test: "TestA/one"},
		event{Action: "pass", Package: module + "/server", Test: "TestA"},
		event{Action: "run", Package: module + "/static", Test: "TestB"},
	)
	p.results.total = 5
	if got, want := p.results.progress(), "1 of 5 tests done, in static"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
