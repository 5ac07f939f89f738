//go:build !js

package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestHelp(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		args   []string
		code   int
		stderr bool // where the text goes
	}{
		{"asked for", []string{"-h"}, 0, false},
		{"nothing given", nil, codeUsage, true},
		{"unknown flag", []string{"-test.v"}, codeUsage, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			cmd := exec.Command(self, test.args...)
			cmd.Env = append(os.Environ(), asRunner+"=1")
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if code := exitCode(t, cmd.Run()); code != test.code {
				t.Errorf("got exit code %d, want %d", code, test.code)
			}
			text, other := stdout.String(), stderr.String()
			if test.stderr {
				text, other = other, text
			}
			if !strings.Contains(text, "GOOS=js GOARCH=wasm go test -exec wasmtest") || other != "" {
				t.Errorf("got %q, and %q in the other stream, want the usage, and nothing", text, other)
			}
		})
	}
}
