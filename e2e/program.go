//go:build !js

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// builds holds each program of this test binary, built once.
var builds struct {
	mu       sync.Mutex
	programs map[string]func() ([]byte, error)
}

// buildProgram returns the wasm binary of the Go package, built in dir. Tests
// that ask for the same program at once wait for one build.
func buildProgram(dir, pkg string, flags []string) ([]byte, error) {
	key := strings.Join(slices.Concat([]string{dir, pkg}, flags), "\x00")
	builds.mu.Lock()
	build, ok := builds.programs[key]
	if !ok {
		build = sync.OnceValues(func() ([]byte, error) { return goBuild(dir, pkg, flags) })
		if builds.programs == nil {
			builds.programs = make(map[string]func() ([]byte, error))
		}
		builds.programs[key] = build
	}
	builds.mu.Unlock()
	return build()
}

func goBuild(dir, pkg string, flags []string) ([]byte, error) {
	out, err := os.MkdirTemp("", "runnel-build-")
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", pkg, err)
	}
	// The binary is served from memory: nothing is left to remove when the
	// test binary ends in a way that runs no cleanup.
	defer os.RemoveAll(out)
	file := filepath.Join(out, "main.wasm")
	cmd := exec.Command("go", slices.Concat([]string{"build", "-o", file}, flags, []string{pkg})...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if message, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s for js/wasm: %w\n%s", pkg, err, message)
	}
	binary, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("building %s for js/wasm: %w", pkg, err)
	}
	if !bytes.HasPrefix(binary, wasmMagic) {
		return nil, fmt.Errorf("building %s for js/wasm: %s; App.Program must name a package main, "+
			"the program that the page runs", pkg, notProgram(cmd, pkg))
	}
	return binary, nil
}

// wasmMagic is what a WebAssembly module begins with.
var wasmMagic = []byte("\x00asm")

// notProgram tells what the go command has built instead of a program: of a package
// that is not main it writes an archive without an error.
func notProgram(build *exec.Cmd, pkg string) string {
	list := exec.Command("go", "list", "-f", "{{.Name}}", pkg)
	list.Dir, list.Env = build.Dir, build.Env
	name, err := list.Output()
	if err != nil || string(bytes.TrimSpace(name)) == "main" {
		return "the go command has built no WebAssembly module; see App.BuildFlags"
	}
	return fmt.Sprintf("it is package %s and not a program", bytes.TrimSpace(name))
}
