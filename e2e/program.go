//go:build !js

package e2e

import (
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
	return os.ReadFile(file)
}
