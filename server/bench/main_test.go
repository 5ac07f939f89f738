//go:build unix

package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/server"
)

// TestMain lets the test's program be the child processes too. They know the
// contestants that are only there to be found out.
func TestMain(m *testing.M) {
	for name, liar := range liars {
		kinds[name] = func() (*feed, error) { return newLiar(liar.number, liar.times) }
	}
	if len(os.Args) > 1 && roles[os.Args[1]] != nil {
		main()
	}
	// Else each child with the race detector waits a second before it is gone.
	os.Setenv("GORACE", strings.TrimSpace(os.Getenv("GORACE")+" atexit_sleep_ms=0"))
	os.Exit(m.Run())
}

// liars are contestants that publish one event more often or less often than
// they are told.
var liars = map[string]struct {
	number int64
	times  int
	want   string // in the error
}{
	"forgetful":             {3, 0, "event 4 comes after event 2"},
	"stuttering":            {3, 2, "event 3 comes after event 3"},
	"stuttering at the end": {10, 2, "event 10 comes after event 10"},
}

func newLiar(number int64, times int) (*feed, error) {
	f, err := newRunnel()
	if err != nil {
		return nil, err
	}
	publish := f.publish
	f.publish = func(ctx context.Context, q quote) error {
		n := 1
		if q.Number == number {
			n = times
		}
		var errs []error
		for range n {
			errs = append(errs, publish(ctx, q))
		}
		return errors.Join(errs...)
	}
	return f, nil
}

func testBench(t *testing.T) *bench {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &bench{program: program, rounds: 1, scale: 500, progress: &progress{out: t.Output()}, report: newReport()}
}

// TestEveryContestantIsMeasured runs the whole thing, with a few clients each.
func TestEveryContestantIsMeasured(t *testing.T) {
	file := filepath.Join(t.TempDir(), "build", "bench-server.json")
	profiles := filepath.Join(t.TempDir(), "profiles")
	var out strings.Builder
	args := []string{"-peers=false", "-rounds", "1", "-scale", "1000", "-out", file, "-cpuprofile", profiles}
	if code := runBench(t.Context(), args, &out, &progress{out: t.Output()}); code != 0 {
		t.Fatalf("exited with %d and\n%s", code, &out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		if strings.HasSuffix(b.key, mercure) {
			continue // a peer: its program is not here
		}
		if got.Ratios[b.key] == nil {
			t.Errorf("got no ratio %s", b.key)
		}
		if !strings.Contains(out.String(), b.key) {
			t.Errorf("got no %s in\n%s", b.key, &out)
		}
	}
	for _, name := range []string{joe, runnel} {
		if stalled := got.Stalled[name]; stalled[delivered] != stalled[wanted] {
			t.Errorf("got %v beside so short a stall, want all delivered", stalled)
		}
		for _, measure := range []string{burstCost, steadyCost, p99} {
			if points := got.Growth[measure][name]; len(points) != len(growthPoints) {
				t.Errorf("%s of %s: got %v, want %d points", measure, name, points, len(growthPoints))
			}
		}
	}
	for _, name := range []string{runnel, disk, synced, cluster} {
		if got.Publish[name][p50] <= 0 {
			t.Errorf("publishing to %s: got %v, want figures", name, got.Publish[name])
		}
	}
	if files, err := filepath.Glob(filepath.Join(profiles, "*.pprof")); err != nil || len(files) == 0 {
		t.Errorf("got the profiles %v, %v", files, err)
	}
}

// TestLiarsAreFoundOut holds that a contestant has no figure of which a client
// did not get all, in order and once.
func TestLiarsAreFoundOut(t *testing.T) {
	for name, liar := range liars {
		t.Run(name, func(t *testing.T) {
			err := testBench(t).trial(t.Context(), name, 0, func(trial *trial) error {
				if err := trial.connect(2); err != nil {
					return err
				}
				if _, err := trial.burst(10); err != nil {
					return err
				}
				return trial.finish()
			})
			if err == nil || !strings.Contains(err.Error(), liar.want) {
				t.Errorf("got %v, want %q in it", err, liar.want)
			}
		})
	}
}

func TestWrongContestantHasNoFigure(t *testing.T) {
	b := testBench(t)
	got, err := b.run(t.Context(), "fanout", []string{runnel, "forgetful"}, 1, 0, func(trial *trial) (map[string]float64, error) {
		if err := trial.connect(1); err != nil {
			return nil, err
		}
		return map[string]float64{p50: 1}, trial.publish(5, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	if values := got.of(runnel, p50); !slices.Equal(values, []float64{1}) {
		t.Errorf("got %v of who was right, want [1]", values)
	}
	if values := got.of("forgetful", p50); values != nil {
		t.Errorf("got %v of who was wrong, want nothing", values)
	}
	if reason := b.report.Wrong["forgetful fanout"]; !strings.Contains(reason, "event 4 comes after event 2") {
		t.Errorf("got the reason %q", reason)
	}
}

// TestServerThatAnswersNoStreamIsFoundOut holds that a refusal is told as such.
func TestServerThatAnswersNoStreamIsFoundOut(t *testing.T) {
	f := server.New(nil)
	f.Close() // answers with 503
	s := &serving{feed: &feed{Handler: f, close: f.Close}}
	if err := s.listen(); err != nil {
		t.Fatal(err)
	}
	defer s.close()
	fleet, err := newFleet(s.hello().Address, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer fleet.close()
	if err := fleet.connect(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.await(0, patience); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("got %v, want the status in it", err)
	}
}

func TestUsage(t *testing.T) {
	tests := []struct {
		args []string
		want int
	}{
		{[]string{"-h"}, 0},
		{[]string{"-rounds", "0"}, codeUsage},
		{[]string{"-only", "nothing"}, codeUsage},
		{[]string{"-nothing"}, codeUsage},
		{[]string{"word"}, codeUsage},
		{[]string{"-only", "fanout", "-out", "/dev/null/x", "-scale", "1000", "-rounds", "1", "-peers=false"}, codeFailed},
	}
	for _, test := range tests {
		if got := runBench(t.Context(), test.args, io.Discard, &progress{out: t.Output()}); got != test.want {
			t.Errorf("%v: got %d, want %d", test.args, got, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := runBench(ctx, []string{"-scale", "1000", "-peers=false"}, io.Discard, &progress{out: t.Output()}); got != codeInterrupted {
		t.Errorf("interrupted: got %d, want %d", got, codeInterrupted)
	}
}

func TestOnly(t *testing.T) {
	if _, err := only("fanout,nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v, want an error that names it", err)
	}
	wanted, err := only("memory,growth")
	if err != nil || !wanted("memory") || wanted("fanout") {
		t.Errorf("got %v", err)
	}
}
