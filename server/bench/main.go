//go:build unix

// Bench measures the fan-out of package server against the one of go-sse, its
// provider Joe with a replayer, and for information against a Mercure hub:
//
//	make bench-server
//	go run ./server/bench -only fanout -rounds 9
//
// It writes build/bench-server.json and prints the same as tables.
//
// # What is measured
//
// Each trial has two processes of its own, which are this program started again
// (the hub is a program in peers): one that serves a contestant's feed over TCP
// on loopback, and one with its clients, a connection and a goroutine each. The feed is published to from
// within its own process. All contestants are served by the same [http.Server],
// publish the same values encoded by encoding/json, and give IDs; Joe and ours
// can replay the last 4,096 events, the hub none. None of these is durable. Our
// feed with a log on disk, runnel_disk, stands beside them for information.
//
//   - fanout: what the server's process takes of the processors, by the system
//     and by itself, for a burst of events to 1,000 clients. The publisher
//     publishes 500 events as fast as it can, waits until every client has all of
//     them, and goes on: so nobody has to drop anything, and how fast the clients
//     read is no part of the figure. A first 100 are not counted. Within a burst a
//     server may join what it writes; fanout_steady_vs_joe is the same at 20
//     events a second, where there is nothing to join.
//   - memory: resident bytes of the server's process at 5,000 idle clients, less
//     those before they came, by the client. Garbage is collected and given back
//     to the system both times. Buffers of the system's sockets are not in it.
//   - latency: from the call that publishes an event, at 20 events a second, to
//     each of 1,000 clients having read it, by the clock that the system has for
//     all processes.
//   - stalled: what a hundred clients get of 500 larger events a second where one
//     of them reads nothing.
//   - growth: CPU and latency from 10 to 5,000 clients.
//   - publish: how long it takes until an event counts as published: in memory, on
//     disk, on disk and there, and on two of three nodes of a cluster, which share
//     the processors here.
//
// Contestants run interleaved, and each round begins with another one. A ratio
// is the median of the rounds' ratios; the spread is the least and the greatest.
//
// # What is checked
//
// Every client looks at every event: the numbers in the data and those of the
// IDs must go up by one, the rest must be what was published, and there must be
// neither a gap nor another event. Where one client of a contestant finds
// something else, the contestant has no figure and the command fails. The clients
// are not those of package eventsource but the least that can check this, as
// they share the processors with the server.
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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

const codeInterrupted = 130

// roles are what the program is when it has been started by itself.
var roles = map[string]role{
	"server":  serverFlags,
	"clients": clientsFlags,
}

// run runs what the arguments say, and returns what to exit with.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer, log *os.File) int {
	if len(args) > 0 {
		if role, ok := roles[args[0]]; ok {
			return runRole(ctx, role, args, in, out, log)
		}
	}
	return runBench(ctx, args, out, newProgress(log))
}

type options struct {
	rounds, scale       int
	only, out, profiles string
	check, peers        bool
}

func runBench(ctx context.Context, args []string, stdout io.Writer, progress *progress) int {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(progress.out)
	var o options
	flags.IntVar(&o.rounds, "rounds", 5, "`rounds` of what has a bound; other sections have fewer")
	flags.StringVar(&o.only, "only", "", "`sections` to run, parted by commas: "+sectionNames()+" (default all)")
	flags.StringVar(&o.out, "out", "build/bench-server.json", "`file` to write the report to")
	flags.IntVar(&o.scale, "scale", 1, "divide all counts of clients and events by this `number`, for a quick look")
	flags.BoolVar(&o.check, "check", false, "exit with 1 when a bound is missed")
	flags.BoolVar(&o.peers, "peers", true, "build and run the contestants of other modules, into the report's folder")
	flags.StringVar(&o.profiles, "cpuprofile", "", "`folder` for a CPU profile of each server, which makes it a little slower")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "usage: bench [flags]")
		flags.PrintDefaults()
	}
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return codeUsage
	}
	wanted, err := only(o.only)
	if err == nil && (flags.NArg() > 0 || o.rounds < 1 || o.scale < 1) {
		err = errors.New("-rounds and -scale are 1 or more, and there are no arguments but flags")
	}
	if err != nil {
		fmt.Fprintln(progress.out, "bench:", err)
		return codeUsage
	}
	report, err := measure(ctx, o, wanted, progress)
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

// measure runs the sections that are wanted.
func measure(ctx context.Context, o options, wanted func(string) bool, progress *progress) (*report, error) {
	start := time.Now()
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if o.profiles != "" {
		if err := os.MkdirAll(o.profiles, 0o755); err != nil {
			return nil, err
		}
	}
	b := &bench{
		program: program, profiles: o.profiles, names: []string{joe, runnel, disk},
		rounds: o.rounds, scale: o.scale, progress: progress, report: newReport(),
	}
	b.report.Machine, b.report.Rounds, b.report.Scale = thisMachine(), o.rounds, o.scale
	most := someClients
	if wanted("memory") || wanted("growth") {
		most = manyClients + firstClients
	}
	if err := enoughFiles(b.clients(most)); err != nil {
		return nil, err
	}
	if o.peers {
		progress.step("building the peers …")
		if b.peers, err = buildPeers(ctx, filepath.Join(filepath.Dir(o.out), "bench-server-peers")); err != nil {
			return nil, err
		}
		b.names = contestants
	}
	for _, s := range sections {
		if !wanted(s.name) {
			continue
		}
		progress.line("%s: %s", s.name, s.about)
		if err := s.run(b, ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	b.report.Machine.LoadAfter = loadAverage()
	b.report.Seconds = round(time.Since(start).Seconds())
	return b.report, nil
}
