package eventsource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Reconnect says when a connection that was lost, or could not be made, is tried
// again. The zero value means the defaults.
//
// The reconnection time is the stream's ("retry:"), or else Delay. No wait is
// shorter. The wait before the n-th try in a row is drawn evenly from the second
// half of the reconnection time doubled n times, up to MaxDelay: between once and
// twice the reconnection time at first, then between twice and four times. That is
// exponential backoff with jitter, which spreads the clients of a server that comes
// back.
//
// If the server asks for more than MaxDelay, by "retry:" or by Retry-After (with 429
// or 503), the wait is what it asks for and up to a tenth more. After "retry: 0" the
// first try in a row follows at once.
//
// In a browser a wait is over once the network is back or the page is seen again, but
// not before the time that the server has asked for.
type Reconnect struct {
	// Delay is the reconnection time until the stream sets one. Default: 1 s,
	// or MaxDelay if that is shorter.
	Delay time.Duration
	// MaxDelay bounds a wait, but not one that the server has asked for. It must
	// not be shorter than Delay. Default: 30 s, or Delay if that is longer.
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
	// leastBetween is the least time between two tries that follow at once.
	leastBetween = time.Second
)

// check returns an error for what no policy can mean.
func (r Reconnect) check() error {
	for _, option := range []struct {
		name  string
		value time.Duration
	}{
		{"Delay", r.Delay}, {"MaxDelay", r.MaxDelay}, {"GoodAfter", r.GoodAfter}, {"MaxElapsed", r.MaxElapsed},
	} {
		if option.value < 0 {
			return negative("Reconnect."+option.name, option.value)
		}
	}
	if r.MaxAttempts < 0 {
		return negative("Reconnect.MaxAttempts", r.MaxAttempts)
	}
	if r.MaxDelay != 0 && r.MaxDelay < r.Delay {
		return fmt.Errorf("the option Reconnect.MaxDelay is %v, which is shorter than Reconnect.Delay of %v", r.MaxDelay, r.Delay)
	}
	return nil
}

// withDefaults fills the defaults in.
func (r Reconnect) withDefaults() Reconnect {
	if r.Delay == 0 {
		r.Delay = defaultDelay
		if r.MaxDelay != 0 {
			r.Delay = min(r.Delay, r.MaxDelay)
		}
	}
	if r.MaxDelay == 0 {
		r.MaxDelay = max(defaultMaxDelay, r.Delay)
	}
	if r.GoodAfter == 0 {
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
// with a control character say, fails each time; and [ErrFailed] is not tried again,
// unless it is the failure of one EventSource of several that [Native] may make.
func WorthRetry(err error) bool {
	if errors.Is(err, errGivenUp) {
		return true // what the server has answered is not known
	}
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
	random func(time.Duration) time.Duration // evenly from [0, d), or 0
	retry  time.Duration                     // what the stream has set
	has    bool                              // whether it has set that
	tries  int                               // since the connection was last good
	lostAt time.Time                         // when that was lost
	atOnce time.Time                         // when a try last followed at once
}

func newBackoff(policy Reconnect) *backoff {
	return &backoff{policy: policy.withDefaults(), random: func(d time.Duration) time.Duration {
		if d <= 0 {
			return 0
		}
		return rand.N(d)
	}}
}

// setRetry notes the reconnection time that the stream has set.
func (b *backoff) setRetry(retry time.Duration) { b.retry, b.has = retry, true }

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
	least, most := b.bounds(now, failure)
	wait := least + b.random(most-least)
	if b.policy.MaxElapsed > 0 && now.Add(wait).Sub(b.lostAt) > b.policy.MaxElapsed {
		return 0, false
	}
	if wait == 0 {
		b.atOnce = now
	}
	b.tries++
	return wait, true
}

// bounds returns between what the next wait lies.
func (b *backoff) bounds(now time.Time, failure error) (least, most time.Duration) {
	base := b.policy.Delay
	if b.has {
		base = b.retry
	}
	if b.tries > 0 || now.Sub(b.atOnce) < leastBetween {
		base = max(base, leastDelay)
	}
	asked := b.asked(failure)
	most = doubled(base, b.tries+1, max(b.policy.MaxDelay, base))
	least = max(base, most/2, asked)
	return least, max(most, withTenth(asked))
}

// asked returns how long the server has asked to be left alone after a failure.
func (b *backoff) asked(failure error) time.Duration {
	return max(b.retry, retryAfter(failure))
}

// doubled returns a time doubled so many times, but no more than the limit.
func doubled(d time.Duration, times int, limit time.Duration) time.Duration {
	for range times {
		if d > limit/2 { // doubled it would be beyond, or overflow
			return limit
		}
		d *= 2
	}
	return d
}

// withTenth returns a time with a tenth more, or the longest time there is.
func withTenth(d time.Duration) time.Duration {
	return d + min(d/10, math.MaxInt64-d)
}

func retryAfter(failure error) time.Duration {
	var answer *ResponseError
	if errors.As(failure, &answer) {
		return max(answer.RetryAfter, answer.unseen)
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
