//go:build unix

package chaos

import (
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDiskFull lets the disk be full while events flow: publishing is refused, and
// the answer says why; everybody has been sent what was acknowledged, and is sent
// the rest once there is room again.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv, addr := startServer(t, "server", "-dir", dir, "-limit", "300000")
	srv.waitUp(t)
	stream := "http://" + addr + "/events"
	all := startReaders(t, stream, 6, "native")
	p := startPublisher(t, "http://"+addr+"/publish", 20, 10*time.Millisecond, 1000)
	eventually(t, "publishing is refused", func() bool { return p.lastRefusal() != "" })
	refusal := p.lastRefusal()
	if !strings.HasPrefix(refusal, "503 ") || !strings.Contains(refusal, "file too large") || !strings.Contains(refusal, dir) {
		t.Errorf("publishing is refused with %q, want a 503 that says why and where", refusal)
	}
	full := p.acknowledged()
	all.waitPast(t, full-100) // pages tell each hundredth
	for i, r := range all.native {
		eventually(t, "what was acknowledged has come", func() bool { return int(r.number.Load()) >= full })
		if i == 0 {
			r.leave()
		}
	}
	srv.kill()
	limited := srv.command
	srv.command = func() *exec.Cmd {
		cmd := limited()
		cmd.Args = append(cmd.Args, "-limit", "0")
		return cmd
	}
	srv.start(t)
	srv.waitUp(t)
	all.native[0].read(t)
	all.waitPast(t, full+100)
	published := p.finish(t)
	all.check(t, published)
	t.Logf("full after %d events: %s", full, refusal)
}

// TestDamage damages the files of a log in several ways. A server either refuses to
// start and says which directory is at fault, or serves what was acknowledged.
func TestDamage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	srv, addr := startServer(t, "server", "-dir", dir)
	srv.waitUp(t)
	p := startPublisher(t, "http://"+addr+"/publish", 20, time.Millisecond, 100)
	eventually(t, "there are events", func() bool { return p.acknowledged() > 1000 })
	published := p.finish(t)
	srv.kill()
	log, _, _ := strings.Cut(published[0], "-")
	for what, damage := range map[string]func(file string) error{
		"none":           func(string) error { return nil },
		"a byte differs": func(file string) error { return change(file, func(b []byte) []byte { b[len(b)/2] ^= 1; return b }) },
		"the end is cut": func(file string) error { return change(file, func(b []byte) []byte { return b[:len(b)*3/4] }) },
		"a hole of zeros": func(file string) error {
			return change(file, func(b []byte) []byte { clear(b[len(b)/3 : len(b)/2]); return b })
		},
		"a piece is missing": func(file string) error {
			return change(file, func(b []byte) []byte { return append(b[:len(b)/3], b[len(b)/2:]...) })
		},
		"empty": func(file string) error { return os.Truncate(file, 0) },
		"gone":  os.Remove,
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			copied := filepath.Join(t.TempDir(), "log")
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			if err := damage(largest(t, copied)); err != nil {
				t.Fatal(err)
			}
			srv, addr := startServer(t, "server", "-dir", copied)
			select {
			case <-srv.gone:
				said := srv.said.String()
				t.Log(said)
				if what == "none" || !strings.Contains(said, copied) {
					t.Error("the server does not start, and does not say that the directory is at fault")
				}
				return
			case <-srv.up:
			}
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			r := startReader(t, client, "http://"+addr+"/events", log+"-0")
			all := readers{native: []*reader{r}}
			all.check(t, published)
			t.Logf("the server starts; %d gaps", r.book.Gaps())
		})
	}
}

// largest is the largest file below a directory: where the events are.
func largest(t *testing.T, dir string) (path string) {
	t.Helper()
	var size int64
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Size() > size {
			path, size = name, info.Size()
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatalf("no file: %v", err)
	}
	return path
}

func change(file string, by func([]byte) []byte) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return os.WriteFile(file, by(content), 0o600)
}
