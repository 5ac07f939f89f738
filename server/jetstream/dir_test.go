package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/runnel-go/runnel/server"
	"github.com/shirou/gopsutil/v4/process"
)

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	s := open(t, Options{Dir: dir})
	l := openLog(t, s, "f", &Retention{MaxMessages: 100})
	name := l.Name()
	if !validName(name) {
		t.Errorf("name: got %q", name)
	}
	appendTexts(t, l, "a", "b")
	s.Close()

	s = open(t, Options{Dir: dir})
	l = openLog(t, s, "f", nil)
	if l.Name() != name {
		t.Errorf("name: got %q, want %q", l.Name(), name)
	}
	if got := appendTexts(t, l, "c"); got[0] != 3 {
		t.Errorf("append: got %d, want 3", got[0])
	}
	if got, err := l.Read(t.Context(), 1, 9); len(got) != 3 || text(got[1]) != "b" || err != nil {
		t.Errorf("read: got %v, %v", got, err)
	}
	s.Close()

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	l = openLog(t, open(t, Options{Dir: dir}), "f", nil)
	if l.Name() == name {
		t.Error("a new log has the name of the one before")
	}
	if got := appendTexts(t, l, "a"); got[0] != 1 {
		t.Errorf("append: got %d, want 1", got[0])
	}
}

func validName(name string) bool {
	return len(name) >= 1 && len(name) <= 32 && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// The numbers go on where the records have all gone.
func TestReopenEmptied(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 3 {
		s := open(t, Options{Dir: dir})
		l := openLog(t, s, "f", &Retention{MaxAge: 100 * 1e6})
		if got := appendTexts(t, l, "a", "b"); got[0] != uint64(2*i+1) {
			t.Errorf("append: got %d, want %d", got[0], 2*i+1)
		}
		eventually(t, "the records are gone", func() bool {
			oldest, newest, err := l.Bounds(t.Context())
			return err == nil && oldest > newest
		})
		s.Close()
	}
}

func TestMemoryEnds(t *testing.T) {
	names := map[string]bool{}
	for range 2 {
		s := open(t, Options{Memory: true})
		l := openLog(t, s, "f", nil)
		names[l.Name()] = true
		if got := appendTexts(t, l, "a"); got[0] != 1 {
			t.Errorf("append: got %d, want 1", got[0])
		}
		s.Close()
	}
	if len(names) != 2 {
		t.Error("two logs in memory have the same name")
	}
}

// dirVariable tells a child which directory to use.
const dirVariable = "RUNNEL_TEST_DIR"

// hold opens the directory and keeps it open until its input ends.
func hold() {
	s, err := Open(context.Background(), &Options{Dir: os.Getenv(dirVariable), Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("open")
	os.Stdin.Read(make([]byte, 1))
	s.Close()
}

func init() { parts["hold"] = hold }

func TestTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	c := startPart(t, "hold", dirVariable+"="+dir)
	if got := c.line(); got != "open" {
		t.Fatalf("child: %s", got)
	}
	_, err := Open(t.Context(), &Options{Dir: dir, Logger: quiet})
	if !errors.Is(err, errLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v", err)
	}
	c.cmd.Process.Kill()
	c.cmd.Wait()
	s := open(t, Options{Dir: dir})
	if got := startPart(t, "hold", dirVariable+"="+dir).line(); !strings.Contains(got, "another process") {
		t.Errorf("child: got %q", got)
	}
	if _, err := Open(t.Context(), &Options{Dir: dir, Logger: quiet}); !errors.Is(err, errLocked) {
		t.Errorf("twice in one process: got %v", err)
	}
	s.Close()
}

func TestNoPort(t *testing.T) {
	listening := func() (n int) {
		self, err := process.NewProcess(int32(os.Getpid()))
		if err != nil {
			t.Fatal(err)
		}
		connections, err := self.Connections()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range connections {
			if c.Status == "LISTEN" {
				n++
			}
		}
		return n
	}
	before := listening()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if got := listening(); got != before+1 {
		t.Errorf("with a listener: got %d, want %d", got, before+1)
	}
	probe.Close()
	places(t, func(t *testing.T, o Options) {
		appendTexts(t, openLog(t, open(t, o), "f", nil), "a")
		if got := listening(); got != before {
			t.Errorf("ports listened on: got %d, want %d", got, before)
		}
	})
}

func TestNotADirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := Open(t.Context(), &Options{Dir: dir, Logger: quiet}); err == nil || !strings.Contains(err.Error(), dir) {
			t.Errorf("got %v", err)
		}
	}
	if os.Getuid() != 0 { // root may write anywhere
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o500); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(t.Context(), &Options{Dir: locked, Logger: quiet}); !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), locked) {
			t.Errorf("got %v", err)
		}
	}
}

