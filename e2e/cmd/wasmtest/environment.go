//go:build !js

package main

import (
	"cmp"
	"slices"
	"strings"
)

// room is how many bytes wasm_exec.js has for arguments, environment and the
// table of pointers to them.
//
// Some of it is kept for WASMTEST_ORIGIN.
const room = 8192 - 128

// fitEnvironment returns the variables of environ that fit beside args, and the
// names of those that do not. Variables that tests are likely to ask for go
// first, then short ones.
func fitEnvironment(args, environ []string) (env map[string]string, leftOut []string) {
	left := room
	for _, arg := range args {
		left -= size(arg)
	}
	environ = slices.Clone(environ)
	slices.SortStableFunc(environ, func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(len(a), len(b)))
	})
	env = make(map[string]string)
	for _, variable := range environ {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			continue // Windows has such entries for the folders of its drives
		}
		if left -= size(variable); left < 0 {
			leftOut = append(leftOut, name)
			continue
		}
		env[name] = value
	}
	slices.Sort(leftOut)
	return env, leftOut
}

// size is the room that a string takes: its bytes and a zero in whole words,
// and a pointer.
func size(s string) int { return (len(s)+1+7)/8*8 + 8 }

func rank(variable string) int {
	for _, prefix := range []string{"GO", "WASMTEST", "TZ=", "HOME=", "USER=", "CI="} {
		if strings.HasPrefix(variable, prefix) {
			return 0
		}
	}
	return 1
}
