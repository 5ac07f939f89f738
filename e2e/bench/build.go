//go:build !js

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

const module = "github.com/runnel-go/runnel"

// build returns the wasm binary of a package, built as a user builds a frontend.
func build(ctx context.Context, pkg string, flags ...string) ([]byte, error) {
	out, err := os.MkdirTemp("", "runnel-bench-")
	if err != nil {
		return nil, fmt.Errorf("building %s: %w", pkg, err)
	}
	defer os.RemoveAll(out)
	file := filepath.Join(out, "main.wasm")
	args := append([]string{"build", "-o", file, "-ldflags", "-s -w"}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, pkg)...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=")
	if message, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s for js/wasm: %w\n%s", pkg, err, message)
	}
	return os.ReadFile(file)
}

// brotliKB returns what content takes by brotli at its best, in 1000 bytes.
func brotliKB(content []byte) (float64, error) {
	var packed bytes.Buffer
	w := brotli.NewWriterLevel(&packed, brotli.BestCompression)
	if _, err := w.Write(content); err != nil {
		return 0, err
	}
	if err := w.Close(); err != nil {
		return 0, err
	}
	return float64(packed.Len()) / 1000, nil
}
