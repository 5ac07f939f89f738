//go:build !js

package e2e

import (
	"slices"
	"testing"
)

// TestAccessibilityFailures runs tests of pages that people cannot use, and
// reads what they print.
func TestAccessibilityFailures(t *testing.T) {
	t.Parallel()
	got := results(t, testBinary(t, "pictures"), t.TempDir(), t.TempDir(), "-test.run=Violation|Elements|Rule|Undecided")
	for name, parts := range map[string][]string{
		"TestViolation": {
			"accessibility: color-contrast (serious): ", "https://dequeuniversity.com/rules/axe/4.14/color-contrast",
			"#pale\n", `<p id="pale" style="color: #999">Hardly to be read</p>`, "insufficient color contrast of 2.84",
			`To allow it here, name the rule: CheckAccessibility("color-contrast")`,
			"accessibility: label (critical): ", "#nameless", "and on it goes",
		},
		"TestManyElements":   {"accessibility: color-contrast", "and 2 more elements"},
		"TestOtherViolation": {"accessibility: color-contrast"},
		"TestUnknownRule":    {"checking accessibility: ", "unknown rule `contrast`"},
	} {
		expectResult(t, got, name, true, parts...)
	}
	expectResult(t, got, "TestAllowedViolation", false)
	expectResult(t, got, "TestUndecided", false, "accessibility: not decided: color-contrast of 1 elements, the first p: Element's background color could not be determined")
	if len(got) != 6 {
		t.Errorf("got %d results, want 6", len(got))
	}
}

// TestCheckAccessibility holds that the check runs where scripts must not, and
// adds nothing to the page.
func TestCheckAccessibility(t *testing.T) {
	t.Parallel()
	page := Serve(t, App{Program: "./testdata/hello"}).Open("/?wait")
	names := Eval[[]string](page, `Object.getOwnPropertyNames(globalThis)`)
	page.CheckAccessibility()
	page.CheckAccessibility() // by the script that is there already
	if after := Eval[[]string](page, `Object.getOwnPropertyNames(globalThis)`); !slices.Equal(after, names) {
		t.Errorf("got the globals %q, want %q", after, names)
	}
}
