//go:build unix

package main

import (
	"math"
	"slices"
)

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

// percentile returns the least of sorted values, of which there must be one,
// that p percent of them do not exceed.
func percentile(sorted []float64, p float64) float64 {
	rank := int(math.Ceil(p/100*float64(len(sorted)))) - 1
	return sorted[min(max(rank, 0), len(sorted)-1)]
}

// quotients returns ours over theirs, round by round; nothing where one of them
// lacks a round, for then it has no figure at all.
func quotients(ours, theirs []float64) []float64 {
	if len(ours) != len(theirs) {
		return nil
	}
	values := make([]float64, len(ours))
	for i := range ours {
		values[i] = ours[i] / theirs[i]
	}
	return values
}

// series is what the rounds of the contestants have given.
type series struct {
	values map[string]map[string][]float64 // by contestant and measure
	wrong  map[string]string               // why a contestant has none
}

func newSeries() *series {
	return &series{values: make(map[string]map[string][]float64), wrong: make(map[string]string)}
}

// note notes what a round gave by measure, or why there is nothing.
func (s *series) note(name string, values map[string]float64, err error) {
	if err != nil {
		s.wrong[name] = err.Error()
		return
	}
	if s.values[name] == nil {
		s.values[name] = make(map[string][]float64)
	}
	for measure, value := range values {
		s.values[name][measure] = append(s.values[name][measure], value)
	}
}

// has reports whether a contestant has run.
func (s *series) has(name string) bool { return s.wrong[name] != "" || s.values[name] != nil }

// of returns the rounds of a contestant, none where it was wrong in any.
func (s *series) of(name, measure string) []float64 {
	if s.wrong[name] != "" {
		return nil
	}
	return s.values[name][measure]
}

// interleave runs fn for each contestant in each round. Each round begins with
// another one, so that what is before a contestant is not always the same.
func interleave(rounds int, names []string, fn func(round int, name string) error) error {
	for round := range rounds {
		for i := range names {
			if err := fn(round, names[(i+round)%len(names)]); err != nil {
				return err
			}
		}
	}
	return nil
}
