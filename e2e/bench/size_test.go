//go:build !js

package main

import (
	"os"
	"testing"
)

// Budgets of what a browser fetches, in 1000 bytes by brotli at its best. They
// are what the programs take, and a little, for what brotli makes of a change that
// means nothing is up to 3 more or less: one that grows beyond has to say what for.
// The bound of the bench, 720 for the frontend, is not kept: a program of
// encoding/json and safejs alone takes 691.
//
// They grew by 10 and 15 for half the time that an event takes by fetch: what most
// events have is dealt with in place, in the parser and the decoder, and what is
// rarer beside it as before. They grew by 35 and 32 for what other projects' servers
// and proxies do: the fetch transport that takes over from an EventSource that was
// given up, own headers that stay at their origin, queues bounded in bytes, a Store of
// what was handled, and the reasons why something can never work.
const (
	frontendBudget = 970
	demoBudget     = 1062
)

func TestProgramSizes(t *testing.T) {
	t.Parallel()
	binary, err := build(t.Context(), module+"/wasm/example", "-trimpath", "-buildvcs=false")
	if err != nil {
		t.Fatal(err)
	}
	kb, err := brotliKB(binary)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a frontend with one typed subscription: %.0f KB", kb)
	if kb > frontendBudget {
		t.Errorf("a frontend with one typed subscription takes %.0f KB, want at most %d", kb, frontendBudget)
	}
	demo, err := os.Stat("../../static/dist/demo.wasm.br")
	if err != nil {
		t.Fatalf("%v: make build puts it there", err)
	}
	kb = float64(demo.Size()) / 1000
	t.Logf("the demo: %.0f KB", kb)
	if kb > demoBudget {
		t.Errorf("the demo takes %.0f KB, want at most %d", kb, demoBudget)
	}
}
