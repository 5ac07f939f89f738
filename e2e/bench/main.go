//go:build !js

// Bench measures Runnel against JavaScript, and against what one writes in Go
// without it, in a real browser:
//
//	make bench
//	go run ./e2e/bench -only burst -rounds 9
//
// It writes build/bench.json and prints the same as tables. The browser is
// started plainly, headless and without a DevTools session, which would make
// EventSource several times slower; the pages post their results back.
//
// # What is timed
//
// Every run of a contestant has a page of its own in a renderer process of its
// own. It connects and takes the burst twice; the second time counts, after a
// moment's rest, so that code is compiled and heaps are grown as they are in a
// page that has been open for a while. For the second time the page opens a
// gate by a POST; the time is from right before that to the handler of the last
// event, both by the page's performance.now. The server sends every contestant
// the same bytes, from memory, in writes of a megabyte. Events have a type and
// an ID, as those of package server.
//
// Contestants run interleaved, and each round begins with another one. A ratio
// is the median of the rounds' ratios; the spread is the least and the greatest.
// What a contestant got is checked by count and by a checksum over every decoded
// field: a wrong one has no time, and the command fails.
//
// A bound that is missed is marked, and fails the command with -check only: a
// busy machine is no fault.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/wasmexec"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, newProgress(os.Stderr))
	stop()
	os.Exit(code)
}

// What the command exits with.
const (
	codeFailed      = 1
	codeUsage       = 2
	codeInterrupted = 130
)

type options struct {
	rounds, scale int
	within        time.Duration
	warm          int
	only, out     string
	contestants   string
	check, peers  bool
}

// run returns what to exit with.
func run(ctx context.Context, args []string, stdout io.Writer, progress *progress) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress.out)
	var o options
	flags.IntVar(&o.rounds, "rounds", 9, "`rounds` of the bursts, if they are timely; other sections have fewer")
	flags.DurationVar(&o.within, "within", 130*time.Second, "the `time` in which all rounds of the bursts of a size begin but the first five")
	flags.StringVar(&o.only, "only", "", "`sections` to run, parted by commas: burst, decode, latency, block, heap, growth, size (default all)")
	flags.StringVar(&o.contestants, "contestants", "", "`contestants` of the bursts, parted by commas (default all), for what these alone decide: "+
		strings.Join(contestantNames(), ", "))
	flags.StringVar(&o.out, "out", "build/bench.json", "`file` to write the report to")
	flags.IntVar(&o.scale, "scale", 1, "divide all counts of events by this `number`, for a quick look")
	flags.IntVar(&o.warm, "warm", 100, "`percent` of a burst that comes before it, untimed, to warm the page up; 0 for one event")
	flags.BoolVar(&o.check, "check", false, "exit with 1 when a bound is missed")
	flags.BoolVar(&o.peers, "peers", true, "run the contestants of npm packages, which are installed below the report's folder")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: bench [flags]; the browser is the one that CHROME names, or the first one installed")
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return codeUsage
	}
	sections, err := only("section", o.only, sectionNames())
	var wanted func(string) bool
	if err == nil {
		wanted, err = only("contestant", o.contestants, contestantNames())
	}
	if err == nil && (flags.NArg() > 0 || o.rounds < 1 || o.scale < 1) {
		err = errors.New("-rounds and -scale are 1 or more, and there are no arguments but flags")
	}
	if err != nil {
		fmt.Fprintln(progress.out, "bench:", err)
		return codeUsage
	}
	report, err := measure(ctx, o, sections, wanted, progress)
	if err == nil {
		err = report.write(o.out)
	}
	switch {
	case ctx.Err() != nil:
		progress.line("bench: interrupted")
		return codeInterrupted
	case err != nil:
		progress.line("bench: %v", err)
		return codeFailed
	}
	report.print(stdout)
	fmt.Fprintf(stdout, "%.0f s, written to %s\n", report.Seconds, o.out)
	if len(report.Wrong) > 0 || o.check && len(report.Missed) > 0 {
		return codeFailed
	}
	return 0
}

// measure runs the sections that are wanted, and in the bursts the contestants that are.
func measure(ctx context.Context, o options, sections, wanted func(string) bool, progress *progress) (*report, error) {
	start := time.Now()
	b := &bench{rounds: o.rounds, within: o.within, scale: o.scale, warm: o.warm, peers: o.peers, wanted: wanted, progress: progress, report: newReport()}
	b.report.Machine, b.report.Rounds = thisMachine(), o.rounds
	binaries := make(map[string][]byte)
	for name, folder := range programs {
		progress.step("building %s …", folder)
		binary, err := build(ctx, module+"/"+folder)
		if err != nil {
			return nil, err
		}
		binaries[name] = binary
	}
	script, err := wasmexec.Script()
	if err != nil {
		return nil, err
	}
	peers := ""
	if o.peers && sections("burst") && slices.ContainsFunc(contestants, func(c contestant) bool {
		return c.peer && wanted(c.name)
	}) {
		progress.step("installing the npm packages …")
		if peers, err = installPeers(ctx, filepath.Join(filepath.Dir(o.out), "bench-peers")); err != nil {
			return nil, err
		}
	}
	server, err := newServer(binaries, script, peers)
	if err != nil {
		return nil, err
	}
	defer server.close()
	b.session = &session{server: server}
	defer b.session.close()
	if err := b.run(ctx, sections); err != nil {
		return nil, err
	}
	b.report.Machine.Browser = b.session.version
	b.report.Machine.LoadAfter = loadAverage()
	b.report.Seconds = round(time.Since(start).Seconds())
	return b.report, nil
}
