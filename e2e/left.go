//go:build !js

package e2e

import (
	"fmt"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// stillAlive returns a script for what is left of the page's program and of that of the default
// page's worker: what JavaScript may still call, and the goroutines. A program
// that has ended throws when it is asked for them.
func stillAlive() string {
	return fmt.Sprintf(stillAliveScript, timescale.Bound(workerAnswerTime).Milliseconds())
}

const stillAliveScript = `(async () => {
	const stacksOf = (live) => { try { return live.goroutines() } catch { left.Ended = true; return "" } };
	const here = globalThis[Symbol.for("runnel.live")];
	const left = {Programs: here ? 1 : 0, Callbacks: here?.callbacks ?? 0, Listeners: here?.listeners ?? 0, Stacks: [], Ended: false, Silent: false};
	const stacks = here?.goroutines && stacksOf(here);
	if (stacks) left.Stacks.push(stacks);
	if (!globalThis.e2eWorker) return left;
	const worker = await Promise.race([e2eWorker.live(), new Promise((resolve) => setTimeout(resolve, %d, null))]);
	if (!worker) return {...left, Silent: true};
	if (worker.callbacks !== undefined) left.Programs++;
	left.Callbacks += worker.callbacks ?? 0;
	left.Listeners += worker.listeners ?? 0;
	if (worker.goroutines) left.Stacks.push(worker.goroutines);
	left.Ended ||= worker.ended;
	return left;
})()`

// live is the value of the script of stillAlive.
type live struct {
	Programs             int // that have begun
	Callbacks, Listeners int
	Stacks               []string // of all goroutines, a text for each program
	Ended                bool     // a program has, so that its counts stay as they are
	Silent               bool     // the worker does not answer
}

// problems returns what must not be left after pagehide, each goroutine by
// itself, so that it can be allowed by the name of a function.
func (l live) problems() []*problem {
	if l.Silent {
		return []*problem{{kind: Crash, text: "the worker does not answer"}}
	}
	var problems []*problem
	if l.Callbacks+l.Listeners > 0 {
		text := "after pagehide: " + Live{l.Callbacks, l.Listeners}.String()
		if l.Ended {
			text += ", and the program has ended: main must return after they are released, see jsbridge.PageContext"
		}
		problems = append(problems, &problem{kind: LeftAlive, text: text})
	}
	for _, stack := range goroutines(l.Stacks) {
		if lasting.MatchString(stack) {
			continue
		}
		problems = append(problems, &problem{kind: LeftAlive, text: "after pagehide: " + indent(stack)[1:]})
	}
	return problems
}
