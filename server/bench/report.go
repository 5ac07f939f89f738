//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// bound is what a ratio is allowed; the zero bound allows everything.
type bound struct {
	AtLeast float64 `json:"at_least,omitempty"`
	AtMost  float64 `json:"at_most,omitempty"`
}

// bounds are the ratios, ours over theirs, in the order in which they are shown.
// Those without a bound are for information.
var bounds = []struct {
	key string
	bound
}{
	{"fanout_vs_joe", bound{AtLeast: 1.5}},
	{"fanout_steady_vs_joe", bound{}},
	{"idle_memory_vs_joe", bound{AtMost: 1.1}},
	{"p99_vs_joe", bound{AtMost: 1.1}},
	{"p50_vs_joe", bound{}},
	{"fanout_vs_mercure", bound{}},
	{"fanout_steady_vs_mercure", bound{}},
	{"idle_memory_vs_mercure", bound{}},
	{"p99_vs_mercure", bound{}},
	{"p50_vs_mercure", bound{}},
}

// missed reports by how many percent a value is beyond the bound.
func (b bound) missed(value float64) (percent float64, missed bool) {
	switch {
	case b.AtLeast > 0 && value < b.AtLeast:
		return (1 - value/b.AtLeast) * 100, true
	case b.AtMost > 0 && value > b.AtMost:
		return (value/b.AtMost - 1) * 100, true
	}
	return 0, false
}

func (b bound) String() string {
	switch {
	case b.AtLeast > 0:
		return "≥ " + number(b.AtLeast)
	case b.AtMost > 0:
		return "≤ " + number(b.AtMost)
	}
	return "–"
}

// report is what build/bench-server.json holds.
type report struct {
	// Ratios are medians of the rounds' ratios, of our figure over theirs in the
	// same round; null where one of the two was wrong.
	Ratios map[string]*float64 `json:"ratios"`
	// Spread is the least and the greatest of the rounds.
	Spread map[string][2]float64 `json:"spread"`
	// Bounds is what the ratios are allowed.
	Bounds map[string]bound `json:"bounds"`
	// Missed names the ratios that are beyond.
	Missed []string `json:"missed"`
	// Wrong says who has no figure and why.
	Wrong map[string]string `json:"wrong"`
	// Figures are what the ratios are made of, by measure and contestant.
	Figures map[string]map[string]figure `json:"figures"`
	// Stalled is what the others got beside a client that reads nothing, by
	// contestant.
	Stalled map[string]map[string]float64 `json:"stalled"`
	// Growth is medians by measure, contestant and number of clients.
	Growth map[string]map[string]map[string]float64 `json:"growth"`
	// Publish is how long publishing took, in milliseconds, by kind of feed.
	Publish map[string]map[string]float64 `json:"publish"`
	Machine machine                       `json:"machine"`
	// Rounds is how many rounds there were of what has a bound, and Scale what
	// counts were divided by.
	Rounds int `json:"rounds"`
	Scale  int `json:"scale"`
	// Seconds is how long all of it took.
	Seconds float64 `json:"seconds"`
}

// figure is what a contestant gave, round by round.
type figure struct {
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Rounds []float64 `json:"rounds"`
}

func newReport() *report {
	r := &report{
		Ratios: make(map[string]*float64), Spread: make(map[string][2]float64), Bounds: make(map[string]bound),
		Missed: []string{}, Wrong: make(map[string]string),
		Figures: make(map[string]map[string]figure),
		Stalled: make(map[string]map[string]float64),
		Growth:  make(map[string]map[string]map[string]float64),
		Publish: make(map[string]map[string]float64),
	}
	for _, b := range bounds {
		if b.bound != (bound{}) {
			r.Bounds[b.key] = b.bound
		}
	}
	return r
}

// compare notes a measure of the contestants, and ours over those of the others
// as ratios whose keys begin as given.
func (r *report) compare(got *series, measure, key string) {
	for _, name := range contestants {
		values := got.of(name, measure)
		if len(values) == 0 {
			continue
		}
		if r.Figures[measure] == nil {
			r.Figures[measure] = make(map[string]figure)
		}
		f := figure{Median: round(median(values)), Min: round(slices.Min(values)), Max: round(slices.Max(values))}
		for _, value := range values {
			f.Rounds = append(f.Rounds, round(value))
		}
		r.Figures[measure][name] = f
	}
	for _, other := range others {
		if got.has(other) {
			r.ratio(key+"_vs_"+other, quotients(got.of(runnel, measure), got.of(other, measure)))
		}
	}
}

// ratio notes the rounds of a ratio; without any it is null.
func (r *report) ratio(key string, rounds []float64) {
	if len(rounds) == 0 {
		r.Ratios[key] = nil
		return
	}
	value := round(median(rounds))
	r.Ratios[key] = &value
	r.Spread[key] = [2]float64{round(slices.Min(rounds)), round(slices.Max(rounds))}
	if _, missed := r.Bounds[key].missed(value); missed {
		r.Missed = append(r.Missed, key)
	}
}

