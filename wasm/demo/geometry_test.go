package main

import (
	"math"
	"testing"
	"time"
)

func TestOutline(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	type point struct {
		second int
		value  float64
	}
	tests := []struct {
		name   string
		points []point
		ground bool
		want   string
	}{
		{"nothing", nil, false, ""},
		{"nothing grounded", nil, true, ""},
		{"one", []point{{0, 50}}, false, "M600.0 50.0"},
		{"line", []point{{0, 0}, {6, 100}}, false, "M540.0 100.0L600.0 0.0"},
		{"beyond the axis", []point{{0, -5}, {6, 500}}, false, "M540.0 100.0L600.0 0.0"},
		{"gap", []point{{0, 10}, {6, 10}, {30, 10}, {36, 10}}, false,
			"M240.0 90.0L300.0 90.0M540.0 90.0L600.0 90.0"},
		{"area", []point{{0, 10}, {6, 20}}, true, "M540.0 100.0L540.0 90.0L600.0 80.0L600.0 100.0Z"},
		{"area with a gap", []point{{0, 10}, {30, 20}}, true,
			"M300.0 100.0L300.0 90.0L300.0 100.0ZM600.0 100.0L600.0 80.0L600.0 100.0Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var h history
			for _, p := range test.points {
				h.add(start.Add(time.Duration(p.second)*time.Second), p.value)
			}
			if got := outline(&h, 0, 100, 10*time.Second, test.ground); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestRoundUp(t *testing.T) {
	for _, test := range []struct{ value, unit, want float64 }{
		{0, 1, 1}, {1, 1, 1}, {1.1, 1, 2}, {2, 1, 2}, {3, 1, 5}, {5.01, 1, 10}, {99, 1, 100}, {101, 1, 200},
		{1234, 10_000, 10_000}, {12_345, 10_000, 20_000}, {2.5e9, 10_000, 5e9},
		{math.Inf(1), 1, 1}, {math.NaN(), 1, 1},
	} {
		if got := roundUp(test.value, test.unit); math.Abs(got-test.want) > test.want*1e-9 {
			t.Errorf("roundUp(%v, %v): got %v, want %v", test.value, test.unit, got, test.want)
		}
	}
}

func TestHistory(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	tests := []struct {
		name    string
		seconds []int
		want    int
	}{
		{"in order", []int{0, 1, 2}, 3},
		{"repeated", []int{0, 1, 1, 0, 2}, 3},
		{"older than the window", []int{0, 10, 70}, 2},
		{"clock set back", []int{100, 101, 10}, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var h history
			for _, second := range test.seconds {
				h.add(start.Add(time.Duration(second)*time.Second), float64(second))
			}
			if got := len(h.samples); got != test.want {
				t.Errorf("got %d samples, want %d", got, test.want)
			}
		})
	}
}
