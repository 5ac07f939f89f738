//go:build linux || darwin

package jetstream

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/runnel-go/runnel/server"
)

// fill appends to a log whose files may not grow beyond a bound, as on a disk
// that is full, until that fails.
func fill() {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(context.Background(), &Options{Dir: os.Getenv(dirVariable), Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := s.Log(context.Background(), "f", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	limit := syscall.Rlimit{Cur: 100 << 10, Max: 100 << 10}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println(err)
		return
	}
	failed := 0
	for i := 0; failed < 2; i++ {
		numbers, err := l.Append(context.Background(), []server.Record{{Block: bytes.Repeat([]byte("data: x\n"), 200)}})
		if err != nil {
			failed++
			fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", "; "))
			continue
		}
		fmt.Println("number", numbers[0])
	}
	got, err := l.Read(context.Background(), 1, 1000)
	fmt.Println("read", len(got), err)
	s.Close()
	fmt.Println("closed")
}

func init() { parts["fill"] = fill }

func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startPart(t, "fill", dirVariable+"="+dir)
	acknowledged, failures, closed := 0, 0, false
	for line := c.line(); line != ""; line = c.line() {
		what, rest, _ := strings.Cut(line, " ")
		switch what {
		case "number":
			acknowledged++
			if rest != strconv.Itoa(acknowledged) || failures > 0 {
				t.Errorf("got number %s after %d errors, want %d", rest, failures, acknowledged)
			}
		case "error":
			failures++
			t.Log(rest)
			if !strings.Contains(rest, "file too large") || !strings.Contains(rest, dir) {
				t.Errorf("got error %q, want what the system said, and the directory", rest)
			}
		case "read":
			if rest != fmt.Sprint(acknowledged, " <nil>") {
				t.Errorf("read in the same process: got %s, want %d", rest, acknowledged)
			}
		case "closed":
			closed = true
		default:
			t.Fatal(line)
		}
	}
	if acknowledged < 10 || failures != 2 || !closed {
		t.Fatalf("got %d acknowledgements, %d errors, closed %v", acknowledged, failures, closed)
	}
	l := openLog(t, open(t, Options{Dir: dir}), "f", nil)
	got, err := l.Read(t.Context(), 1, 1000)
	if len(got) != acknowledged || err != nil {
		t.Errorf("afterwards: got %d records, %v, want %d", len(got), err, acknowledged)
	}
	if got := appendTexts(t, l, "next"); got[0] != uint64(acknowledged+1) {
		t.Errorf("afterwards: got number %d, want %d", got[0], acknowledged+1)
	}
}