// stalled notes what there was beside a client that reads nothing.
func (r *report) stalled(got *series) {
	for _, name := range contestants {
		for measure := range got.values[name] {
			values := got.of(name, measure)
			if len(values) == 0 {
				continue
			}
			if r.Stalled[name] == nil {
				r.Stalled[name] = make(map[string]float64)
			}
			r.Stalled[name][measure] = round(median(values))
		}
	}
}

// growth notes what there was with so many clients.
func (r *report) growth(got *series, clients int) {
	for _, name := range contestants {
		for measure := range got.values[name] {
			values := got.of(name, measure)
			if len(values) == 0 {
				continue
			}
			if r.Growth[measure] == nil {
				r.Growth[measure] = make(map[string]map[string]float64)
			}
			if r.Growth[measure][name] == nil {
				r.Growth[measure][name] = make(map[string]float64)
			}
			r.Growth[measure][name][strconv.Itoa(clients)] = round(median(values))
		}
	}
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
	r.printFigures(w)
	r.printStalled(w)
	r.printGrowth(w)
	r.printPublish(w)
	r.printRatios(w)
	for _, name := range slices.Sorted(maps.Keys(r.Wrong)) {
		fmt.Fprintf(w, "WRONG: %s: %s\n", name, r.Wrong[name])
	}
	fmt.Fprintf(w, "\n%s\n", r.Machine)
	if r.Scale > 1 {
		fmt.Fprintf(w, "A quick look: all counts are divided by %d, and mean little.\n", r.Scale)
	}
}

func (r *report) printFigures(w io.Writer) {
	measures := []string{fanoutRate, steadyRate, idleBytes, p50, p99}
	var names []string
	for _, name := range contestants {
		measured := func(measure string) bool { return len(r.Figures[measure][name].Rounds) > 0 }
		if slices.ContainsFunc(measures, measured) {
			names = append(names, name)
		}
	}
	header := false
	for _, measure := range measures {
		byName := r.Figures[measure]
		if byName == nil {
			continue
		}
		if !header {
			fmt.Fprintf(w, "\n%-38s", "figure (least–most)")
			for _, name := range names {
				fmt.Fprintf(w, " %30s", name)
			}
			fmt.Fprintln(w)
			header = true
		}
		fmt.Fprintf(w, "%-38s", measure)
		for _, name := range names {
			text := "–"
			if f, ok := byName[name]; ok {
				text = fmt.Sprintf("%s (%s–%s)", number(f.Median), number(f.Min), number(f.Max))
			}
			fmt.Fprintf(w, " %30s", text)
		}
		fmt.Fprintln(w)
	}
}

func (r *report) printStalled(w io.Writer) {
	if len(r.Stalled) > 0 {
		fmt.Fprintln(w, "\nbeside a client that reads nothing")
	}
	for _, name := range contestants {
		got := r.Stalled[name]
		if got == nil {
			continue
		}
		fmt.Fprintf(w, "%-24s %.0f of %.0f events were published, and %.0f have reached all others\n",
			name, got[published], got[wanted], got[delivered])
	}
}

func (r *report) printGrowth(w io.Writer) {
	for _, measure := range []string{burstCost, steadyCost, p99} {
		byName := r.Growth[measure]
		if byName == nil {
			continue
		}
		fmt.Fprintf(w, "\n%-32s", measure+", by clients")
		for _, point := range growthPoints {
			fmt.Fprintf(w, " %9d", point.clients)
		}
		fmt.Fprintln(w)
		for _, name := range contestants {
			if byName[name] == nil {
				continue
			}
			fmt.Fprintf(w, "%-32s", name)
			for _, point := range growthPoints {
				text := "–"
				if value, ok := byName[name][strconv.Itoa(point.clients)]; ok {
					text = number(value)
				}
				fmt.Fprintf(w, " %9s", text)
			}
			fmt.Fprintln(w)
		}
	}
}

func (r *report) printRatios(w io.Writer) {
	if len(r.Ratios) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-26s %9s %19s %9s\n", "ratio (ours over theirs)", "median", "least–most", "bound")
	for _, b := range bounds {
		value, measured := r.Ratios[b.key]
		switch {
		case !measured:
			continue
		case value == nil:
			fmt.Fprintf(w, "%-26s %9s %19s %9s  WRONG, see below\n", b.key, "–", "–", b.bound)
			continue
		}
		mark := ""
		if percent, missed := b.missed(*value); missed {
			mark = fmt.Sprintf("MISSED by %.1f %%", percent)
		} else if b.bound != (bound{}) {
			mark = "kept"
		}
		spread := fmt.Sprintf("%s–%s", number(r.Spread[b.key][0]), number(r.Spread[b.key][1]))
		line := fmt.Sprintf("%-26s %9s %19s %9s  %s", b.key, number(*value), spread, b.bound, mark)
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// number writes a figure with three digits that count, or all of a whole part.
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
