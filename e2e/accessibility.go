//go:build !js

package e2e

import (
	"fmt"
	"strings"

	"github.com/runnel-go/runnel/e2e/internal/axe"
)

// What a failure shows of a violation: so many elements, so much of each one's
// HTML, in bytes.
const (
	maxElements = 5
	maxHTML     = 200
)

// runAxe checks the document by the rules of the tags, but for some. Frames are
// left out: axe would have to run in each of them. An exception for a rule that
// does not exist is thrown by axe itself.
const runAxe = `(() => {
	const rules = Object.fromEntries(%s.map(id => [id, {enabled: false}]));
	return axe.run(document, {
		runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
		rules, iframes: false, resultTypes: ["violations", "incomplete"],
	}).then(({violations, incomplete, passes}) => ({violations, incomplete, passes: passes.length}));
})()`

// audit is what axe has found.
type audit struct {
	Violations []finding
	// Incomplete are rules that a person has to look at.
	Incomplete []finding
	Passes     int
}

// finding is a rule that elements break, or may break.
type finding struct {
	ID, Impact, Help, HelpURL string
	Nodes                     []struct {
		Target         []any // selectors; a list of them for what is in a shadow tree
		HTML           string
		FailureSummary string
	}
}

// CheckAccessibility checks what the page is at this moment by axe-core 4.14.1
// (https://github.com/dequelabs/axe-core), by all of its rules for WCAG 2.0, 2.1
// and 2.2 at the levels A and AA, the size of targets included. Its "best
// practices", which WCAG does not ask for, are not among them.
//
// Each rule that is broken fails the test, which goes on, with the rule's name,
// how bad it is, where it is explained, and the elements: their selector, their
// HTML and what to do. The rules named in except are not checked. What axe
// cannot decide, such as the contrast of text on a picture, is in the test's
// log: it does not fail the test.
//
// axe runs in a JavaScript world of its own, whatever the page's
// Content-Security-Policy, and looks at the page's own document and its open
// shadow trees; the documents in frames are not checked.
func (p *Page) CheckAccessibility(except ...string) {
	p.site.t.Helper()
	found, err := p.audit(except)
	if err != nil {
		p.fatalf("checking accessibility: %v", err)
	}
	for _, rule := range found.Incomplete {
		p.site.t.Logf("e2e: page %d: accessibility: not decided: %s", p.number, rule.short())
	}
	for _, rule := range found.Violations {
		p.site.t.Errorf("e2e: page %d: accessibility: %s\n\tTo allow it here, name the rule: CheckAccessibility(%q)",
			p.number, rule, rule.ID)
	}
	if found.Passes+len(found.Violations) == 0 {
		p.site.t.Errorf("e2e: page %d: accessibility: no rule found anything to check: is the page empty?", p.number)
	}
}

func (p *Page) audit(except []string) (*audit, error) {
	if loaded, err := evalApart[bool](p, `typeof axe === "object"`); err != nil {
		return nil, err
	} else if !loaded {
		if _, err := evalApart[any](p, axe.Script); err != nil {
			return nil, err
		}
	}
	if except == nil {
		except = []string{}
	}
	return evalApart[*audit](p, fmt.Sprintf(runAxe, quote(except)))
}

// String tells the finding on several lines.
func (f finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s\n\t%s", f.ID, f.Impact, f.Help, f.HelpURL)
	for i, node := range f.Nodes {
		if i == maxElements {
			fmt.Fprintf(&b, "\n\tand %d more elements", len(f.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n\t%s\n\t\t%s", selector(node.Target), shortened(node.HTML))
		for line := range strings.SplitSeq(strings.TrimSpace(node.FailureSummary), "\n") {
			b.WriteString("\n\t\t" + line)
		}
	}
	return b.String()
}

// short tells the finding on one line, by its first element.
func (f finding) short() string {
	if len(f.Nodes) == 0 {
		return f.ID + ": " + f.Help
	}
	reasons := strings.Split(strings.TrimSpace(f.Nodes[0].FailureSummary), "\n")
	return fmt.Sprintf("%s of %d elements, the first %s: %s", f.ID, len(f.Nodes),
		selector(f.Nodes[0].Target), strings.TrimSpace(reasons[len(reasons)-1]))
}

// selector is the path to an element, from one shadow tree into the next.
func selector(target []any) string {
	if len(target) == 1 {
		if plain, ok := target[0].(string); ok {
			return plain
		}
	}
	return quote(target)
}

// shortened is HTML on one line.
func shortened(html string) string {
	html = strings.Join(strings.Fields(html), " ")
	if len(html) > maxHTML {
		html = strings.ToValidUTF8(html[:maxHTML], "") + " …"
	}
	return html
}
