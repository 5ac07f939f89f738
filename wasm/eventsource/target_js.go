//go:build js && wasm

package eventsource

import (
	"context"
	"fmt"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// pace lets the page's event loop have its turns.
var pace = pacer{
	clock: func() (now, turn time.Duration) {
		start := jsbridge.TurnStart()
		turn = start.Sub(begun)
		return turn + time.Since(start), turn // which reads one clock, time.Now two
	},
	next: jsbridge.NextTurn,
}

// begun is what pace counts from.
var begun = time.Now()

// nextFrame waits for the page's next frame.
func nextFrame() { _ = jsbridge.NextFrame(context.Background()) }

// logMessage tells the program's owner something, on the console.
func logMessage(message string) { jsbridge.Warn(message) }

func longestHold() time.Duration { return jsbridge.LongestHold() }

// countSubscription tells a test harness which event types the program listens to.
func countSubscription(eventType string, n int) { jsbridge.CountSubscription(eventType, n) }

func openTransport(s *Source, url string, options *Options) (transport, error) {
	if options.Store != nil {
		if err := s.keepWithPage(); err != nil {
			return nil, err
		}
	}
	beyond := options.beyondNative()
	switch {
	case options.Transport == HTTP:
		return nil, fmt.Errorf("transport %v is for programs outside of a browser; here there are %v and %v", HTTP, Native, Fetch)
	case options.Transport == Fetch, options.Transport == Auto && (beyond != "" || jsbridge.BehindServiceWorker()):
		return openFetch(s, url, options)
	case beyond != "":
		return nil, fmt.Errorf("transport %v cannot have the option %s; %v can", Native, beyond, Fetch)
	}
	return openNative(s, url, options)
}
