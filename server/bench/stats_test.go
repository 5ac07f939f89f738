//go:build unix

package main

import (
	"errors"
	"slices"
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
	for i := range 100 {
		values = append(values, float64(i+1))
	}
	for _, test := range []struct{ p, want float64 }{{0, 1}, {50, 50}, {99, 99}, {99.1, 100}, {100, 100}} {
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
}

// TestSeriesForgetsWhoWasWrong holds that a contestant which was wrong once has
// no figure.
func TestSeriesForgetsWhoWasWrong(t *testing.T) {
	got := newSeries()
	one := func(value float64) map[string]float64 { return map[string]float64{"x": value} }
	got.note("a", one(1), nil)
	got.note("a", one(5), errors.New("lost an event"))
	got.note("a", one(2), nil)
	got.note("b", one(3), nil)
	if a, b := got.of("a", "x"), got.of("b", "x"); a != nil || !slices.Equal(b, []float64{3}) {
		t.Errorf("got %v and %v, want nothing and [3]", a, b)
	}
}

func TestInterleave(t *testing.T) {
	var order []string
	err := interleave(3, []string{"a", "b"}, func(_ int, name string) error {
		order = append(order, name)
		return nil
	})
	want := []string{"a", "b", "b", "a", "a", "b"}
	if err != nil || !slices.Equal(order, want) {
		t.Errorf("got %v, %v, want %v", order, err, want)
	}
}

func TestPerSecond(t *testing.T) {
	if got := perSecond(500, time.Second/2); got != 1000 {
		t.Errorf("got %v, want 1000", got)
	}
	if got := perSecond(1, 0); got != 1e6 {
		t.Errorf("of no time: got %v, want a number", got)
	}
}
