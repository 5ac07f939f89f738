package eventsource

import (
	"errors"
	"testing"
	"time"
)

// TestUnseenRetryAfter holds how long is waited at the least after a refusal, with
// what the server asks and the client may or may not see.
func TestUnseenRetryAfter(t *testing.T) {
	for _, test := range []struct {
		name          string
		status        int
		after         string
		hides         bool
		least, beyond time.Duration
	}{
		{"seen", 503, "60", false, time.Minute, time.Minute + 1},
		{"seen of another origin", 429, "60", true, time.Minute, time.Minute + 1},
		{"seen, at once", 503, "0", true, 0, 1},
		{"none", 503, "", false, 0, 1},
		{"unseen", 503, "", true, leastUnseen, 2 * leastUnseen},
		{"unseen, too many requests", 429, "", true, leastUnseen, 2 * leastUnseen},
		{"of a status that asks nothing", 500, "", true, 0, 1},
	} {
		answer := response{status: test.status, hides: test.hides, header: func(name string) string {
			if name == "Retry-After" {
				return test.after
			}
			return ""
		}}
		err := answer.check(time.Now())
		if wait := retryAfter(err); wait < test.least || wait >= test.beyond {
			t.Errorf("%s: got %v, want from %v to below %v", test.name, wait, test.least, test.beyond)
		}
		var told *ResponseError
		if !errors.As(err, &told) || test.after == "" && told.RetryAfter != 0 {
			t.Errorf("%s: got %+v, want what the server has asked", test.name, told)
		}
	}
}
