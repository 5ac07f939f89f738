//go:build !js

package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// count returns how many top-level tests there are, read from the source so that
// nothing has to be built for it. It returns 0 if flags choose among them.
func (s *testSelection) count(testFlags []string) int {
	for _, flag := range testFlags {
		name, _, _ := strings.Cut("-"+strings.TrimLeft(flag, "-"), "=")
		if slices.Contains([]string{"-run", "-skip", "-count", "-short", "-bench", "-fuzz", "-list"}, name) {
			return 0
		}
	}
	packages, err := s.packages()
	if err != nil {
		return 0
	}
	list := exec.Command("go", append([]string{"-C", cmp.Or(s.dir, "."), "list", "-json=Dir,TestGoFiles,XTestGoFiles"}, packages...)...)
	list.Env = append(os.Environ(), s.env...)
	output, err := list.StdoutPipe()
	if err != nil || list.Start() != nil {
		return 0
	}
	total := 0
	for decoder := json.NewDecoder(output); ; {
		var pkg struct {
			Dir                       string
			TestGoFiles, XTestGoFiles []string
		}
		if err := decoder.Decode(&pkg); err != nil {
			if !errors.Is(err, io.EOF) {
				total = 0
			}
			break
		}
		for _, name := range slices.Concat(pkg.TestGoFiles, pkg.XTestGoFiles) {
			total += countIn(filepath.Join(pkg.Dir, name))
		}
	}
	_ = list.Wait() // a count that is wrong for it is no failure
	return total
}

// countIn counts the tests, examples with output and fuzz tests of a file.
func countIn(path string) int {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		return 0
	}
	n := 0
	for _, declared := range file.Decls {
		fn, ok := declared.(*ast.FuncDecl)
		if !ok || fn.Recv != nil || fn.Name.Name == "TestMain" {
			continue
		}
		if strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz") {
			n++
		}
	}
	for _, example := range doc.Examples(file) {
		if example.Output != "" || example.EmptyOutput {
			n++
		}
	}
	return n
}
