//go:build !js

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// maxPace bounds the pace of a replay.
const maxPace = 1000

// Replay answers with what [Record] has written to file: the status and the
// header, unless something was sent already, then the same pieces, a write each,
// after the same pauses, and at last the same end. A recording that was stopped
// leaves the response open.
//
// pace multiplies the pauses: 1 plays as recorded, 0.1 ten times as fast, and 0
// without pauses.
//
// It returns an error that names the file and the line where the recording is
// none, or that wraps [ErrGone] or [ErrEnded] where nobody listens any more, or
// the cause of ctx where that ends first; the response then stays open, unless
// the client was not reading.
func (c *Conn) Replay(ctx context.Context, file string, pace float64) error {
	if !(pace >= 0 && pace <= maxPace) { // nor NaN
		return fmt.Errorf("e2e: %s: replaying %s: pace %v: it must be from 0 to %d", c, file, pace, maxPace)
	}
	recording, err := loadRecording(file)
	if err != nil {
		return fmt.Errorf("e2e: %s: replaying: %w", c, err)
	}
	if err := c.replay(ctx, recording, pace); err != nil {
		return fmt.Errorf("e2e: replaying %s: %w", file, err)
	}
	return nil
}

func (c *Conn) replay(ctx context.Context, r *recording, pace float64) error {
	if err := c.goesOn(ctx); err != nil {
		return err
	}
	c.answerAs(r.answer)
	if err := c.WriteContext(ctx, nil); err != nil {
		return err
	}
	start := time.Now()
	for _, piece := range r.pieces {
		if err := c.waitUntil(ctx, start, piece.at, pace); err != nil {
			return err
		}
		if err := c.WriteContext(ctx, piece.data); err != nil {
			return err
		}
	}
	if r.end == "" {
		return nil
	}
	if err := c.waitUntil(ctx, start, r.endsAt, pace); err != nil {
		return err
	}
	if r.end == cutEnd {
		c.Cut()
	} else {
		c.End()
	}
	return nil
}

// answerAs takes over the status and the header, if there is still time.
func (c *Conn) answerAs(answer answerLine) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened {
		return
	}
	c.status = answer.Status
	for name, values := range answer.Header {
		c.header[http.CanonicalHeaderKey(name)] = values
	}
}

// waitUntil waits for the time of a piece. To count from the start keeps the
// lateness of one from delaying the next.
func (c *Conn) waitUntil(ctx context.Context, start time.Time, at time.Duration, pace float64) error {
	timer := time.NewTimer(time.Until(start.Add(time.Duration(float64(at) * pace))))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-c.finished:
	}
	return c.goesOn(ctx)
}

// goesOn returns why there is no more to play, or nil.
func (c *Conn) goesOn(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over != nil:
		return fmt.Errorf("%s: %w", c, c.over)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", c, context.Cause(ctx))
	default:
		return nil
	}
}
