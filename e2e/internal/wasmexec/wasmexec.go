//go:build !js

// Package wasmexec finds the script of the Go distribution that runs a js/wasm
// binary.
package wasmexec

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Script returns the wasm_exec.js of the Go distribution whose go command is in
// PATH. It must be of the same version as the compiler of the binary.
var Script = sync.OnceValues(func() ([]byte, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for GOROOT: %w", err)
	}
	script, err := os.ReadFile(filepath.Join(string(bytes.TrimSpace(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, fmt.Errorf("reading the Go distribution's wasm_exec.js: %w", err)
	}
	return script, nil
})