// Every kind of damage is refused, by Open or by Log, with the directory named;
// a second attempt is refused as well.
func TestDamage(t *testing.T) {
	t.Parallel()
	// Small blocks: several files.
	retention := &Retention{MaxBytes: 120_000}
	model := t.TempDir()
	s := open(t, Options{Dir: model})
	l := openLog(t, s, "f", retention)
	for i := range 12 {
		appendTexts(t, l, strconv.Itoa(i)+strings.Repeat("x", 6<<10))
	}
	s.Close()
	stream := filepath.Join("jetstream", "$G", "streams", "runnel_f")
	blocks, err := blocksIn(filepath.Join(model, stream, "msgs"))
	if err != nil || len(blocks) < 3 {
		t.Fatalf("got %d blocks, %v, want at least 3", len(blocks), err)
	}
	block := func(i int) string {
		return filepath.Join(stream, "msgs", filepath.Base(blocks[(i+len(blocks))%len(blocks)].path))
	}
	flip := func(at func(size int) int) func([]byte) []byte {
		return func(b []byte) []byte {
			b[at(len(b))] ^= 0x40
			return b
		}
	}
	middle := func(size int) int { return size / 2 }
	for _, test := range []struct {
		name   string
		file   string
		damage func([]byte) []byte // to nil: the file goes
	}{
		{"first block, middle", block(0), flip(middle)},
		{"first block, first byte", block(0), flip(func(int) int { return 0 })},
		{"middle block, middle", block(1), flip(middle)},
		{"middle block, a number", block(1), flip(func(int) int { return 5 })},
		{"middle block, last byte", block(1), flip(func(size int) int { return size - 1 })},
		{"middle block, cut", block(1), func(b []byte) []byte { return b[:len(b)/2] }},
		{"middle block, gone", block(1), func([]byte) []byte { return nil }},
		{"last block, middle", block(-1), flip(middle)},
		{"last block, last byte", block(-1), flip(func(size int) int { return size - 1 })},
		{"last block, cut", block(-1), func(b []byte) []byte { return b[:len(b)-1] }},
		{"last block, empty", block(-1), func(b []byte) []byte { return b[:0] }},
		{"last block, gone", block(-1), func([]byte) []byte { return nil }},
		{"last block, zeros", block(-1), func(b []byte) []byte { return append(b[:100], make([]byte, len(b)-100)...) }},
		{"description", filepath.Join(stream, "meta.inf"), flip(middle)},
		{"description, gone", filepath.Join(stream, "meta.inf"), func([]byte) []byte { return nil }},
		{"description's sum, gone", filepath.Join(stream, "meta.sum"), func([]byte) []byte { return nil }},
		{"mark", "f.mark", flip(func(int) int { return 14 })},
		{"mark, of another", "f.mark", func([]byte) []byte { return fmt.Appendf(nil, markFormat, "ABC", 1) }},
		{"mark, ahead", "f.mark", func([]byte) []byte { return fmt.Appendf(nil, markFormat, l.Name(), 13) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, test.file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if data = test.damage(data); data == nil {
				err = os.Remove(file)
			} else {
				err = os.WriteFile(file, data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2 {
				err := opens(t, dir)
				if err == nil || !strings.Contains(err.Error(), dir) {
					t.Errorf("attempt %d: got %v, want an error that names %s", i+1, err, dir)
				}
			}
		})
	}
	t.Run("all files gone but the mark", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
			t.Fatal(err)
		}
		if err := opens(t, dir); !errors.Is(err, server.ErrLog) || !strings.Contains(err.Error(), dir) {
			t.Errorf("got %v", err)
		}
	})
	// What only serves to start faster may be damaged, and what a process that
	// was killed leaves at the end may be there.
	for _, test := range []struct {
		name   string
		file   string
		damage func([]byte) []byte
	}{
		{"index", filepath.Join(stream, "msgs", "index.db"), flip(middle)},
		{"index, cut", filepath.Join(stream, "msgs", "index.db"), func(b []byte) []byte { return b[:10] }},
		{"a record cut off", block(-1), func(b []byte) []byte { return append(b, b[:1000]...) }},
		{"a record's head cut off", block(-1), func(b []byte) []byte { return append(b, b[:10]...) }},
		{"zeros at the end", block(-1), func(b []byte) []byte { return append(b, make([]byte, 4096)...) }},
		{"mark, empty", "f.mark", func(b []byte) []byte { return b[:0] }},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, test.file)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, test.damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			s := open(t, Options{Dir: dir})
			l := openLog(t, s, "f", nil)
			if got := appendTexts(t, l, "next"); got[0] != 13 {
				t.Errorf("append: got %d, want 13", got[0])
			}
			got, err := l.Read(t.Context(), 1, 100)
			if err != nil || len(got) != 13 || got[12].Number != 13 {
				t.Errorf("read: got %d records, %v, want 13", len(got), err)
			}
		})
	}
}

