//go:build !js

package e2e

import (
	"strings"
	"testing"
)

// TestPageFailures runs tests that must fail for what a page does not have, and
// reads what they say was there instead.
func TestPageFailures(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"TestNoRole": `waiting for a click on button "Save": no such element after 300ms
the page has:
	button "Save it"
	link "Save as"
	button "Cancel"
	textbox "Name"
`,
		"TestNoNames":         `waiting for text "Save" in button "": no such element after 300ms` + "\n" + `the page has no element with a name`,
		"TestSeveral":         `a click on button "Send": it means 2 elements: <button id="a">Send</button>, <button id="b">Send</button> after 300ms`,
		"TestCoveredInShadow": `waiting for a click on button "Send": it is covered by <div id="lid"`,

		"TestNoElement":      `waiting for text "text" in #missing: no such element after 300ms`,
		"TestNoAttribute":    `waiting for attribute title="Save" of #save: it is not there in <button id="save">Save it</button> after 300ms`,
		"TestOtherAttribute": `waiting for attribute id="keep" of #save: got "save" after 300ms`,
		"TestCount":          `waiting for 3 elements button "": got 2 after 300ms`,
		"TestNoFocus":        `waiting for focus on #p: it does not take the focus, which has <body>`,
		"TestExpression":     `waiting for document.title && "": got "" after 300ms`,
		"TestConsole":        `waiting for console line with "never written": no such line after 300ms`,
		"TestNothingBehind":  `going back: there is nothing; the history is [http://127.0.0.1:`,
		"TestNothingAhead":   `going forward: there is nothing; the history is [http://127.0.0.1:`,
		"TestOffline":        `reloading: the browser shows an error page`,
		"TestFrozen":         `waiting for text "Saved" in #save: got "Save it" after 300ms`,
	}
	results := results(t, testBinary(t, "pages"), "testdata/pages", t.TempDir(), "-test.parallel=8")
	for name, want := range want {
		t.Run(name, func(t *testing.T) {
			// The lines of a test's message are indented.
			got := strings.ReplaceAll(results[name], "\n        ", "\n")
			if !strings.Contains(got, "--- FAIL: "+name+" ") || !strings.Contains(got, want) {
				t.Fatalf("got %q, want a failure with %q", got, want)
			}
		})
	}
	if len(results) != len(want) {
		t.Errorf("got %d results, want %d", len(results), len(want))
	}
}
