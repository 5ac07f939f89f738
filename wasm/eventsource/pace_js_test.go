//go:build js && wasm

package eventsource_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// TestLoopsShareTurns holds that many loops together hold the event loop no
// longer than one does, and that each gets its share.
func TestLoopsShareTurns(t *testing.T) {
	const loops, events = 8, 6
	src, err := eventsource.Open(t.Context(), stream(strings.Repeat("data: 1\n\n", events)), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var running sync.WaitGroup
	handled := make([]int, loops)
	var turn time.Time
	for i := range loops {
		numbers, err := eventsource.Subscribe[int](src, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		running.Go(func() {
			for range numbers.Events() {
				if turn == jsbridge.TurnStart() {
					t.Errorf("loop %d goes on in a turn that another has used up", i)
				}
				turn = jsbridge.TurnStart()
				for start := time.Now(); time.Since(start) < 6*time.Millisecond; {
				}
				handled[i]++
				if slices.Max(handled)-slices.Min(handled) > 2 {
					t.Errorf("the loops have handled %v events", handled)
				}
				if handled[i] == events {
					break
				}
			}
		})
	}
	running.Wait()
}
