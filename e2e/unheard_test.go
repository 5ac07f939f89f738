//go:build !js

package e2e

import "testing"

func TestUnheardText(t *testing.T) {
	const nobody = "\nthe server has sent events of types that the page does not listen to: "
	tests := []struct {
		name  string
		sent  map[string]string
		heard []string
		want  string
	}{
		{"nothing sent", nil, []string{"price"}, ""},
		{"all heard", map[string]string{"price": "1 on /a"}, []string{"message", "price"}, ""},
		{"two not heard", map[string]string{"b": "1 on /a", "a": "2 on /a, 3 on /b", "price": "1 on /a"}, []string{"price"},
			nobody + `"a" (2 on /a, 3 on /b), "b" (1 on /a); it listens to ["price"]`},
		{"nothing heard", map[string]string{"a": "2 on /a"}, nil, nobody + `"a" (2 on /a); it listens to no event type`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := unheardText(test.sent, test.heard); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestReserved holds that what Runnel's client takes by itself is not said to be unheard.
func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{"gap": true, "runnel.heartbeat": true, "message": false, "gaps": false, "": false} {
		if got := reserved(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

// TestSentTypesAreBounded sends events of more types than are counted.
func TestSentTypesAreBounded(t *testing.T) {
	s := &Stream{path: "/events"}
	for range 2 {
		for i := range maxTypes + 5 {
			s.sent(string(rune('0' + i)))
		}
	}
	site := &Site{streams: map[string]*Stream{"/events": s}}
	got := site.sentTypes()
	if len(got) != maxTypes || got["0"] != "2 on /events" {
		t.Errorf("got %d types, %q, want %d, and 2 of the first", len(got), got["0"], maxTypes)
	}
}
