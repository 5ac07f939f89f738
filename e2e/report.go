//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
)

// takeReports is a script for the next reports of a name: it finds them among
// those that follow the last one taken, and gives how many there are while there
// are too few. What has been taken is noted in the page, so that it is forgotten
// with the page.
const takeReports = `(() => {
	const name = %s, wanted = %d;
	const taken = globalThis[Symbol.for("runnel.e2e.taken")] ??= new Map();
	const reports = globalThis.reports ?? [];
	const found = [];
	for (let i = taken.get(name) ?? 0; i < reports.length; i++) {
		if (JSON.parse(reports[i]).name !== name) {
			continue;
		}
		found.push(reports[i]);
		if (found.length === wanted) {
			taken.set(name, i + 1);
			return {Found: found, Count: wanted};
		}
	}
	return {Found: null, Count: found.length};
})()`

// WaitReport waits for the program's next report of the given name and returns
// its value. A program, or its page's script, reports by pushing a JSON string
// {"name": …, "value": …} to the array globalThis.reports; one in a worker
// posts the message {report: <that string>}. Each report is returned once, in
// order; the reports of other names stay for other calls. A page that is loaded
// again starts with none.
func WaitReport[T any](p *Page, name string) T {
	p.site.t.Helper()
	return WaitReports[T](p, name, 1)[0]
}

// WaitReports is [WaitReport] for the next n reports of a name, n ≥ 1, at once:
// for many of them it is faster.
func WaitReports[T any](p *Page, name string, n int) []T {
	p.site.t.Helper()
	type state struct {
		Found []string
		Count int
	}
	got := waitForJS(p, fmt.Sprintf("%d reports %q", n, name), fmt.Sprintf(takeReports, js(name), n),
		func(s state) bool { return s.Count == n })
	values := make([]T, n)
	for i, text := range got.Found {
		var report struct{ Value T }
		if err := json.Unmarshal([]byte(text), &report); err != nil {
			p.fatalf("report %q: %v in %s", name, err, text)
		}
		values[i] = report.Value
	}
	return values
}
