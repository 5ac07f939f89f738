//go:build js && wasm

package eventsource

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"
)

// TestHandledBeforeMoreIsRead holds that an event does not wait until the stream has
// been asked for what comes after it.
func TestHandledBeforeMoreIsRead(t *testing.T) {
	saved := pace
	defer func() { pace = saved }()
	pace = pacer{ // a turn that lasts for ever: at its end, loops wait for the next one
		clock: func() (now, turn time.Duration) { return 0, 0 },
		next:  func(context.Context) error { return nil },
	}
	const events = 100
	read, handled, late := 0, 0, 0
	src, err := FromReader(t.Context(), reading(func(p []byte) (int, error) {
		if handled != read {
			late++
		}
		if read == events {
			return 0, io.EOF
		}
		read++
		return copy(p, "data: 1\n\n"), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	numbers, err := Subscribe[int](src, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range numbers.Events() {
		switch {
		case err == nil:
			handled++
		case !errors.Is(err, io.EOF):
			t.Fatal(err)
		}
	}
	if handled != events {
		t.Errorf("%d events have been handled, want %d", handled, events)
	}
	// Go's scheduler has each 61st go first that has let others do so, and a garbage
	// collection may have the loop wait.
	if late > events/10 {
		t.Errorf("%d times of %d an event had not been handled when the reader was asked for more", late, events)
	}
}
