//go:build !js

package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		name string
		in   []float64
		want float64
	}{
		{"one", []float64{3}, 3},
		{"odd", []float64{9, 1, 2}, 2},
		{"even", []float64{4, 1, 2, 9}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.in)
			if got := median(test.in); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if !slices.Equal(test.in, before) {
				t.Errorf("got %v in another order, want %v", test.in, before)
			}
		})
	}
}

func TestPercentile(t *testing.T) {
	var values []float64
	for i := 100; i > 0; i-- {
		values = append(values, float64(i))
	}
	for _, test := range []struct{ p, want float64 }{{0, 1}, {50, 50}, {99, 99}, {100, 100}} {
		if got := percentile(values, test.p); got != test.want {
			t.Errorf("percentile %v: got %v, want %v", test.p, got, test.want)
		}
	}
	if got := percentile([]float64{7}, 99); got != 7 {
		t.Errorf("of one value: got %v, want 7", got)
	}
}

// TestQuotients holds that a ratio is of the same round, and that who lacks a
// round has none.
func TestQuotients(t *testing.T) {
	got := quotients([]float64{1, 20}, []float64{2, 10})
	if want := []float64{0.5, 2}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := quotients([]float64{1}, []float64{2, 10}); got != nil {
		t.Errorf("got %v of different rounds, want nothing", got)
	}
	if got := largest([]float64{1, 5}, []float64{2, 3}); !slices.Equal(got, []float64{2, 5}) {
		t.Errorf("largest: got %v", got)
	}
	if figure := newFigure(nil); figure != nil {
		t.Errorf("got %v of nothing", figure)
	}
}

func TestFigure(t *testing.T) {
	got := newFigure([]float64{5, 1, 3})
	if want := (figure{Median: 3, Min: 1, Max: 5}); *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}

// TestSeriesForgetsWhoWasWrong holds that a contestant which was wrong once has
// no time.
func TestSeriesForgetsWhoWasWrong(t *testing.T) {
	got := newSeries()
	got.note("a", 1, nil)
	got.note("a", 0, errSilent)
	got.note("a", 2, nil)
	got.note("b", 3, nil)
	if a, b := got.of("a"), got.of("b"); a != nil || !slices.Equal(b, []float64{3}) {
		t.Errorf("got %v and %v, want nothing and [3]", a, b)
	}
}

func TestInterleave(t *testing.T) {
	var order []string
	err := interleave(upTo(3), named("js_eventsource", "runnel_native"), func(_ int, c contestant) error {
		order = append(order, c.name)
		return nil
	})
	want := []string{"js_eventsource", "runnel_native", "runnel_native", "js_eventsource", "js_eventsource", "runnel_native"}
	if err != nil || !slices.Equal(order, want) {
		t.Errorf("got %v, %v, want %v", order, err, want)
	}
}

// TestTimely holds that bursts have all their rounds where there is time, and five
// where there is none.
func TestTimely(t *testing.T) {
	for _, test := range []struct {
		within       time.Duration
		rounds, want int
	}{
		{time.Hour, 9, 9},
		{0, 9, leastRounds},
		{0, 3, 3},
	} {
		var said strings.Builder
		b := &bench{within: test.within, progress: &progress{out: &said}}
		got := 0
		for more := b.timely(test.rounds); more(got); got++ {
		}
		if got != test.want {
			t.Errorf("%d rounds within %v: got %d, want %d", test.rounds, test.within, got, test.want)
		}
		if cut := got < test.rounds; cut != strings.Contains(said.String(), "no further round") {
			t.Errorf("%d of %d rounds, and said %q", got, test.rounds, said.String())
		}
	}
}
