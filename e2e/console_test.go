//go:build !js

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestConsoleTail holds what of a console is shown when it is more than is shown.
func TestConsoleTail(t *testing.T) {
	numbered := func(what string, from, to int) []string {
		var lines []string
		for i := from; i < to; i++ {
			lines = append(lines, fmt.Sprint(what, " ", i))
		}
		return lines
	}
	death := append([]string{"panic: sorry"}, numbered("stack", 1, 8)...)
	tests := []struct {
		name  string
		lines [][]string
		shown int
		want  string
	}{
		{"empty", nil, 4, "(empty)"},
		{"all", [][]string{numbered("a", 0, 4)}, 4, "a 0|a 1|a 2|a 3"},
		{"end", [][]string{numbered("a", 0, 6)}, 4, "... 2 lines left out ...|a 2|a 3|a 4|a 5"},
		{"dropped", [][]string{numbered("a", 0, maxLines+1)}, 2, fmt.Sprintf("... %d lines left out ...|a %d|a %d", maxLines-1, maxLines-1, maxLines)},
		{"death in the end", [][]string{{"a"}, death}, 9, "a|" + strings.Join(death, "|")},
		{"death cut by one", [][]string{{"a"}, death}, 8, "... 1 lines left out ...|" + strings.Join(death, "|")},
		{"death in the middle", [][]string{{"a", "b"}, death}, 4,
			"... 2 lines left out ...|panic: sorry|stack 1|... 4 lines left out ...|stack 6|stack 7"},
		{"death at the beginning", [][]string{death, numbered("a", 0, 9)}, 4, "panic: sorry|stack 1|... 13 lines left out ...|a 7|a 8"},
		{"death that was dropped", [][]string{{"a"}, death, numbered("b", 0, maxLines)}, 4, fmt.Sprintf(
			"... 1 lines left out ...|panic: sorry|stack 1|... %d lines left out ...|b %d|b %d", maxLines+4, maxLines-2, maxLines-1)},
		{"two deaths", [][]string{{"fatal error: first"}, numbered("a", 0, 3), death, numbered("b", 0, 5)}, 4,
			"... 4 lines left out ...|panic: sorry|stack 1|... 9 lines left out ...|b 3|b 4"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c console
			for _, lines := range test.lines {
				for _, text := range lines {
					c.add(line{level: "log", text: text})
				}
			}
			got := strings.ReplaceAll(strings.ReplaceAll(strings.TrimSuffix(c.tail(test.shown), "\n"), "log: ", ""), "\n", "|")
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestConsoleDeathIsKept holds that however much comes after it, the beginning of a
// death and its end are known.
func TestConsoleDeathIsKept(t *testing.T) {
	var c console
	c.add(line{level: "log", text: "panic: sorry"})
	for i := range 3 * maxLines {
		c.add(line{level: "log", text: fmt.Sprint("line ", i)})
	}
	got := c.deathOfGo()
	last := fmt.Sprintf("line %d\n", 3*maxLines-1)
	if !strings.HasPrefix(got, "panic: sorry\nline 0\n") || !strings.Contains(got, " lines left out ...\n") || !strings.HasSuffix(got, last) {
		t.Errorf("got %.100q … %.100q, want the head and the tail", got, got[max(0, len(got)-100):])
	}
	if lines := strings.Count(got, "\n"); lines > maxLines+maxDeath+5 {
		t.Errorf("got %d lines, want a bound", lines)
	}
}

// TestConsoleLongLine holds that the end of a long text is kept, too.
func TestConsoleLongLine(t *testing.T) {
	var c console
	c.add(line{level: "log", text: "first" + strings.Repeat("é", maxLineText) + "last"})
	got := c.tail(1)
	if !strings.HasPrefix(got, "log: firsté") || !strings.HasSuffix(got, "élast\n") || !strings.Contains(got, " bytes left out ...\n") {
		t.Errorf("got %.60q … %.60q, want the head and the tail", got, got[len(got)-60:])
	}
	if len(got) > maxLineText+100 {
		t.Errorf("got %d bytes, want at most about %d", len(got), maxLineText)
	}
}
