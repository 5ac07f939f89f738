//go:build !js

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// bounds are what each ratio is allowed at the most, in the order in which they
// are shown. Those without a bound are for information.
var bounds = []struct {
	key   string
	bound float64
	about string
}{
	{"native_vs_js_eventsource", 1.00, ""},
	{"native_vs_js_eventsource_ids", 0, ""},
	{"native_vs_js_eventsource_batches", 0, ""},
	{"fetch_vs_js_parser", 0.80, ""},
	{"fetch_vs_js_parser_batches", 0, ""},
	{"fetch_vs_js_eventsource", 0.40, ""},
	{"native_vs_go_naive", 0.17, ""},
	{"fetch_vs_go_naive", 0.06, ""},
	{"native_vs_js_eventsource_1k", 1.2, ""},
	{"fetch_vs_js_parser_1k", 1.4, "aim 1.0"},
	{"decode_vs_json_parse", 1.3, ""},
	{"decode_vs_json_parse_1k", 1.6, ""},
	{"decode_vs_encoding_json", 0.20, ""},
	{"decode_vs_encoding_json_1k", 0, ""},
	{"latency_p99_added_ms", 2, "ms"},
	{"longest_block_ms", 16, "ms"},
	{"longest_gap_ms", 0, "ms, as the page saw it"},
	{"longest_gap_js_ms", 0, "ms, of js_eventsource"},
	{"heap_growth", 1.10, ""},
	{"heap_growth_live", 0, "of Go's objects and JavaScript's"},
	{"brotli_kb", 720, "KB"},
}

// report is what build/bench.json holds.
type report struct {
	// Ratios are medians of the rounds' ratios, of our time over theirs in the
	// same round; null where one of the two was wrong.
	Ratios map[string]*float64 `json:"ratios"`
	// Spread is the least and the greatest of the rounds.
	Spread map[string][2]float64 `json:"spread"`
	// Bounds is what each ratio is allowed at the most.
	Bounds map[string]float64 `json:"bounds"`
	// Missed names the ratios that are above.
	Missed []string `json:"missed"`
	// Wrong says who has no time and why.
	Wrong map[string]string `json:"wrong"`
	// Times are microseconds an event, by contestant and size of event.
	Times map[string]map[string]times `json:"times_us_per_event"`
	// Growth is microseconds an event, by contestant and what grows.
	Growth map[string]map[string]map[string]float64 `json:"growth_us_per_event"`
	// Details is what the other ratios are made of.
	Details map[string]map[string]any `json:"details"`
	Machine machine                   `json:"machine"`
	// Rounds is how many rounds the bursts had.
	Rounds int `json:"rounds"`
	// Seconds is how long all of it took.
	Seconds float64 `json:"seconds"`
}

// times are what a contestant took, round by round.
type times struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Rounds []float64 `json:"rounds"`
}

func newReport() *report {
	r := &report{
		Ratios: make(map[string]*float64), Spread: make(map[string][2]float64), Bounds: make(map[string]float64),
		Missed: []string{}, Wrong: make(map[string]string),
		Times:   make(map[string]map[string]times),
		Growth:  make(map[string]map[string]map[string]float64),
		Details: make(map[string]map[string]any),
	}
	for _, b := range bounds {
		if b.bound > 0 {
			r.Bounds[b.key] = b.bound
		}
	}
	return r
}

// ratio notes the rounds of a ratio; without any it is null.
func (r *report) ratio(key string, rounds []float64) {
	figure := newFigure(rounds)
	if figure == nil {
		r.Ratios[key] = nil
		return
	}
	value := round(figure.Median)
	r.Ratios[key] = &value
	r.Spread[key] = [2]float64{round(figure.Min), round(figure.Max)}
	if bound, ok := r.Bounds[key]; ok && value > bound {
		r.Missed = append(r.Missed, key)
	}
}

// time notes what a contestant took with events of a size.
func (r *report) time(name, size string, got *series) {
	if reason := got.wrong[name]; reason != "" {
		r.Wrong[name+" "+size] = reason
	}
	figure := newFigure(got.of(name))
	if figure == nil {
		return
	}
	if r.Times[name] == nil {
		r.Times[name] = make(map[string]times)
	}
	t := times{Median: round(figure.Median), Min: round(figure.Min), Max: round(figure.Max)}
	for _, value := range got.of(name) {
		t.Rounds = append(t.Rounds, round(value))
	}
	r.Times[name][size] = t
}

// growth notes what a contestant took at a point of what grows.
func (r *report) growth(name, about, point string, got *series) {
	if reason := got.wrong[name]; reason != "" {
		r.Wrong[name+" growth "+about+" "+point] = reason
	}
	values := got.of(name)
	if len(values) == 0 {
		return
	}
	if r.Growth[name] == nil {
		r.Growth[name] = make(map[string]map[string]float64)
	}
	if r.Growth[name][about] == nil {
		r.Growth[name][about] = make(map[string]float64)
	}
	r.Growth[name][about][point] = round(median(values))
}

