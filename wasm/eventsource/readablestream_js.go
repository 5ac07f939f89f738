//go:build js && wasm

package eventsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/runnel-go/runnel/jsbridge"
)

// FromReadableStream is [FromReader] for a JavaScript ReadableStream of bytes,
// which the Source locks, and cancels when it ends.
func FromReadableStream(ctx context.Context, stream jsbridge.ReadableStream) (*Source, error) {
	body, err := jsbridge.FromReadableStream(stream)
	if err != nil {
		return nil, fmt.Errorf("eventsource: from readable stream: %w", err)
	}
	s, err := FromReader(ctx, body)
	if err != nil {
		return nil, errors.Join(err, body.Close())
	}
	return s, nil
}
