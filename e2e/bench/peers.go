//go:build !js

package main

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

//go:embed package.json package-lock.json .npmrc
var pins embed.FS

// installPeers has npm install the pinned peers below dir, unless they are there
// already, and returns the folder that holds them.
func installPeers(ctx context.Context, dir string) (string, error) {
	peers := filepath.Join(dir, "node_modules")
	if current(dir) {
		return peers, nil
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return "", errors.New("npm is needed for the contestants js_parser and js_fetch_event_source: " +
			"install Node.js, or leave them out with -peers=false")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	for _, name := range []string{"package.json", ".npmrc", "package-lock.json"} {
		if err := os.WriteFile(filepath.Join(dir, name), pin(name), 0o644); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	cmd.Dir = dir
	if message, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm ci in %s: %w\n%s", dir, err, message)
	}
	return peers, os.WriteFile(filepath.Join(dir, stamp), pin("package-lock.json"), 0o644)
}

// stamp is the lock file that the installed peers are of, written last.
const stamp = "installed.json"

func current(dir string) bool {
	installed, err := os.ReadFile(filepath.Join(dir, stamp))
	return err == nil && bytes.Equal(installed, pin("package-lock.json"))
}

func pin(name string) []byte {
	content, err := pins.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return content
}
