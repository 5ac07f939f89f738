//go:build !js

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sampleReport has a ratio that is kept, one that is missed, one for
// information, and a contestant that was wrong.
func sampleReport() *report {
	r := newReport()
	got := newSeries()
	got.set("runnel_fetch", []float64{4, 5, 6}, nil)
	got.note("js_parser", 0, errSilent)
	r.time("runnel_fetch", small, got)
	r.time("js_parser", small, got)
	r.growth("runnel_fetch", "subscriptions", "10", got)
	r.ratio("native_vs_js_eventsource", []float64{0.5, 0.75, 0.6})
	r.ratio("native_vs_js_eventsource_batches", []float64{2})
	r.ratio("brotli_kb", []float64{792})
	r.ratio("fetch_vs_js_parser", quotients(got.of("runnel_fetch"), got.of("js_parser")))
	return r
}

func TestReportPrints(t *testing.T) {
	var out strings.Builder
	sampleReport().print(&out)
	for _, want := range []string{
		"runnel_fetch                         5.00 (4.00–6.00)",
		"native_vs_js_eventsource               0.600         0.500–0.750      1.00  kept",
		"native_vs_js_eventsource_batches        2.00           2.00–2.00         –\n",
		"brotli_kb                                792             792–792       720  MISSED by 10.0 % (KB)",
		"fetch_vs_js_parser                         –                   –     0.800  WRONG, see below",
		"WRONG: js_parser small: nothing has come",
		"subscriptions",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got\n%s\nwant in it %q", &out, want)
		}
	}
}

func TestReportIsJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "build", "bench.json")
	if err := sampleReport().write(file); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Ratios map[string]*float64
		Spread map[string][2]float64
		Bounds map[string]float64
		Missed []string
		Times  map[string]map[string]times `json:"times_us_per_event"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if value := got.Ratios["native_vs_js_eventsource"]; value == nil || *value != 0.6 {
		t.Errorf("got the ratio %v, want 0.6", value)
	}
	if value, ok := got.Ratios["fetch_vs_js_parser"]; value != nil || !ok {
		t.Errorf("got the ratio %v to one that was wrong, want null", value)
	}
	if got.Spread["native_vs_js_eventsource"] != [2]float64{0.5, 0.75} {
		t.Errorf("got the spread %v", got.Spread)
	}
	if !slices.Equal(got.Missed, []string{"brotli_kb"}) {
		t.Errorf("got %v missed, want brotli_kb", got.Missed)
	}
	if got.Bounds["fetch_vs_js_parser_1k"] != 1.4 || got.Times["runnel_fetch"][small].Median != 5 {
		t.Errorf("got %s", text)
	}
}

func TestOnly(t *testing.T) {
	if _, err := only("section", "burst,nothing", sectionNames()); err == nil || !strings.Contains(err.Error(), `no section "nothing"`) {
		t.Errorf("got %v, want an error that names it", err)
	}
	wanted, err := only("section", "decode,size", sectionNames())
	if err != nil || !wanted("decode") || wanted("burst") {
		t.Errorf("got %v", err)
	}
	if wanted, err = only("contestant", "", contestantNames()); err != nil || !wanted("js_parser") {
		t.Errorf("got %v, want every contestant", err)
	}
}
