package sample

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

var word = flag.String("word", "", "an argument for TestArguments")

func TestOutput(t *testing.T) {
	fmt.Println("one")
	fmt.Print("two ")
	fmt.Fprintln(os.Stderr, "to stderr")
	fmt.Print("three\n")
	fmt.Print("no newline at the end")
}

func TestArguments(t *testing.T) {
	fmt.Printf("word=%s variable=%s\n", *word, os.Getenv("SAMPLE_VARIABLE"))
}

func TestFail(t *testing.T) { t.Error("on purpose") }

func TestPanic(t *testing.T) { panic("on purpose") }

func TestExit(t *testing.T) { os.Exit(7) }

func TestWait(t *testing.T) {
	fmt.Println("waiting")
	time.Sleep(time.Hour)
}

func TestSpin(t *testing.T) {
	fmt.Println("spinning")
	for {
	}
}

// TestBusy is in Sum for far longer than a profile's interval, on any machine.
func TestBusy(t *testing.T) {
	for range 100 {
		if Sum(1_000_000) == 0 {
			t.Error("got 0, want a sum")
		}
	}
	kept = make([]byte, 4<<20)
}

// kept is for a profile of the memory to show.
var kept []byte

func BenchmarkSum(b *testing.B) {
	for b.Loop() {
		Sum(1000)
	}
}

func TestFiles(t *testing.T) {
	content, err := os.ReadFile("testdata/file.txt")
	if err != nil || string(content) != "a file" {
		t.Errorf("got %q, %v, want the file's text", content, err)
	}
	if _, err := os.Stat("testdata/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want ErrNotExist", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b.bin")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	want := make([]byte, 3<<20)
	for i := range want {
		want[i] = byte(i * 7)
	}
	if err := os.WriteFile(path, want, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != string(want) {
		t.Errorf("got %d bytes, %v, want the %d written", len(got), err, len(want))
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || !entries[0].IsDir() {
		t.Errorf("got %v, %v, want the folder a", entries, err)
	}
	t.Chdir(dir)
	if _, err := os.Stat("a/b.bin"); err != nil {
		t.Error(err)
	}
}

func TestStream(t *testing.T) {
	// Counted anew each time that the test is run.
	key := strconv.FormatInt(time.Now().UnixNano(), 36)
	url := os.Getenv("WASMTEST_ORIGIN") + "/stream?key=" + key + "&body=ZGF0YTogMQoK&repeat=2&status=200&status=503"
	for _, want := range []int{200, 503} {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != "data: 1\n\ndata: 1\n\n" || response.StatusCode != want {
			t.Errorf("got %d, %q, %v, want status %d", response.StatusCode, body, err, want)
		}
	}
}
