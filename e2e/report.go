//go:build !js

package e2e

import (
	"encoding/json"
	"fmt"
)

// takeReport is a script for the next report of a name: it finds it among those
// that follow the last one taken, and gives null while there is none. What has
// been taken is noted in the page, so that it is forgotten with the page.
const takeReport = `(() => {
	const name = %s;
	const taken = globalThis[Symbol.for("runnel.e2e.taken")] ??= new Map();
	const reports = globalThis.reports ?? [];
	for (let i = taken.get(name) ?? 0; i < reports.length; i++) {
		if (JSON.parse(reports[i]).name === name) {
			taken.set(name, i + 1);
			return reports[i];
		}
	}
	return null;
})()`

// WaitReport waits for the program's next report of the given name and returns
// its value. A program, or its page's script, reports by pushing a JSON string
// {"name": …, "value": …} to the array globalThis.reports; one in a worker
// posts the message {report: <that string>}. Each report is returned once, in
// order; the reports of other names stay for other calls. A page that is loaded
// again starts with none.
func WaitReport[T any](p *Page, name string) T {
	p.site.t.Helper()
	text := waitForJS(p, fmt.Sprintf("report %q", name), fmt.Sprintf(takeReport, js(name)),
		func(report *string) bool { return report != nil })
	var report struct{ Value T }
	if err := json.Unmarshal([]byte(*text), &report); err != nil {
		p.fatalf("report %q: %v in %s", name, err, *text)
	}
	return report.Value
}
