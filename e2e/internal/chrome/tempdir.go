//go:build !js

package chrome

import (
	"os"
	"testing"
)

// TempDir makes a temporary directory for a test, which is removed when the test
// ends. Unlike t.TempDir's, its path is short enough for a browser's socket, so it
// can be the TMPDIR of what starts a browser.
func TempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