// extra notes what a ratio is made of, or why there is none.
func (r *report) extra(section, name string, value any, wrong string) {
	if wrong != "" {
		r.Wrong[name+" "+section] = wrong
		return
	}
	if r.Details[section] == nil {
		r.Details[section] = make(map[string]any)
	}
	r.Details[section][name] = value
}

// round keeps four digits that count, which is more than a machine repeats.
func round(value float64) float64 {
	if value == 0 || math.IsNaN(value) || math.IsInf(value, 0) {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(value))))
	return math.Round(value*scale) / scale
}

// write writes the report as JSON, whole or not at all.
func (r *report) write(file string) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", append(text, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// print writes the report as tables.
func (r *report) print(w io.Writer) {
	r.printTimes(w)
	r.printGrowth(w)
	r.printRatios(w)
	for _, name := range sortedKeys(r.Wrong) {
		fmt.Fprintf(w, "WRONG: %s: %s\n", name, r.Wrong[name])
	}
	fmt.Fprintf(w, "\n%s\n", r.Machine)
}

func (r *report) printTimes(w io.Writer) {
	var names []string
	for _, c := range contestants {
		names = append(names, c.name)
	}
	names = append(names, "decode_codec", "decode_encoding_json", "decode_parse")
	header := false
	for _, name := range names {
		if r.Times[name] == nil {
			continue
		}
		if !header {
			fmt.Fprintf(w, "\n%-24s %28s %28s\n", "µs an event (least–most)", "110 B", "1 KB")
			header = true
		}
		fmt.Fprintf(w, "%-24s %28s %28s\n", name, spreadOf(r.Times[name], small), spreadOf(r.Times[name], large))
	}
}

func spreadOf(bySize map[string]times, size string) string {
	t, ok := bySize[size]
	if !ok {
		return "–"
	}
	return fmt.Sprintf("%7s (%s–%s)", number(t.Median), number(t.Min), number(t.Max))
}

func (r *report) printGrowth(w io.Writer) {
	for _, g := range growthPoints {
		if !slices.ContainsFunc(contestants, func(c contestant) bool { return r.Growth[c.name][g.about] != nil }) {
			continue
		}
		fmt.Fprintf(w, "\n%-32s", "µs an event, by "+g.title)
		for _, point := range g.points {
			fmt.Fprintf(w, " %9s", point)
		}
		fmt.Fprintln(w)
		for _, c := range contestants {
			if r.Growth[c.name][g.about] == nil {
				continue
			}
			fmt.Fprintf(w, "%-32s", c.name)
			for _, point := range g.points {
				value, ok := r.Growth[c.name][g.about][point]
				if !ok {
					fmt.Fprintf(w, " %9s", "–")
					continue
				}
				fmt.Fprintf(w, " %9s", number(value))
			}
			fmt.Fprintln(w)
		}
	}
}

func (r *report) printRatios(w io.Writer) {
	fmt.Fprintf(w, "\n%-34s %9s %19s %9s\n", "ratio (ours over theirs)", "median", "least–most", "at most")
	for _, b := range bounds {
		value, measured := r.Ratios[b.key]
		if !measured {
			continue
		}
		bound := "–"
		if b.bound > 0 {
			bound = number(b.bound)
		}
		if value == nil {
			fmt.Fprintf(w, "%-34s %9s %19s %9s  WRONG, see below\n", b.key, "–", "–", bound)
			continue
		}
		spread := fmt.Sprintf("%s–%s", number(r.Spread[b.key][0]), number(r.Spread[b.key][1]))
		mark := ""
		switch {
		case b.bound > 0 && *value > b.bound:
			mark = fmt.Sprintf("MISSED by %.1f %%", (*value/b.bound-1)*100)
		case b.bound > 0:
			mark = "kept"
		}
		line := fmt.Sprintf("%-34s %9s %19s %9s  %s", b.key, number(*value), spread, bound, mark)
		if b.about != "" {
			line += " (" + b.about + ")"
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// number writes a figure with three digits that count.
func number(value float64) string {
	switch size := math.Abs(value); {
	case size >= 100:
		return fmt.Sprintf("%.0f", value)
	case size >= 10:
		return fmt.Sprintf("%.1f", value)
	case size >= 1 || size == 0:
		return fmt.Sprintf("%.2f", value)
	default:
		return fmt.Sprintf("%.3f", value)
	}
}

// middle writes the median of values, last the last of them.
func middle(values []float64) string {
	if len(values) == 0 {
		return "–"
	}
	return number(median(values))
}

func last(values []float64) string {
	if len(values) == 0 {
		return "–"
	}
	return number(values[len(values)-1])
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
