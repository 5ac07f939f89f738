// Package chat declares the events of the example's chat, for its frontend and
// for whoever serves it.
package chat

import "github.com/runnel-go/runnel/wasm/eventstream"

// The event types of the stream.
const (
	Said    eventstream.EventType[Message] = "said"
	Present eventstream.EventType[int]     = "present" // how many are there
)

// Message is what somebody has said.
type Message struct {
	Author string `json:"author"`
	Text   string `json:"text"`
}
