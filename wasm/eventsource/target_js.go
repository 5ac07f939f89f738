//go:build js && wasm

package eventsource

import (
	"context"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

// pace lets the page's event loop have its turns.
var pace = pacer{
	held: func() time.Duration { return time.Since(jsbridge.TurnStart()) },
	next: jsbridge.NextTurn,
}

// nextFrame waits for the page's next frame.
func nextFrame() { _ = jsbridge.NextFrame(context.Background()) }

func longestHold() time.Duration { return jsbridge.LongestHold() }

func openTransport(s *Source, url string, options *Options) (transport, error) {
	return openNative(s, url, options.WithCredentials)
}
