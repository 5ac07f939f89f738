package eventsource

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Reconnect says when a connection that was lost, or could not be made, is tried
// again. The zero value means the defaults.
//
// The wait before the n-th try in a row is drawn evenly between nothing and the
// reconnection time doubled n-1 times, up to MaxDelay: exponential backoff with
// full jitter, which spreads the clients of a server that comes back. The
// reconnection time is the stream's ("retry:"), or else Delay. Where the server
// says when to come back (Retry-After, with 429 or 503), the wait is not shorter
// than that.
type Reconnect struct {
	// Delay is the reconnection time until the stream sets one. Default: 1 s.
	Delay time.Duration
	// MaxDelay bounds a wait, but not one that the server has asked for.
	// Default: 30 s.
	MaxDelay time.Duration
	// GoodAfter is how long a connection must have been open for the next
	// loss to count as the first in a row. Default: 5 s.
	GoodAfter time.Duration
	// MaxAttempts ends the Source after so many tries in a row. Default: no
	// limit.
	MaxAttempts int
	// MaxElapsed ends the Source when a try would begin so long after the
	// connection was lost. Default: no limit.
	MaxElapsed time.Duration
	// Retry tells whether another try is worth it after an error. Default:
	// [WorthRetry].
	Retry func(error) bool
	never bool
}

// NoReconnect ends the Source with the first loss or failure.
var NoReconnect = Reconnect{never: true}

const (
	defaultDelay     = time.Second
	defaultMaxDelay  = 30 * time.Second
	defaultGoodAfter = 5 * time.Second
	// leastDelay keeps "retry: 0" from making a loop that never waits: it is
	// doubled, too.
	leastDelay = 10 * time.Millisecond
)

// withDefaults fills the defaults in.
func (r Reconnect) withDefaults() Reconnect {
	if r.Delay <= 0 {
		r.Delay = defaultDelay
	}
	if r.MaxDelay <= 0 {
		r.MaxDelay = defaultMaxDelay
	}
	if r.GoodAfter <= 0 {
		r.GoodAfter = defaultGoodAfter
	}
	if r.Retry == nil {
		r.Retry = WorthRetry
	}
	return r
}

// WorthRetry reports whether another try can be expected to help: after a
// failure of the network, after the end of a stream, and after the statuses 408,
// 429 and 5xx. Every other answer of a server is one that it will give again, as
// it will an event that is too large; a request that cannot be made, for a header
// with a control character say, fails each time; and what the browser has given
// up without a reason ([ErrFailed]) is not tried again.
func WorthRetry(err error) bool {
	for _, lasting := range []error{ErrFailed, eventstream.ErrTooLarge, errRequest} {
		if errors.Is(err, lasting) {
			return false
		}
	}
	var answer *ResponseError
	if !errors.As(err, &answer) {
		return true
	}
	return answer.Status == 408 || answer.Status == 429 || answer.Status >= 500
}

// backoff counts the tries in a row and tells how long to wait for the next.
type backoff struct {
	policy Reconnect
	random func(time.Duration) time.Duration // evenly from [0, d)
	retry  time.Duration                     // what the stream has set
	tries  int                               // since the connection was last good
	lostAt time.Time                         // when that was lost
}

func newBackoff(policy Reconnect) *backoff {
	return &backoff{policy: policy.withDefaults(), random: func(d time.Duration) time.Duration {
		return rand.N(d) // never 0: a ceiling is above it
	}}
}

// reset makes the next try the first in a row.
func (b *backoff) reset() { b.tries = 0 }

// next returns how long to wait before the next try after a failure, or false
// when there is to be none.
func (b *backoff) next(now time.Time, failure error, openFor time.Duration) (time.Duration, bool) {
	if b.policy.never || !b.policy.Retry(failure) {
		return 0, false
	}
	if openFor >= b.policy.GoodAfter {
		b.reset()
	}
	if b.tries == 0 {
		b.lostAt = now
	}
	if b.policy.MaxAttempts > 0 && b.tries >= b.policy.MaxAttempts {
		return 0, false
	}
	wait := max(b.random(b.ceiling()), retryAfter(failure))
	if b.policy.MaxElapsed > 0 && now.Add(wait).Sub(b.lostAt) > b.policy.MaxElapsed {
		return 0, false
	}
	b.tries++
	return wait, true
}

// ceiling is the longest that the next wait may be.
func (b *backoff) ceiling() time.Duration {
	ceiling := b.policy.Delay
	if b.retry > 0 {
		ceiling = b.retry
	}
	ceiling = max(ceiling, leastDelay)
	for range b.tries {
		if ceiling > b.policy.MaxDelay/2 { // doubled it would be beyond, or overflow
			return b.policy.MaxDelay
		}
		ceiling *= 2
	}
	return min(ceiling, b.policy.MaxDelay)
}

func retryAfter(failure error) time.Duration {
	var answer *ResponseError
	if errors.As(failure, &answer) {
		return answer.RetryAfter
	}
	return 0
}

// pause waits, or returns early: with nil when it is hurried, with the cause of
// ctx when that ends.
func pause(ctx context.Context, wait time.Duration, hurry <-chan struct{}) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-hurry:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
