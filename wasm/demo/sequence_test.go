package main

import "testing"

func TestSequence(t *testing.T) {
	tests := []struct {
		name string
		ids  []string
		want string
	}{
		{"nothing", nil, "waiting for the first event"},
		{"one", []string{"a-7"}, "complete: 1 event, no hole"},
		{"consecutive", []string{"a-7", "a-8", "a-9"}, "complete: 3 events, no hole"},
		{"hole", []string{"a-7", "a-10"}, "incomplete: 2 events, 2 missing"},
		{"doubled", []string{"a-7", "a-8", "a-8", "a-9"}, "incomplete: 3 events, 1 twice"},
		{"both", []string{"a-1", "a-3", "a-2"}, "incomplete: 2 events, 1 missing, 1 twice"},
		{"another log", []string{"a-7", "a-9", "b-1", "b-2"}, "complete: 2 events, no hole"},
		{"foreign id", []string{"a-7", "nonsense", "", "a-8"}, "complete: 2 events, no hole"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var s sequence
			for _, id := range test.ids {
				s.note(id, true)
			}
			if got := s.String(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestSequenceWithGaps(t *testing.T) {
	var s sequence
	s.skip(5, "a-5") // before the first event nothing of it is known
	s.note("a-7", true)
	s.skip(3, "a-10")
	s.skip(3, "a-10")
	s.skip(9, "b-10")
	s.note("a-11", true)
	if got, want := s.String(), "incomplete: 2 events, 3 in a gap that the server told of"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestSequenceUndecoded(t *testing.T) {
	var s sequence
	s.note("a-1", true)
	s.note("a-1", false) // without an ID of its own
	s.note("a-2", false) // with one
	s.note("a-3", true)
	if got, want := s.String(), "complete: 3 events, no hole"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
