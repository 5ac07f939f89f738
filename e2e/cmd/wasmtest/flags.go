//go:build !js

package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// timeoutIn returns the value of -test.timeout, 0 for none.
func timeoutIn(args []string) (time.Duration, error) {
	timeout := flagIn(args, "timeout")
	if timeout == "" {
		return 0, nil
	}
	return time.ParseDuration(timeout)
}

// profileIn returns where the arguments of a test binary want a CPU profile, as
// package testing reads them, "" for nowhere.
func profileIn(args []string) string {
	path, dir := flagIn(args, "cpuprofile"), flagIn(args, "outputdir")
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// flagIn returns the value of a flag of package testing, in the form in which the
// go command passes it or with the value as the next argument, "" for none.
func flagIn(args []string, name string) string {
	for i, arg := range slices.Backward(args) {
		given, value, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if i == 0 || given != "test."+name || !strings.HasPrefix(arg, "-") {
			continue
		}
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		return value // the last one counts
	}
	return ""
}
