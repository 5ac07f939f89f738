//go:build !js

package main

import (
	"path/filepath"
	"testing"
	"time"
)

func TestFlags(t *testing.T) {
	absolute := filepath.Join(t.TempDir(), "cpu.out")
	tests := []struct {
		name    string
		args    []string
		timeout time.Duration
		profile string
	}{
		{"none", nil, 0, ""},
		{"the last one counts", []string{"-test.timeout=1s", "--test.timeout=2s", "test.timeout=3s"}, 2 * time.Second, ""},
		{"where the tests run", []string{"-test.cpuprofile=cpu.out"}, 0, "cpu.out"},
		{"in two words", []string{"-test.timeout", "2s", "-test.cpuprofile", "cpu.out"}, 2 * time.Second, "cpu.out"},
		{"without a value", []string{"-test.cpuprofile"}, 0, ""},
		{"in a folder", []string{"-test.cpuprofile=cpu.out", "-test.outputdir=dir"}, 0, filepath.Join("dir", "cpu.out")},
		{"with a path", []string{"-test.cpuprofile=" + absolute, "-test.outputdir=dir"}, 0, absolute},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			args := append([]string{"sample.wasm"}, test.args...)
			timeout, err := timeoutIn(args)
			if profile := profileIn(args); timeout != test.timeout || err != nil || profile != test.profile {
				t.Errorf("got %v, %v, %q, want %v and %q", timeout, err, profile, test.timeout, test.profile)
			}
		})
	}
}
