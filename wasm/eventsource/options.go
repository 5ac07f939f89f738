package eventsource

import (
	"fmt"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Options say how a Source connects. Nil and the zero value mean the defaults.
type Options struct {
	// WithCredentials sends cookies and other credentials to an origin that
	// is not the page's own. The server must then name the page's origin in
	// Access-Control-Allow-Origin and allow credentials. Default: they go to
	// the page's own origin only.
	WithCredentials bool
}

// Overflow says what becomes of messages that a subscription's queue has no
// room for, because its loop is slower than the stream.
type Overflow int

const (
	// End ends the subscription: its loop gets the messages that are queued,
	// then [ErrOverflow]. Nothing is dropped unseen.
	End Overflow = iota
	// DropOldest makes room by dropping the oldest queued message.
	DropOldest
	// KeepLatest keeps, of each key, only the latest message: a new one takes
	// the place of a queued one with the same key, at the end of the queue,
	// whether the queue is full or not. The key is told by
	// SubscribeOptions.Key. With more keys than room, the oldest queued
	// message is dropped.
	KeepLatest
)

// DefaultQueueLength is how many messages a subscription holds for its loop:
// a burst of that many arrives whole however slow the loop is.
const DefaultQueueLength = 131072

// SubscribeOptions say how a subscription takes its messages. Nil and the zero
// value mean the defaults.
type SubscribeOptions struct {
	// Codec decodes the data. Default: [codec.JSON].
	Codec codec.Codec
	// Once ends the subscription after its first message, decoded or not.
	Once bool
	// QueueLength is how many messages wait for the loop at the most.
	// Default: [DefaultQueueLength].
	QueueLength int
	// Overflow is what becomes of a message that finds no room. Default:
	// [End]. Dropped messages are counted in [Stats].
	Overflow Overflow
	// Key tells the key of a message for [KeepLatest], which needs it and
	// which alone uses it. Of the message, Type, ID and Data are set; Data is
	// only lent for the call. It is called as messages arrive, while the
	// Source is locked: it must neither block nor use the Source or its
	// subscriptions. A panic in it closes the Source on its way.
	Key func(eventstream.Message) string
}

// withDefaults returns options with every default filled in, or why they
// cannot be.
func (o *SubscribeOptions) withDefaults() (SubscribeOptions, error) {
	var opts SubscribeOptions
	if o != nil {
		opts = *o
	}
	if opts.Codec == nil {
		opts.Codec = codec.JSON
	}
	if opts.QueueLength == 0 {
		opts.QueueLength = DefaultQueueLength
	}
	switch {
	case opts.QueueLength < 0:
		return opts, fmt.Errorf("eventsource: QueueLength %d is negative", opts.QueueLength)
	case opts.Overflow < End || opts.Overflow > KeepLatest:
		return opts, fmt.Errorf("eventsource: Overflow %d is none of End, DropOldest and KeepLatest", opts.Overflow)
	case opts.Overflow == KeepLatest && opts.Key == nil:
		return opts, fmt.Errorf("eventsource: Overflow KeepLatest needs a Key")
	}
	return opts, nil
}