// opens opens the log of feed f in dir and reports whatever speaks against it.
func opens(t *testing.T, dir string) error {
	s, err := Open(t.Context(), &Options{Dir: dir, Logger: quiet})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Log(t.Context(), "f", nil)
	return err
}

// publishForever prints what is acknowledged, until it is killed.
func publishForever() {
	s, err := Open(context.Background(), &Options{Dir: os.Getenv(dirVariable), Logger: quiet})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := s.Log(context.Background(), "f", &Retention{MaxBytes: 1 << 20, MaxMessages: 600})
	if err != nil {
		fmt.Println(err)
		return
	}
	var print sync.Mutex
	for p := range 4 {
		go func() {
			for i := 0; ; i++ {
				content := fmt.Sprintf("%d-%d-%d", os.Getpid(), p, i)
				records := []server.Record{record(content), record(content + "'"), {Block: bytes.Repeat([]byte("x"), 3000)}}
				numbers, err := l.Append(context.Background(), records)
				print.Lock()
				if err != nil {
					fmt.Println(err)
					return
				}
				fmt.Println(numbers[0], content)
				fmt.Println(numbers[1], content+"'")
				print.Unlock()
			}
		}()
	}
	select {}
}

func init() { parts["publish"] = publishForever }

func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := map[uint64]string{}
	for round := range 5 {
		c := startPart(t, "publish", dirVariable+"="+dir)
		for range 600 {
			take(t, c.line(), acknowledged)
		}
		c.cmd.Process.Kill()
		for line := c.line(); line != ""; line = c.line() {
			take(t, line, acknowledged)
		}
		c.cmd.Wait()

		var said bytes.Buffer
		s, err := Open(t.Context(), &Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(&said, nil))})
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		l := openLog(t, s, "f", nil)
		oldest, newest, err := l.Bounds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		have := map[uint64]string{}
		next := oldest
		if err := readAll(t, l, oldest, newest, func(r server.Record) {
			if r.Number != next {
				t.Errorf("round %d: got %d, want %d", round, r.Number, next)
			}
			next++
			have[r.Number] = text(r)
		}); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for number, want := range acknowledged {
			if number < oldest {
				continue
			}
			checked++
			if have[number] != want {
				t.Errorf("round %d: message %d: got %q, want %q", round, number, have[number], want)
			}
		}
		t.Logf("round %d: messages %d to %d, %d of them looked at", round, oldest, newest, checked)
		if checked < 100 {
			t.Errorf("round %d: only %d of %d acknowledged messages are kept", round, checked, len(acknowledged))
		}
		s.Close()
		if t.Failed() {
			t.Fatal(said.String())
		}
	}
}

func take(t *testing.T, line string, into map[uint64]string) {
	t.Helper()
	digits, content, is := strings.Cut(line, " ")
	number, err := strconv.ParseUint(digits, 10, 64)
	if !is || err != nil {
		t.Fatalf("child: %q", line)
	}
	if was, twice := into[number]; twice {
		t.Errorf("message %d: got %q, and %q before", number, content, was)
	}
	into[number] = content
}

func readAll(t *testing.T, l *Log, from, to uint64, each func(server.Record)) error {
	for from <= to {
		page, err := l.Read(t.Context(), from, 1000)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			return fmt.Errorf("nothing at %d", from)
		}
		for _, r := range page {
			each(r)
		}
		from = page[len(page)-1].Number + 1
	}
	return nil
}

// endsLater is a context that is canceled once it has been looked at so often.
type endsLater struct {
	context.Context
	looks  int
	cancel func()
}

func (c *endsLater) Err() error {
	if c.looks--; c.looks < 0 {
		c.cancel()
	}
	return c.Context.Err()
}

// Where only the time runs out while the files are read, that is said, and not that
// the log should be removed. It is opened later as it was.
func TestContextEndsWhileFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Options{Dir: dir})
	l := openLog(t, s, "f", &Retention{MaxBytes: 120_000})
	for i := range 12 {
		appendTexts(t, l, strconv.Itoa(i)+strings.Repeat("x", 6<<10))
	}
	name := l.Name()
	s.Close()
	cause := errors.New("the operator is impatient")
	for looks := range 3 { // some blocks are read before
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := Open(&endsLater{ctx, looks, func() { cancel(cause) }}, &Options{Dir: dir, Logger: quiet})
		if !errors.Is(err, cause) || !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "remove") ||
			!strings.Contains(err.Error(), "more time") {
			t.Errorf("after %d looks: got %v, want the cause and nothing of a removal", looks, err)
		}
		cancel(nil)
	}
	l = openLog(t, open(t, Options{Dir: dir}), "f", nil)
	if got, err := l.Read(t.Context(), 1, 20); l.Name() != name || len(got) != 12 || err != nil {
		t.Errorf("got %d records of %s, %v, want 12 of %s", len(got), l.Name(), err, name)
	}
}
