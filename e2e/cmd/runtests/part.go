//go:build !js

package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// part is one step of a run: a command, or the tests of some packages.
type part struct {
	name, what string
	place      int    // in the order of parts
	lane       int    // parts of one lane run one after the other
	after      string // the part without which this one cannot run
	browser    bool   // it needs one

	command  []string       // for a part that is not tests
	tests    *testSelection // for one that is
	results  results
	mu       sync.Mutex
	state    state
	reason   string // why it failed or did not run
	began    time.Time
	took     time.Duration
	finished chan struct{} // closed when it has ended
	before   *part         // the part that after names, if it is part of the run
}

type state int

const (
	waiting state = iota
	running
	passed
	failed
	notRun
)

// testSelection is what a part of tests gives to go test.
type testSelection struct {
	dir      string   // of the module, "" for the repository's own
	patterns []string // packages
	except   string   // packages whose path has this in it are left out
	flags    []string
	env      []string
	alone    string // the command before the package and -run that runs one test
	browser  bool   // they run in one, so how many at once depends on the load
}

// inPage are the packages whose tests run in a page, inWorker those that run in a worker
// too: to the others, which know nothing of JavaScript, it is the same.
var (
	inPage   = []string{"./wasm/...", "./jsbridge/..."}
	inWorker = []string{"./wasm/eventsource", "./jsbridge/..."}
)

// parts returns every part in the order in which they are told of.
func parts() []*part {
	wasmtest, err := filepath.Abs("build/wasmtest")
	if err != nil {
		wasmtest = "build/wasmtest"
	}
	inBrowser := func(patterns []string, env ...string) *testSelection {
		env = append([]string{"GOOS=js", "GOARCH=wasm"}, env...)
		return &testSelection{
			patterns: patterns, env: env, flags: []string{"-count=1", "-timeout=30m", "-exec=" + wasmtest},
			alone: strings.Join(env, " ") + ` go test -count=1 -exec "$PWD/build/wasmtest"`, browser: true,
		}
	}
	all := []*part{
		{name: "lint", what: "format and vet", lane: 0, command: []string{"make", "lint"}},
		{name: "native", what: "tests on this machine, with the race detector", lane: 0, tests: &testSelection{
			patterns: []string{"./..."}, except: "/runnel/e2e", flags: []string{"-race", "-timeout=30m"}, alone: "go test -race -count=1",
		}},
		{name: "others", what: "tests beside other projects' middleware, with the race detector", lane: 0, tests: &testSelection{
			dir: "server/middleware", patterns: []string{"./..."}, flags: []string{"-race", "-timeout=30m"},
			alone: "go -C server/middleware test -race -count=1",
		}},
		{name: "build", what: "the demo and the runner of tests in the browser", lane: 1, command: []string{"make", "build", "build/wasmtest"}},
		{name: "page", what: "tests of the wasm packages in a page", lane: 1, after: "build", browser: true, tests: inBrowser(inPage)},
		{name: "worker", what: "those of them that touch JavaScript in a worker", lane: 1, after: "build", browser: true, tests: inBrowser(inWorker, "WASMTEST_IN=worker")},
		{name: "e2e", what: "tests end to end, in the browser", lane: 1, after: "build", browser: true, tests: &testSelection{
			patterns: []string{"./e2e/suite", "./e2e/..."}, flags: []string{"-count=1", "-timeout=40m"}, alone: "go test -count=1", browser: true,
		}},
	}
	for i, p := range all {
		p.place, p.finished = i, make(chan struct{})
	}
	return all
}

func partNames() []string {
	var names []string
	for _, p := range parts() {
		names = append(names, p.name)
	}
	return names
}

func needsBrowser(chosen []*part) bool {
	return slices.ContainsFunc(chosen, func(p *part) bool { return p.browser })
}

// arrange puts the parts into as many lanes as the machine carries.
func arrange(chosen []*part, load load) [][]*part {
	lanes := make([][]*part, load.lanes())
	for _, p := range chosen {
		lane := min(p.lane, len(lanes)-1)
		lanes[lane] = append(lanes[lane], p)
		for _, other := range chosen {
			if other.name == p.after {
				p.before = other
			}
		}
	}
	return lanes
}

