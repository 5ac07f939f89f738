package chrome

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// TestBrowserHangs holds that a browser which has hung is an error of whoever asks
// for a profile or a tab, in bounded time, and ends then.
func TestBrowserHangs(t *testing.T) {
	for name, ask := range map[string]func(*Browser) error{
		"making a profile": func(b *Browser) error { _, _, err := b.Isolate(); return err },
		"opening a tab":    func(b *Browser) error { _, _, err := b.Tab("", func(any) {}); return err },
	} {
		t.Run(name, func(t *testing.T) {
			temp := TempDir(t)
			t.Setenv("TMPDIR", temp)
			browser, err := Start(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer browser.Close()
			browser.patience = 200 * time.Millisecond
			for _, process := range processes(t, temp) {
				if err := syscall.Kill(process, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
				defer syscall.Kill(process, syscall.SIGCONT) // fails once it is gone
			}
			want := name + ": the browser has not answered within 200ms, and was ended"
			if err := ask(browser); err == nil || err.Error() != want {
				t.Errorf("got error %v, want %s", err, want)
			}
			<-browser.Done()
			for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
				left, err := os.ReadDir(temp)
				if err == nil && len(left) == 0 {
					break
				}
				if time.Since(start) > timescale.Bound(time.Minute) {
					t.Fatalf("got %v, %v left in the temporary folder, want nothing", left, err)
				}
			}
		})
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
