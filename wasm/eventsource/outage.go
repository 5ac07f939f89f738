package eventsource

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// tellAfter is how many attempts in a row fail before that is told.
const tellAfter = 3

// outage counts the attempts in a row that have failed. One that brought a message,
// or was open for long, has not.
type outage struct {
	failures int
	batches  uint64    // how many had come by the last failure
	opened   time.Time // when the connection was established; zero if it is not
}

// failed notes a failure, and reports whether it is to be told: once in an outage.
func (o *outage) failed(now time.Time, batches uint64) (tell bool) {
	wasGood := batches != o.batches || !o.opened.IsZero() && now.Sub(o.opened) >= defaultGoodAfter
	o.batches, o.opened = batches, time.Time{}
	if wasGood {
		o.failures = 0 // a loss is not a failed attempt
		return false
	}
	o.failures++
	return o.failures == tellAfter
}

// logOutage tells that attempts go on failing.
func (s *Source) logOutage(cause error) {
	url := s.URL()
	reason := strings.TrimPrefix(cause.Error(), "eventsource: ")
	message := fmt.Sprintf("eventsource: %s: %d attempts in a row have failed, and others follow; the last failure: %s",
		url, tellAfter, strings.TrimPrefix(reason, url+": "))
	s.guard(func() { s.log(message) })
}

// withFailure returns the cause of a context that has ended, with the failure that
// the Source was about to overcome, if there is one. s.mu is held.
func (s *Source) withFailure(cause error) error {
	failure := s.state.Err
	if s.state.ReadyState != StateConnecting || failure == nil || errors.Is(failure, errRenewed) {
		return cause
	}
	return fmt.Errorf("%w; then the context ended: %w", failure, cause)
}
