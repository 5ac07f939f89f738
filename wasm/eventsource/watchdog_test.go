package eventsource

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatchdog holds when a silence is over: as soon as it has lasted so long, but a
// little later if the program was busy, and not if something has come by then.
func TestWatchdog(t *testing.T) {
	const after = 10 * time.Second
	tests := []struct {
		name  string
		busy  []time.Duration // by how much each further timer comes late
		heard time.Duration   // when something comes, by the timers' clock; 0 for never
		want  time.Duration   // when it barks, by the timers' clock; 0 for never within a minute
	}{
		{"silent", nil, 0, after},
		{"in time", []time.Duration{longestGrace / 4, longestGrace / 4}, 0, after},
		{"busy", []time.Duration{time.Minute}, 0, after},
		{"busy at the end", []time.Duration{0, time.Minute}, 0, after + longestGrace},
		{"always busy", []time.Duration{time.Hour, time.Hour, time.Hour, time.Hour}, 0, after + 2*longestGrace},
		{"busy, and then something comes", []time.Duration{time.Minute}, after - longestGrace/2, 2*after - longestGrace/2},
		{"busy at the end, and then something comes", []time.Duration{0, time.Minute}, after + longestGrace/2, 2*after + longestGrace/2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var barked atomic.Int64
				var late atomic.Int64 // by how much the timers' clock has stood still
				w := &watchdog{
					after: after,
					bark:  func() { barked.Store(int64(time.Since(start))) },
					now:   func() time.Time { return time.Now().Add(time.Duration(late.Load())) },
				}
				w.heard()
				defer w.stop()
				for i, busy := range test.busy {
					time.AfterFunc(after+time.Duration(i-1)*longestGrace-1, func() { late.Add(int64(busy)) })
				}
				if test.heard > 0 {
					time.AfterFunc(test.heard, w.heard)
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				expect(t, "barks at", time.Duration(barked.Load()), test.want)
			})
		})
	}
}
