package main

import "testing"

func TestEventLog(t *testing.T) {
	tests := []struct {
		name  string
		add   int
		after uint64
		want  []uint64 // first and last number, nil for none
	}{
		{"nothing", 0, 0, nil},
		{"all", 3, 0, []uint64{1, 3}},
		{"fresh", 10, 7, []uint64{8, 10}},
		{"none fresh", 10, 10, nil},
		{"full", logLength + 5, 0, []uint64{6, logLength + 5}},
		{"full and fresh", logLength + 5, logLength + 3, []uint64{logLength + 4, logLength + 5}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var l eventLog
			for range test.add {
				l.add(entry{})
			}
			got := l.after(test.after)
			if test.want == nil {
				if len(got) != 0 {
					t.Fatalf("got %d entries, want none", len(got))
				}
				return
			}
			if len(got) == 0 || got[0].number != test.want[0] || got[len(got)-1].number != test.want[1] {
				t.Errorf("got %+v, want %d to %d", got, test.want[0], test.want[1])
			}
		})
	}
}
