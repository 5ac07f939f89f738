//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// peers are the contestants whose servers are programs in modules of their own,
// in the folders below peers.
var peers = []string{mercure}

// buildPeers builds the peers' programs into a folder and returns them by the
// contestants' names.
func buildPeers(ctx context.Context, into string) (map[string]string, error) {
	into, err := filepath.Abs(into)
	if err != nil {
		return nil, err
	}
	folder, err := command(ctx, "go", "list", "-f", "{{.Dir}}", "github.com/runnel-go/runnel/server/bench")
	if err != nil {
		return nil, err
	}
	programs := make(map[string]string)
	for _, name := range peers {
		programs[name] = filepath.Join(into, name)
		if _, err := command(ctx, "go", "build", "-C", filepath.Join(folder, "peers", name), "-o", programs[name], "."); err != nil {
			return nil, fmt.Errorf("%w; -peers=false leaves it out", err)
		}
	}
	return programs, nil
}

// command runs a program and returns what it printed.
func command(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var problem bytes.Buffer
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &problem)
	}
	return strings.TrimSpace(string(out)), nil
}
