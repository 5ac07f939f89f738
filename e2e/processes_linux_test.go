package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// usersOf returns the command lines of the processes that name dir in theirs.
func usersOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var users []string
	for _, file := range files {
		command, err := os.ReadFile(file) // fails when the process has just ended
		if err == nil && strings.Contains(string(command), dir) {
			users = append(users, string(command))
		}
	}
	return users
}
