//go:build unix

package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestPeersAreWhole holds that the bench's files that are linked to a peer need
// nothing that the peer lacks. Nothing else builds the peers before the bench.
func TestPeersAreWhole(t *testing.T) {
	for _, name := range peers {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("peers", name)
			module, err := os.ReadFile(filepath.Join(folder, "go.mod"))
			if err != nil {
				t.Fatal(err)
			}
			paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			set := token.NewFileSet()
			var files []*ast.File
			for _, name := range paths {
				file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			config := types.Config{
				Error: func(err error) {
					// What the imports have is not looked for.
					if _, what, ok := strings.Cut(err.Error(), "undefined: "); ok && !strings.Contains(what, ".") {
						t.Error(err)
					}
				},
				Importer: importer(func(path string) {
					if strings.Contains(path, ".") && !requires(string(module), path) {
						t.Errorf("%s imports %s, which its go.mod does not require", folder, path)
					}
				}),
			}
			_, _ = config.Check(name, set, files, nil) // the errors have been seen
			if len(files) < 2 {
				t.Errorf("got %d files, want the peer's and those of the bench", len(files))
			}
		})
	}
}

// requires reports whether a go.mod requires a package's module directly.
func requires(module, path string) bool {
	for line := range strings.Lines(module) {
		words := strings.Fields(strings.TrimPrefix(line, "require"))
		if len(words) == 2 && strings.HasPrefix(words[1], "v") && (path == words[0] || strings.HasPrefix(path, words[0]+"/")) {
			return true
		}
	}
	return false
}

// importer is told of each import and gives an empty package for it.
type importer func(path string)

func (i importer) Import(name string) (*types.Package, error) {
	i(name)
	empty := types.NewPackage(name, path.Base(strings.TrimSuffix(name, "/v2")))
	empty.MarkComplete()
	return empty, nil
}
