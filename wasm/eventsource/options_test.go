package eventsource

import "github.com/runnel-go/runnel/wasm/codec"

var textOptions = &SubscribeOptions{Codec: codec.Text}
