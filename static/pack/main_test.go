package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// outputs returns what stands in dir, unpacked, by the files' names.
func outputs(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]string)
	for _, entry := range entries {
		file, err := os.Open(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		var r io.Reader = file
		switch filepath.Ext(entry.Name()) {
		case ".br":
			r = brotli.NewReader(file)
		case ".gz":
			if r, err = gzip.NewReader(file); err != nil {
				t.Fatal(err)
			}
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = string(content)
	}
	return found
}

func TestPack(t *testing.T) {
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "new", "dist")
	program := write(t, filepath.Join(in, "demo.wasm"), strings.Repeat("wasm ", 1000))
	script := write(t, filepath.Join(in, "run.js"), "")
	var stdout, stderr bytes.Buffer
	if status := run([]string{"-out", out, program, script}, &stdout, &stderr); status != 0 {
		t.Fatalf("got status %d, %s, want 0", status, &stderr)
	}
	found := outputs(t, out)
	for name, want := range map[string]string{"demo.wasm": strings.Repeat("wasm ", 1000), "run.js": ""} {
		for _, suffix := range []string{"", ".br", ".gz"} {
			if got, there := found[name+suffix]; !there || got != want {
				t.Errorf("%s%s: got %q (there: %v), want %q", name, suffix, got, there, want)
			}
		}
	}
	if len(found) != 6 {
		t.Errorf("got %d files, want 6", len(found))
	}
	if !strings.Contains(stdout.String(), "demo.wasm: 5.0 KB, brotli ") {
		t.Errorf("got output %q, want the sizes in it", &stdout)
	}
}

func TestPackLeavesWhatIsCurrent(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	source := write(t, filepath.Join(in, "a.js"), "let a")
	pack := func() string {
		var stdout, stderr bytes.Buffer
		if status := run([]string{"-out", out, source}, &stdout, &stderr); status != 0 {
			t.Fatalf("got status %d, %s, want 0", status, &stderr)
		}
		return stdout.String()
	}
	pack()
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	names := []string{"a.js", "a.js.br", "a.js.gz"}
	for _, name := range names {
		if err := os.Chtimes(filepath.Join(out, name), long, long); err != nil {
			t.Fatal(err)
		}
	}
	// The source is newer and the same: only its content counts.
	write(t, source, "let a")
	if output := pack(); output != "" {
		t.Errorf("second run: got output %q, want none", output)
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(long) {
			t.Errorf("%s was written again", name)
		}
	}

	write(t, source, "let b")
	pack()
	write(t, filepath.Join(out, "a.js.br"), "broken")
	pack()
	for name, content := range outputs(t, out) {
		if content != "let b" {
			t.Errorf("%s: got %q, want %q", name, content, "let b")
		}
	}
}

func TestPackTellsOfWhatTakesLong(t *testing.T) {
	out := t.TempDir()

	var stdout bytes.Buffer
	told := make(chan struct{})
	slow := format{name: "slow", suffix: ".slow", writer: func(w io.Writer) (io.WriteCloser, error) {
		<-told // so the line comes while it still compresses
		return gzip.NewWriter(w), nil
	}}
	p := &packer{out: out, stdout: writerFunc(func(b []byte) (int, error) {
		defer close(told)
		return stdout.Write(b)
	})}
	if r := p.packAs(slow, filepath.Join(out, "large"), nil); r.err != nil {
		t.Fatal(r.err)
	}
	if got, want := stdout.String(), "compressing 0 B with slow"; !strings.Contains(got, want) {
		t.Errorf("got output %q, want %q in it", got, want)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestPackErrors(t *testing.T) {
	dir := t.TempDir()
	a := write(t, filepath.Join(dir, "a"), "")
	ab := write(t, filepath.Join(dir, "a.br"), "")
	for _, test := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"no file", nil, 2, "usage"},
		{"bad flag", []string{"-fast", a}, 2, "-fast"},
		{"missing file", []string{"-out", t.TempDir(), filepath.Join(dir, "none")}, 1, "none"},
		{"same name twice", []string{"-out", t.TempDir(), a, a}, 1, "would both become a"},
		{"name of a compressed form", []string{"-out", t.TempDir(), a, ab}, 1, "would both become a.br"},
		{"out is a file", []string{"-out", a, ab}, 1, a},
		{"help", []string{"-h"}, 0, "usage"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if got := run(test.args, &stdout, &stderr); got != test.status {
				t.Errorf("got status %d, want %d", got, test.status)
			}
			if !strings.Contains(stderr.String(), test.want) {
				t.Errorf("got %q, want %q in it", &stderr, test.want)
			}
		})
	}
}
