package main

import "time"

// window is the stretch of time that the charts show.
const window = time.Minute

// margin is how much longer a sample is kept, so that the line goes on past
// the edge of the chart.
const margin = 5 * time.Second

// sample is what was measured at one moment of the server's clock. A chart
// draws one line, or two.
type sample struct {
	at     time.Time
	values [2]float64
}

// history is the samples of the last minute, oldest first.
type history struct {
	samples []sample
	// version counts the samples that were ever added, so that a painter sees
	// whether there is something new.
	version uint64
}

// add takes in a sample. One that is no later than the latest is a repetition
// and ignored, unless the clock has been set back: then the history begins
// anew.
func (h *history) add(at time.Time, values ...float64) {
	if n := len(h.samples); n > 0 {
		if ahead := h.samples[n-1].at.Sub(at); ahead > margin {
			h.samples = h.samples[:0]
		} else if ahead >= 0 {
			return
		}
	}
	s := sample{at: at}
	copy(s.values[:], values)
	h.samples = append(h.samples, s)
	h.version++
	h.forget(at.Add(-window - margin))
}

// forget drops what is older than a moment.
func (h *history) forget(before time.Time) {
	old := 0
	for old < len(h.samples) && h.samples[old].at.Before(before) {
		old++
	}
	// Moved to the front: the slice does not grow without end.
	h.samples = append(h.samples[:0], h.samples[old:]...)
}

// latest returns the time of the newest sample, the zero time if there is none.
func (h *history) latest() time.Time {
	if len(h.samples) == 0 {
		return time.Time{}
	}
	return h.samples[len(h.samples)-1].at
}

// peak returns the greatest of all values, 0 if there is none.
func (h *history) peak() float64 {
	var peak float64
	for _, s := range h.samples {
		peak = max(peak, s.values[0], s.values[1])
	}
	return peak
}
