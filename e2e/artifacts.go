//go:build !js

package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
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

// sites counts the sites of each test that is running.
var sites struct {
	mu   sync.Mutex
	used map[testing.TB]int
}

// siteNumber counts the sites of t, from 1. With the first one it removes what an
// earlier run of t has left, so that what lies there is always of the last one.
func siteNumber(t testing.TB) int {
	t.Helper()
	sites.mu.Lock()
	if sites.used == nil {
		sites.used = make(map[testing.TB]int)
	}
	sites.used[t]++
	number := sites.used[t]
	sites.mu.Unlock()
	if number > 1 {
		return number
	}
	if err := os.RemoveAll(artifactDir(t)); err != nil {
		t.Errorf("e2e: removing old artifacts: %v", err)
	}
	t.Cleanup(func() {
		sites.mu.Lock()
		defer sites.mu.Unlock()
		delete(sites.used, t)
	})
	return number
}

// leave writes files, by name, into t's folder and prints where they are.
func leave(t testing.TB, whose string, files map[string][]byte) {
	t.Helper()
	var left []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if _, err := saveArtifact(t, name, files[name]); err != nil {
			t.Logf("e2e: %s%v", whose, err)
			continue
		}
		left = append(left, name)
	}
	if len(left) > 0 {
		t.Logf("e2e: %sleft in %s: %s", whose, artifactDir(t), strings.Join(left, ", "))
	}
}

// saveArtifact writes a file into t's folder and returns its path.
func saveArtifact(t testing.TB, name string, content []byte) (path string, err error) {
	dir := artifactDir(t)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	path = filepath.Join(dir, name)
	return path, os.WriteFile(path, content, 0o644)
}

// fileName returns the name of an artifact of the site: the first one's are
// without a prefix.
func (s *Site) fileName(name string) string {
	if s.number > 1 {
		return fmt.Sprintf("site-%d-%s", s.number, name)
	}
	return name
}

// saveIfFailed leaves the network log if the test has failed.
func (s *Site) saveIfFailed() {
	s.t.Helper()
	if s.t.Failed() && s.app.URL == "" {
		leave(s.t, "", map[string][]byte{s.fileName("network.txt"): []byte(s.log.text())})
	}
}
