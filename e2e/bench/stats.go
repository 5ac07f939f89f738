//go:build !js

package main

import (
	"math"
	"slices"
)

// figure is a median and the spread around it. It is missing without values.
type figure struct {
	Median, Min, Max float64
}

// newFigure returns the figure of values; nil where there are none.
func newFigure(values []float64) *figure {
	if len(values) == 0 {
		return nil
	}
	return &figure{Median: median(values), Min: slices.Min(values), Max: slices.Max(values)}
}

// median returns the middle one of values, of which there must be one, or the
// mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// percentile returns the least of values that p percent of them do not exceed.
func percentile(values []float64, p float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	rank := int(math.Ceil(p/100*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// quotients returns ours over theirs, round by round; nothing where one of them
// lacks a round, for then it has no time at all.
func quotients(ours, theirs []float64) []float64 {
	return pairwise(ours, theirs, func(a, b float64) float64 { return a / b })
}

// differences returns ours less theirs, round by round, as quotients does.
func differences(ours, theirs []float64) []float64 {
	return pairwise(ours, theirs, func(a, b float64) float64 { return a - b })
}

// largest returns the larger of two, round by round, as quotients does.
func largest(a, b []float64) []float64 {
	return pairwise(a, b, func(a, b float64) float64 { return max(a, b) })
}

func pairwise(a, b []float64, f func(a, b float64) float64) []float64 {
	if len(a) != len(b) {
		return nil
	}
	values := make([]float64, len(a))
	for i := range a {
		values[i] = f(a[i], b[i])
	}
	return values
}
