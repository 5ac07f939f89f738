//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sampleReport has a ratio that is kept, one of each kind that is missed, one
// for information, and one to a contestant that was wrong.
func sampleReport() *report {
	r := newReport()
	got := newSeries()
	for range 3 {
		got.note(runnel, map[string]float64{fanoutRate: 300_000, idleBytes: 30_000, p50: 1}, nil)
		got.note(joe, map[string]float64{fanoutRate: 150_000, idleBytes: 20_000, p50: 2}, nil)
	}
	r.compare(got, fanoutRate, "fanout")
	r.compare(got, idleBytes, "idle_memory")
	r.compare(got, p50, "p50")
	wrong := newSeries()
	wrong.note(runnel, map[string]float64{p99: 1}, nil)
	wrong.note(joe, nil, errors.New("a gap"))
	r.Wrong["joe latency"] = wrong.wrong[joe]
	r.compare(wrong, p99, "p99")
	r.growth(got, 1_000)
	stall := newSeries()
	stall.note(joe, map[string]float64{wanted: 3000, published: 900, delivered: 899}, nil)
	r.stalled(stall)
	return r
}

func TestReportPrints(t *testing.T) {
	var out strings.Builder
	sampleReport().print(&out)
	for _, want := range []string{
		"fanout_events_per_cpu_second                   150000 (150000–150000)         300000 (300000–300000)",
		"fanout_vs_joe                   2.00           2.00–2.00    ≥ 1.50  kept",
		"idle_memory_vs_joe              1.50           1.50–1.50    ≤ 1.10  MISSED by 36.4 %",
		"p50_vs_joe                     0.500         0.500–0.500         –\n",
		"p99_vs_joe                         –                   –    ≤ 1.10  WRONG, see below",
		"WRONG: joe latency: a gap",
		"joe                      900 of 3000 events were published, and 899 have reached all others",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant in it %q", &out, want)
		}
	}
}

func TestBounds(t *testing.T) {
	tests := []struct {
		name    string
		bound   bound
		value   float64
		missed  bool
		percent float64
	}{
		{"at least, kept", bound{AtLeast: 1.5}, 1.5, false, 0},
		{"at least, missed", bound{AtLeast: 1.5}, 0.75, true, 50},
		{"at most, kept", bound{AtMost: 1.1}, 1.1, false, 0},
		{"at most, missed", bound{AtMost: 1}, 1.25, true, 25},
		{"none", bound{}, 9, false, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if percent, missed := test.bound.missed(test.value); missed != test.missed || percent != test.percent {
				t.Errorf("got %v, %v, want %v, %v", percent, missed, test.percent, test.missed)
			}
		})
	}
}

func TestReportIsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "build", "bench-server.json")
	if err := sampleReport().write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if value := got.Ratios["fanout_vs_joe"]; value == nil || *value != 2 {
		t.Errorf("got the ratio %v, want 2", value)
	}
	if value, ok := got.Ratios["p99_vs_joe"]; value != nil || !ok {
		t.Errorf("got the ratio %v to one that was wrong, want null", value)
	}
	if !slices.Equal(got.Missed, []string{"idle_memory_vs_joe"}) {
		t.Errorf("got %v missed, want idle_memory_vs_joe", got.Missed)
	}
	if got.Bounds["fanout_vs_joe"].AtLeast != 1.5 || got.Bounds["p99_vs_joe"].AtMost != 1.1 || len(got.Bounds) != 3 {
		t.Errorf("got the bounds %v", got.Bounds)
	}
	if got.Growth[p50][joe]["1000"] != 2 {
		t.Errorf("got the growth %v", got.Growth)
	}
}
