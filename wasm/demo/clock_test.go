package main

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) time.Time { return start.Add(d) }
	tests := []struct {
		name   string
		delays []time.Duration // of the events, as seen by two clocks that agree
		want   time.Duration   // how far behind the server's time is taken to be
	}{
		{"first event", []time.Duration{20 * time.Millisecond}, 20 * time.Millisecond},
		{"shorter way", []time.Duration{20 * time.Millisecond, 5 * time.Millisecond}, 5 * time.Millisecond},
		{"replayed late", []time.Duration{5 * time.Millisecond, 3 * time.Second}, 6 * time.Millisecond},
		{"little late", []time.Duration{5 * time.Millisecond, 5100 * time.Microsecond}, 5100 * time.Microsecond},
		{"server ahead", []time.Duration{-time.Hour}, -time.Hour},
		{"clock set back", []time.Duration{0, time.Hour}, time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var c clock
			for i, delay := range test.delays {
				made := at(time.Duration(i) * time.Second)
				c.note(made, made.Add(delay))
			}
			if got := start.Sub(c.server(start)); got != test.want {
				t.Errorf("got %v behind, want %v", got, test.want)
			}
		})
	}
}
