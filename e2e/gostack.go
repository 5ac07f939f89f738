//go:build !js

package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// answering matches the stack of the goroutine in which a program answers.
var answering = regexp.MustCompile(`(?m)^syscall/js\.handleEvent\(`)

// lasting matches the stacks of goroutines that need not end with their page:
// main's, and those that the initialization of a package has started.
var lasting = regexp.MustCompile(`\Agoroutine 1 |(?m)^created by \S+\.init(\.|$| )`)

// goroutines returns the stacks in texts of the Go runtime's, without that of the
// goroutine which wrote the text.
func goroutines(texts []string) []string {
	all := strings.Split(strings.TrimSpace(strings.Join(texts, "\n\n")), "\n\n")
	return slices.DeleteFunc(all, func(stack string) bool {
		return !strings.HasPrefix(stack, "goroutine ") || answering.MatchString(stack)
	})
}

// goStack returns the stacks of the page's Go program with the functions' names,
// or "" where there is none, and whether it hangs. Of a live program those are
// all goroutines', of a dead one what the Go runtime printed when it died, and of
// one that does not answer what it is busy with. Of a program that has ended with
// its page those are all goroutines' before that.
func (p *Page) goStack() (stack string, hangs bool) {
	if died := p.deathOfGo(); died != "" {
		return died, false
	}
	if p.hangs() {
		return "The page does not answer. " + p.busyStack(), true
	}
	if p.silent() {
		return "", false
	}
	left, err := eval[live](p, stillAlive())
	if err != nil {
		return "The page did not tell: " + err.Error() + "\n", false
	}
	if left.Silent {
		return "The worker does not answer. " + p.busyThreads(), true
	}
	if left.Ended && len(left.Stacks) == 0 {
		left.Stacks = p.stacks
	}
	return strings.Join(goroutines(left.Stacks), "\n\n"), false
}

// settledWithin is how long a console has nothing new when it is taken for whole.
const settledWithin = 500 * time.Millisecond

// deathOfGo returns what the Go runtime wrote to the console when the program
// died, or "". A worker's lines come by a way of their own, so they may be behind
// what the page has told already.
func (p *Page) deathOfGo() string {
	died, start := p.console.deathOfGo(), time.Now()
	for quiet := start; died != "" && time.Since(start) < timescale.Bound(answerWithin); time.Sleep(lookAgain) {
		now := p.console.deathOfGo()
		if now != died {
			died, quiet = now, time.Now()
		}
		if strings.Contains(died, "\n\t") && time.Since(quiet) > timescale.Bound(settledWithin) {
			break // there is a place in a file, so there are stacks
		}
	}
	return died
}

// deathOfGo returns what the console has of it so far.
func (c *console) deathOfGo() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.death) == 0 {
		return ""
	}
	var b strings.Builder
	write := func(lines []line) {
		for _, l := range lines {
			if l.level == "log" || l.level == "info" { // as wasm_exec.js writes, and how a worker's lines arrive
				b.WriteString(l.text + "\n")
			}
		}
	}
	write(c.death)
	next := c.diedAt + len(c.death)
	if next < c.dropped {
		fmt.Fprintf(&b, "\n... %d lines left out ...\n\n", c.dropped-next)
	}
	write(c.lines[max(0, next-c.dropped):])
	return b.String()
}
