//go:build !js

package suite

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// TestExample runs the frontend that the README shows.
func TestExample(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{
		Program: "../../wasm/example",
		Page:    os.DirFS("../../wasm/example"),
		Policy:  e2e.DefaultPolicy,
	})
	page := site.Open("/")
	conn := site.Stream("/events").Accept(t.Context())
	conn.Raw("event: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":1.5,\"Ask\":1.75}\n\n")
	page.WaitText("#quote", "RUNL 1.50 – 1.75")
	conn.Raw("event: price\ndata: {\"Symbol\":\n\n")
	page.WaitConsole(`decode event "price"`)
	conn.Raw("event: price\ndata: {\"Symbol\":\"RUNL\",\"Bid\":2,\"Ask\":3}\n\n")
	page.WaitText("#quote", "RUNL 2.00 – 3.00")
}

// TestReadme holds that the code which the README shows is code of this
// repository, line by line as it stands there but for the indentation: so it is
// compiled, and run by the tests.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	files := sources(t)
	blocks := regexp.MustCompile("(?s)\n```(?:go|html|js)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 4 {
		t.Fatalf("got %d blocks of code, want more", len(blocks))
	}
	for _, block := range blocks {
		want := unindented(block[1])
		if !slices.ContainsFunc(files, func(file string) bool { return strings.Contains(file, want) }) {
			t.Errorf("no file has this code of README.md:\n%s", block[1])
		}
	}
}

// sources returns what the repository's files of code hold, unindented.
func sources(t *testing.T) (files []string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", "ls-files", "*.go", "*.html", "*.js")
	command.Dir = "../.."
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(output)) {
		source, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, unindented(string(source)))
	}
	return files
}

// unindented puts a line break before and behind each line, and no space.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("\n" + strings.TrimSpace(line) + "\n")
	}
	return b.String()
}
