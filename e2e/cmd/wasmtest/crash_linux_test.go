package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// browserProcesses returns the processes whose command line names dir.
func browserProcesses(t *testing.T, dir string) []int {
	t.Helper()
	commands, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var found []int
	for _, file := range commands {
		command, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(command), "--user-data-dir="+dir) {
			continue // not ours, or ended in the meantime
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, pid)
	}
	return found
}

func TestBrowserCrash(t *testing.T) {
	t.Parallel()
	cmd, temp, stderr := started(t)
	running := browserProcesses(t, temp)
	if len(running) == 0 {
		t.Fatal("got no browser process, want some")
	}
	for _, pid := range running {
		syscall.Kill(pid, syscall.SIGKILL) // it may have ended with another one
	}
	if code := exitCode(t, cmd.Wait()); code != codeFailed {
		t.Errorf("got exit code %d, want %d", code, codeFailed)
	}
	message := stderr.String()
	if !strings.Contains(message, "wasmtest: the browser") || !strings.Contains(message, "before the tests did") &&
		!strings.Contains(message, "page has crashed") {
		t.Errorf("got %q, want that the browser has ended", message)
	}
	expectEmpty(t, temp)
	if left := browserProcesses(t, temp); len(left) > 0 {
		t.Errorf("got processes %v left, want none", left)
	}
}
