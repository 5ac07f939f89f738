//go:build !js

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/runnel-go/runnel/e2e/timescale"
)

// TestOutputs runs with everything that go test passes to a test binary: what
// the binary writes arrives here.
func TestOutputs(t *testing.T) {
	for _, in := range []string{"page", "worker"} {
		t.Run(in, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			coverage := filepath.Join(dir, "coverage")
			if err := os.Mkdir(coverage, 0o755); err != nil {
				t.Fatal(err)
			}
			cmd, temp := runner(t, in, "Test(Arguments|Busy|Files|Stream)",
				"-test.v", "-test.count=2", "-test.bench=Sum", "-test.benchtime=3000x", "-test.timeout="+timescale.Bound(5*time.Minute).String(),
				"-test.outputdir="+dir, "-test.cpuprofile=cpu.out", "-test.memprofile=mem.out",
				"-test.blockprofile=block.out", "-test.mutexprofile=mutex.out", "-test.trace=trace.out",
				"-test.coverprofile="+filepath.Join(dir, "cover.out"), "-test.gocoverdir="+coverage, "-word=given")
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if code := exitCode(t, cmd.Run()); code != 0 || stderr.Len() > 0 {
				t.Errorf("got exit code %d, stderr %q, want 0 and nothing", code, stderr.String())
			}
			once := []string{
				"=== RUN   TestArguments\n", "word=given variable=set\n", "--- PASS: TestArguments",
				"--- PASS: TestBusy", "--- PASS: TestFiles", "--- PASS: TestStream",
			}
			expectParts(t, "stdout", stdout.String(), slices.Concat(once, once, []string{
				"\nBenchmarkSum ", " ns/op\n", "BenchmarkSum ", " ns/op\n", "PASS\n", "coverage: ", "% of statements",
			}))
			expectEmpty(t, temp)

			expectIn(t, filepath.Join(dir, "cpu.out"), "wasmtest/testdata/sample.Sum", "cpu")
			expectIn(t, filepath.Join(dir, "mem.out"), "wasmtest/testdata/sample.TestBusy", "alloc_space")
			for _, name := range []string{"block.out", "mutex.out"} {
				parsed(t, filepath.Join(dir, name))
			}
			if trace := contentOf(t, filepath.Join(dir, "trace.out")); !strings.HasPrefix(trace, "go 1.") {
				t.Errorf("got trace %.20q, want Go's", trace)
			}
			expectParts(t, "coverage", contentOf(t, filepath.Join(dir, "cover.out")), []string{
				"mode: set\n", "/sample.go:", " 0\n", "/sample.go:", " 1\n", // the branch not taken, the loop
			})
			for _, pattern := range []string{"covmeta.*", "covcounters.*"} {
				if files, err := filepath.Glob(filepath.Join(coverage, pattern)); err != nil || len(files) != 1 {
					t.Errorf("%s: got %v, %v, want one file", pattern, files, err)
				}
			}
		})
	}
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// parsed reads a profile as go tool pprof does.
func parsed(t *testing.T, path string) *profile.Profile {
	t.Helper()
	parsed, err := profile.ParseData([]byte(contentOf(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return parsed
}

// expectIn fails unless the function of that name has some of a profile's value of that
// type, itself. How large its share is depends on what else the machine does.
func expectIn(t *testing.T, path, name, value string) {
	t.Helper()
	p := parsed(t, path)
	index, err := p.SampleIndexByName(value)
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]int64)
	for _, sample := range p.Sample {
		if len(sample.Location) > 0 && len(sample.Location[0].Line) > 0 {
			byName[sample.Location[0].Line[0].Function.Name] += sample.Value[index]
		}
	}
	for function, value := range byName {
		if strings.HasSuffix(function, name) && value > 0 {
			return
		}
	}
	t.Errorf("%s: got %v, want some in %s", filepath.Base(path), byName, name)
}
