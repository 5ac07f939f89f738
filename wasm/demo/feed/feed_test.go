package feed

import "testing"

func TestPlace(t *testing.T) {
	for _, test := range []struct {
		id     string
		log    string
		number uint64
		ok     bool
	}{
		{"AB23-17", "AB23", 17, true},
		{"x-0", "x", 0, true},
		{"x-18446744073709551615", "x", 1<<64 - 1, true},
		{"x-18446744073709551616", "", 0, false},
		{"", "", 0, false},
		{"17", "", 0, false},
		{"-17", "", 0, false},
		{"x-", "", 0, false},
		{"x--1", "", 0, false},
		{"x-1-2", "", 0, false},
	} {
		log, number, ok := Place(test.id)
		if log != test.log || number != test.number || ok != test.ok {
			t.Errorf("Place(%q): got %q, %d, %v, want %q, %d, %v",
				test.id, log, number, ok, test.log, test.number, test.ok)
		}
	}
}
