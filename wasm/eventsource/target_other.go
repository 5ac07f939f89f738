//go:build !(js && wasm)

package eventsource

import (
	"context"
	"log"
	"time"
)

// pace never pauses: there is no event loop to hold up.
var pace = pacer{
	clock: func() (now, turn time.Duration) { return 0, 0 },
	next:  func(context.Context) error { return nil },
}

// frame is how long [Subscription.Batches] gathers where nothing is painted.
const frame = 100 * time.Millisecond

func nextFrame() { time.Sleep(frame) }

// logMessage tells the program's owner something, by the standard logger.
func logMessage(message string) { log.Print(message) }

func countSubscription(string, int) {}

func longestHold() time.Duration { return 0 }
