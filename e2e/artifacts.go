//go:build !js

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// artifactsVariable names the folder in which failed tests leave theirs.
const artifactsVariable = "RUNNEL_ARTIFACTS"

// artifactDir returns the folder of t's artifacts: named by the test, in
// $RUNNEL_ARTIFACTS, or in build/e2e of the module that the test belongs to.
func artifactDir(t testing.TB) string {
	root := os.Getenv(artifactsVariable)
	if root == "" {
		root = filepath.Join(moduleRoot(), "build", "e2e")
	}
	return filepath.Join(root, filepath.FromSlash(unfit.ReplaceAllString(t.Name(), "_")))
}

// unfit matches what some file system does not take in a name.
var unfit = regexp.MustCompile(`[^A-Za-z0-9_.#/-]|\.\.+`)

// moduleRoot returns the nearest folder, from the working directory up, that
// holds a go.mod, or else the working directory.
func moduleRoot() string {
	start, err := os.Getwd()
	if err != nil {
		return "."
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}

// discardArtifacts removes what an earlier run of t has left, so that what lies
// there is always of the last one.
func discardArtifacts(t testing.TB) {
	t.Helper()
	if err := os.RemoveAll(artifactDir(t)); err != nil {
		t.Errorf("e2e: removing old artifacts: %v", err)
	}
}

// saveArtifact writes one file into t's folder and returns its path.
func saveArtifact(t testing.TB, name string, content []byte) (string, error) {
	dir := artifactDir(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	return path, os.WriteFile(path, content, 0o644)
}
