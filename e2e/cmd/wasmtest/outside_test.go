//go:build !js

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const outsideTest = `package outside

import (
	"fmt"
	"os"
	"syscall/js"
	"testing"
)

func Test(t *testing.T) {
	text, err := os.ReadFile("testdata/file.txt")
	fmt.Printf("%s %v in a %s\n", text, err, js.Global().Get("navigator").Type())
}
`

// TestOutside runs the tests of a module that lies elsewhere in the ways that the
// package comment recommends: by a runner that is installed, as a tool of the
// module, and by go run.
func TestOutside(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	module := outsideModule(t)
	tools := "-modfile=" + filepath.Join(module, "tools.mod")
	const path = "github.com/runnel-go/runnel/e2e/cmd/wasmtest"
	tests := []struct{ name, exec string }{
		{"installed", "env " + asRunner + "=1 " + self},
		{"tool", "env GOOS= GOARCH= go tool " + tools + " wasmtest"},
		{"run", "env GOOS= GOARCH= go run " + tools + " " + path},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cmd := exec.Command("go", "test", "-v", "-count=1", "-exec", test.exec, "./...")
			cmd.Dir = module
			cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off", "GOPROXY=off")
			output, err := cmd.CombinedOutput()
			if err != nil {
				t.Errorf("%v\n%s", err, output)
			}
			want := "=== RUN   Test\na file <nil> in a object\n--- PASS: Test (0."
			if got := string(output); !strings.HasPrefix(got, want) || !strings.Contains(got, "\nok  \texample.com/outside") {
				t.Errorf("got %q, want it to begin with %q and to end well", got, want)
			}
		})
	}
}

// outsideModule returns a folder with a module that requires nothing. Beside its
// go.mod lies tools.mod, which has wasmtest as a tool, this repository's, and
// what that needs in the versions that are here.
func outsideModule(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	const module = "module example.com/outside\n"
	_, needs, ok := strings.Cut(contentOf(t, filepath.Join(root, "go.mod")), "\n")
	if !ok {
		t.Fatal("got no go.mod of this repository")
	}
	write("go.mod", module+"\ngo 1.26.0\n")
	write("tools.mod", fmt.Sprintf("%s%s\nrequire github.com/runnel-go/runnel v0.0.0\n"+
		"replace github.com/runnel-go/runnel => %s\ntool github.com/runnel-go/runnel/e2e/cmd/wasmtest\n", module, needs, root))
	write("tools.sum", contentOf(t, filepath.Join(root, "go.sum")))
	write("outside_test.go", outsideTest)
	write("testdata/file.txt", "a file")
	return dir
}
