package eventsource

import "testing"

// TestHolder holds what stays in the browser: what loops have not come to that are
// behind and go on, up to its bounds.
func TestHolder(t *testing.T) {
	var h holder
	count, bytesEach, asked := 100, 100, 0
	left := func() (int, int) { asked++; return count, bytesEach }
	takesOver := func(when string, first bool, steps uint64, behind, want bool) {
		t.Helper()
		if got := h.takesOver(first, steps, behind, left); got != want {
			t.Errorf("%s: got %t, want %t", when, got, want)
		}
	}
	takesOver("no loop is behind", true, 0, false, true)
	takesOver("behind, and at a stand", true, 0, true, true)
	expect(t, "times that it was asked how much is left", asked, 0)
	takesOver("no further slice in the same turn", false, 0, true, false)
	takesOver("the loop goes on", true, 1, true, false)
	takesOver("and on", true, 2, true, false)
	takesOver("it stands still", true, 2, true, true)
	count = maxHeld + 1
	takesOver("too many events", true, 3, true, true)
	takesOver("still too many in this turn", false, 3, true, true)
	count, bytesEach = 1000, maxHeldBytes/1000+1
	takesOver("too many bytes", true, 4, true, true)
	count = 999
	takesOver("no longer", false, 4, true, false)
	takesOver("it has caught up", true, 5, false, true)
}
