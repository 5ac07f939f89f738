//go:build !js

package axe

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// TestScript holds that the script is the pinned one, and that its licence lies
// beside it.
func TestScript(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256([]byte(Script))
	if got := hex.EncodeToString(sum[:]); got != SHA256 {
		t.Errorf("got axe.min.js with SHA-256 %s, want %s", got, SHA256)
	}
	if want := "/*! axe v" + Version + "\n"; !strings.HasPrefix(Script, want) {
		t.Errorf("got a script that begins with %q, want %q", Script[:len(want)], want)
	}
	for file, want := range map[string]string{"LICENSE": "Mozilla Public License, version 2.0", "LICENSE-3RD-PARTY.txt": "MIT License"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(strings.Join(strings.Fields(string(text)), " "), want) {
			t.Errorf("%s: got %.60q, want it to hold %q", file, text, want)
		}
	}
}
