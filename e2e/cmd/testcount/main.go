// Testcount reads what "go test -json" prints, shows it as a person wants to see
// it, and counts:
//
//	go test -json ./... | testcount -in build/tests -name native -where "natively"
//	testcount -total build/tests
//
// The first form prints a line for each package and the output of tests that
// failed, says every ten seconds how far it is, and keeps the count in the
// folder. It fails where a test failed or was skipped: what was skipped has
// proved nothing. The second form prints the counts of a folder and their sum.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// count is what one run of go test came to.
type count struct {
	Where                   string
	Passed, Failed, Skipped int
	Seconds                 float64
}

func main() {
	in := flag.String("in", "", "the `folder` to keep the count in")
	name := flag.String("name", "tests", "the count's `name`; the total lists them by name")
	where := flag.String("where", "", "where the tests run, for the total")
	total := flag.String("total", "", "print the counts kept in this `folder` and their sum")
	flag.Parse()
	if err := run(*in, *name, *where, *total); err != nil {
		fmt.Fprintln(os.Stderr, "testcount:", err)
		os.Exit(1)
	}
}

func run(in, name, where, total string) error {
	if total != "" {
		return printTotal(total)
	}
	fmt.Printf("== tests %s\n", where)
	start := time.Now()
	c := read(os.Stdin)
	c.Where, c.Seconds = where, time.Since(start).Seconds()
	if in != "" {
		if err := c.save(in, name); err != nil {
			return err
		}
	}
	return c.verdict()
}

// event is what go test -json writes; see "go doc test2json".
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
	Elapsed                                                float64
}

func read(input io.Reader) count {
	r := reader{output: make(map[string][]string), tick: time.Now()}
	lines := bufio.NewReader(input)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			var e event
			if json.Unmarshal([]byte(line), &e) == nil {
				r.take(e)
			} else {
				fmt.Print(line) // not from go test -json: nothing is hidden
			}
		}
		if err != nil {
			return r.count
		}
	}
}

type reader struct {
	count  count
	output map[string][]string // of each test and package that is still running
	tick   time.Time
}

func (r *reader) take(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "output":
		r.output[key] = append(r.output[key], e.Output)
	case "pass", "fail", "skip":
		r.end(e, r.output[key])
		delete(r.output, key)
	}
	if time.Since(r.tick) > 10*time.Second {
		r.tick = time.Now()
		fmt.Printf("   ... %d tests done\n", r.count.Passed+r.count.Failed)
	}
}

func (r *reader) end(e event, output []string) {
	if e.Test == "" {
		r.endPackage(e, output)
		return
	}
	switch e.Action {
	case "pass":
		r.count.Passed++
		return
	case "fail":
		r.count.Failed++
	case "skip":
		r.count.Skipped++
	}
	fmt.Print(strings.Join(output, ""))
}

func (r *reader) endPackage(e event, output []string) {
	short := strings.TrimPrefix(e.Package, "github.com/runnel-go/runnel/")
	switch e.Action {
	case "pass":
		fmt.Printf("ok    %-28s %6.1f s\n", short, e.Elapsed)
	case "fail":
		if e.FailedBuild != "" || r.count.Failed == 0 {
			r.count.Failed++ // of itself: it did not build, or ended outside of a test
		}
		// What a test printed that never ended tells most, where that is why.
		for _, key := range slices.Sorted(maps.Keys(r.output)) {
			if strings.HasPrefix(key, e.Package+" ") && key != e.Package+" " {
				fmt.Print(strings.Join(r.output[key], ""))
				delete(r.output, key)
			}
		}
		fmt.Print(strings.Join(output, ""))
		fmt.Printf("FAIL  %-28s %6.1f s\n", short, e.Elapsed)
	}
}

func (c *count) verdict() error {
	switch {
	case c.Failed > 0:
		return fmt.Errorf("%d tests failed %s", c.Failed, c.Where)
	case c.Skipped > 0:
		return fmt.Errorf("%d tests were skipped %s: they have proved nothing", c.Skipped, c.Where)
	case c.Passed == 0:
		return fmt.Errorf("no test ran %s", c.Where)
	}
	return nil
}

func (c *count) save(folder, name string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".json"), data, 0o666)
}

func printTotal(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return err
	}
	var sum count
	fmt.Println("== all")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var c count
		if err := json.Unmarshal(data, &c); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		fmt.Printf("%5d tests in %5.1f s %s\n", c.Passed+c.Failed, c.Seconds, c.Where)
		sum.Passed += c.Passed
		sum.Failed += c.Failed
		sum.Skipped += c.Skipped
	}
	fmt.Printf("runnel: %d passed, %d failed\n", sum.Passed, sum.Failed)
	sum.Where = "in all"
	return sum.verdict()
}
