package chrome

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestBrowserHangs holds that a browser which has hung is an error of whoever asks
// for a profile or a tab, in bounded time, and that it can be closed.
func TestBrowserHangs(t *testing.T) {
	temp := TempDir(t)
	t.Setenv("TMPDIR", temp)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	browser, err := Start(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	browser.patience = 200 * time.Millisecond
	for _, process := range processes(t, temp) {
		if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		defer syscall.Kill(process, syscall.SIGCONT) // fails once it is gone
	}
	_, _, err = browser.Isolate()
	expectError(t, err, "making a profile: the browser has not answered within 200ms")
	_, _, err = browser.Tab("", func(any) {})
	expectError(t, err, "opening a tab: the browser has not answered within 200ms")
	end()
	<-browser.Done()
	browser.Close()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left in the temporary folder, want nothing", left, err)
	}
}

func expectError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("got error %v, want %s", err, want)
	}
}

// processes returns those of the browser itself whose profile is below dir: not
// the shell that guards it.
func processes(t *testing.T, dir string) (found []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		command, err := os.ReadFile(file) // fails when the process has just ended
		if err != nil || !strings.Contains(string(command), "--user-data-dir="+dir) || strings.HasPrefix(string(command), "/bin/sh") {
			continue
		}
		id, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, id)
	}
	if len(found) == 0 {
		t.Fatal("the browser is not found")
	}
	return found
}
