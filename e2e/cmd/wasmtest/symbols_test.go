//go:build !js

package main

import (
	"strings"
	"testing"
)

func TestSymbols(t *testing.T) {
	t.Parallel()
	wasm, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := readSymbols(wasm)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for i, start := range symbols.starts {
		f, ok := symbols.at(start)
		inside, _ := symbols.at(start + 1)
		if !ok || inside != f {
			t.Fatalf("function %d at %d: got %v, %v, and %v one further, want one function", i, start, f, ok, inside)
		}
		if strings.HasSuffix(f.name, "testdata/sample.Sum") {
			found = strings.HasSuffix(f.file, "sample.go") && f.line > 1
		}
	}
	if !found {
		t.Error("got no sample.Sum in sample.go, want it")
	}
	if f, ok := symbols.at(0); ok {
		t.Errorf("got %v before the code, want nothing", f)
	}
}

func TestSymbolsOfSomethingElse(t *testing.T) {
	wasm, err := sample()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, wasm, want string }{
		{"not wasm", "text", "not a WebAssembly module"},
		{"cut off", string(wasm[:len(wasm)/2]), "cut off"},
		{"not Go's", "\x00asm\x01\x00\x00\x00", "no table of Go's functions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := readSymbols([]byte(test.wasm)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