// run runs the part, and prints when it begins and how it ended.
func (p *part) run(ctx context.Context, out *printer, load load, testFlags []string) {
	defer close(p.finished)
	if p.before != nil {
		<-p.before.finished
		if p.before.state != passed {
			p.end(out, notRun, p.before.name+" did not pass")
			return
		}
	}
	if ctx.Err() != nil {
		p.end(out, notRun, "interrupted")
		return
	}
	p.mu.Lock()
	p.state, p.began = running, time.Now()
	p.mu.Unlock()
	out.line("%s %s", p.label(), p.what)
	command := p.command
	if p.tests != nil {
		p.results.total = p.tests.count(testFlags)
		packages, err := p.tests.packages()
		if err != nil {
			p.end(out, failed, err.Error())
			return
		}
		command = p.tests.command(load, testFlags, packages)
	}
	if err := p.execute(ctx, out, load, command); err != nil {
		p.end(out, failed, err.Error())
		return
	}
	p.end(out, passed, "")
}

func (p *part) end(out *printer, s state, reason string) {
	p.mu.Lock()
	p.state, p.reason = s, reason
	if !p.began.IsZero() {
		p.took = time.Since(p.began)
	}
	p.mu.Unlock()
	switch s {
	case passed:
		out.line("%s %s in %.0f s", p.label(), out.good("passed"), p.took.Seconds())
	case notRun:
		out.line("%s %s: %s", p.label(), out.bad("not run"), reason)
	default:
		out.line("%s %s in %.0f s: %s", p.label(), out.bad("FAILED"), p.took.Seconds(), reason)
	}
}

func (p *part) label() string { return fmt.Sprintf("%-7s", p.name) }

// command is what runs the tests of the packages.
func (s *testSelection) command(load load, testFlags, packages []string) []string {
	command := slices.Concat([]string{"go", "-C", cmp.Or(s.dir, "."), "test", "-json"}, s.flags)
	if s.browser {
		command = append(command, "-p="+strconv.Itoa(load.packages()), "-parallel="+strconv.Itoa(load.tests()))
	}
	return slices.Concat(command, testFlags, packages)
}

// packages lists the packages of the patterns, in their order, once each.
func (s *testSelection) packages() ([]string, error) {
	var packages []string
	for _, pattern := range s.patterns {
		list := exec.Command("go", "-C", cmp.Or(s.dir, "."), "list", pattern)
		list.Env = append(os.Environ(), s.env...)
		list.Stderr = os.Stderr
		output, err := list.Output()
		if err != nil {
			return nil, fmt.Errorf("go list %s: %w", pattern, err)
		}
		for name := range strings.FieldsSeq(string(output)) {
			if !slices.Contains(packages, name) && (s.except == "" || !strings.Contains(name, s.except)) {
				packages = append(packages, name)
			}
		}
	}
	return packages, nil
}

// execute runs a command and reads what it prints. What tests print is kept in
// build/tests; of a command that is not tests every line is shown.
func (p *part) execute(ctx context.Context, out *printer, load load, command []string) error {
	kept, err := os.Create(filepath.Join(folder, p.name+".log"))
	if err != nil {
		return err
	}
	defer kept.Close()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), load.environment()...)
	if p.tests != nil {
		cmd.Env = append(cmd.Env, p.tests.env...)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = cmd.Stdout // in the order in which it is written
	if err := cmd.Start(); err != nil {
		return err
	}
	// A terminal interrupts the whole group; go test ends its tests by itself.
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Signal(os.Interrupt) })
	defer stop()
	p.read(out, kept, output)
	err = cmd.Wait()
	if p.tests != nil {
		return p.results.verdict(err)
	}
	return err
}

// read reads the output line by line until it ends.
func (p *part) read(out *printer, kept io.Writer, output io.Reader) {
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			if p.tests != nil {
				p.results.take(out, p, kept, line)
			} else {
				fmt.Fprint(kept, line)
				out.line("%s   %s", p.label(), strings.TrimRight(line, "\n"))
			}
		}
		if err != nil {
			return
		}
	}
}

// printProgress says how far a part is that is under way.
func (p *part) printProgress(out *printer) {
	p.mu.Lock()
	under, began := p.state == running, p.began
	p.mu.Unlock()
	if !under {
		return
	}
	if p.tests == nil {
		out.line("%s   ... %.0f s", p.label(), time.Since(began).Seconds())
		return
	}
	out.line("%s   ... %s, %.0f s", p.label(), p.results.progress(), time.Since(began).Seconds())
}
