//go:build js && wasm

package jsbridge_test

import (
	"testing"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// TestAlarm holds that an Alarm calls once for each time that it is set and left
// alone, also when it is set by its own function, and leaves nothing behind.
func TestAlarm(t *testing.T) {
	before := jsbridge.Live()
	calls := make(chan int, 10)
	count := 0
	var alarm *jsbridge.Alarm
	alarm, err := jsbridge.NewAlarm(func() {
		count++
		calls <- count
		if count < 3 {
			alarm.Set(time.Millisecond)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	alarm.Set(time.Hour)
	alarm.Set(time.Millisecond)
	for want := 1; want <= 3; want++ {
		if got := <-calls; got != want {
			t.Errorf("got call %d, want %d", got, want)
		}
	}
	alarm.Set(time.Millisecond)
	alarm.Close()
	alarm.Close()
	alarm.Set(0)
	for range 100 {
		if err := jsbridge.NextTurn(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case got := <-calls:
		t.Errorf("got call %d after Close", got)
	case <-time.After(20 * time.Millisecond):
	}
	if after := jsbridge.Live(); after != before {
		t.Errorf("got %+v alive, want %+v as before", after, before)
	}
}
