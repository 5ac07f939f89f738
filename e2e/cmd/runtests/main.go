//go:build !js

// Runtests runs the repository's checks and tests, all of them or chosen parts,
// and says what it does:
//
//	runtests [-parts native,e2e] [go test flags]
//	runtests -run TestShot -count 3
//
// It measures the machine first, by how long a browser takes to open an empty
// page, prints that, and passes it to the tests, whose time bounds scale with it
// (package e2e/timescale). How much runs at once follows from the measure and from
// the number of cores, and from nothing else: a run in continuous integration is
// the run that anybody has.
//
// While it works it prints how far each part is. At the end it prints where the time
// went, the slowest tests, and each failure with the command that runs it alone and
// the folder of its artifacts. What go test printed is kept in build/tests. A part
// that fails does not keep the others from running. The exit code is 1 if anything
// failed or was skipped, and 130 after an interrupt.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// folder is where the output of each part is kept.
const folder = "build/tests"

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "runtests:", err)
	}
	os.Exit(code)
}

func run(arguments []string) (code int, err error) {
	chosen, testFlags, err := readArguments(arguments)
	if errors.Is(err, flag.ErrHelp) {
		return 0, nil
	}
	if err != nil {
		return 2, err
	}
	if err := os.RemoveAll(folder); err != nil {
		return 1, err
	}
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 1, err
	}
	interrupted, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	out := newPrinter(os.Stdout)
	start := time.Now()
	load, err := measure(interrupted, needsBrowser(chosen))
	if err != nil {
		return 1, err
	}
	out.line("runnel: %s", load)
	lanes := arrange(chosen, load)
	ended := runLanes(interrupted, out, lanes, load, testFlags)
	s := summary{parts: ended, took: time.Since(start), interrupted: interrupted.Err() != nil}
	s.print(out)
	return s.code(), nil
}

// readArguments returns the chosen parts and what is meant for go test. Flags of go
// test are passed on as they are, so only -parts and -h are read here.
func readArguments(arguments []string) (chosen []*part, testFlags []string, err error) {
	names := partNames()
	var wanted []string
	for i := 0; i < len(arguments); i++ {
		name, value, hasValue := strings.Cut(arguments[i], "=")
		switch "-" + strings.TrimLeft(name, "-") {
		case "-h", "-help":
			printHelp()
			return nil, nil, flag.ErrHelp
		case "-parts":
			if !hasValue {
				if i++; i == len(arguments) {
					return nil, nil, fmt.Errorf("-parts needs a list of %s", strings.Join(names, ", "))
				}
				value = arguments[i]
			}
			wanted = append(wanted, strings.Split(value, ",")...)
		default:
			testFlags = append(testFlags, arguments[i])
		}
	}
	for _, name := range wanted {
		if !slices.Contains(names, name) {
			return nil, nil, fmt.Errorf("there is no part %q; the parts are %s", name, strings.Join(names, ", "))
		}
	}
	for _, p := range parts() {
		if len(wanted) == 0 || slices.Contains(wanted, p.name) {
			chosen = append(chosen, p)
		}
	}
	return chosen, testFlags, nil
}

func printHelp() {
	fmt.Println("usage: runtests [-parts part,...] [go test flags]")
	fmt.Println()
	fmt.Println("The parts, in the order in which they run by default:")
	for _, p := range parts() {
		fmt.Printf("  %-8s %s\n", p.name, p.what)
	}
	fmt.Println()
	fmt.Println("Every other flag goes to go test, such as -run TestShot, -count 3, -v or -short.")
}

// runLanes runs the parts of each lane one after the other, and the lanes at the same
// time. It returns every part, in the order of parts.
func runLanes(ctx context.Context, out *printer, lanes [][]*part, load load, testFlags []string) []*part {
	var all []*part
	var wait sync.WaitGroup
	stop := out.every(10*time.Second, func() {
		for _, lane := range lanes {
			for _, p := range lane {
				p.printProgress(out)
			}
		}
	})
	defer stop()
	for _, lane := range lanes {
		all = append(all, lane...)
		wait.Go(func() {
			for _, p := range lane {
				p.run(ctx, out, load, testFlags)
			}
		})
	}
	wait.Wait()
	slices.SortFunc(all, func(a, b *part) int { return a.place - b.place })
	return all
}
