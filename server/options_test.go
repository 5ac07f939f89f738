package server

import (
	"math"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// Any reconnection time is sent as one, and at most a half longer.
func TestRetryOfAnyLength(t *testing.T) {
	for _, retry := range []time.Duration{1, time.Millisecond, time.Hour, math.MaxInt64 / 2, math.MaxInt64 - 1, math.MaxInt64} {
		f := New(&Options{Retry: retry})
		for range 100 {
			got := f.retry()
			if got < retry.Truncate(time.Millisecond) || got > retry && got-retry > retry/2+time.Millisecond {
				t.Errorf("%v: got %v", retry, got)
			}
			appendRetry(nil, got)
		}
		f.Close()
	}
	f := New(&Options{Retry: -1})
	defer f.Close()
	if got := appendRetry(nil, f.retry()); len(got) > 0 {
		t.Errorf("below zero: got %q, want none", got)
	}
}

func TestGrantThatIsForNothing(t *testing.T) {
	var g Grant
	g.Withdraw()
	if g.allows("") || g.allows("events") || NewGrant().allows("events") || NewGrant("Events").allows("events") || (*Grant)(nil).allows("events") {
		t.Error("it allows something")
	}
	names := []string{"a"}
	copied := NewGrant(names...)
	names[0] = "b"
	if !copied.allows("a") || copied.allows("b") {
		t.Error("the grant has changed with the caller's names")
	}
}

// What is sent by Opened comes before what the feed has already.
func TestWhatOpenedSendsComesFirst(t *testing.T) {
	f, url := serve(t, &Options{Recent: 10, Opened: func(c *Client) {
		for _, text := range []string{"hello", "again"} {
			if err := c.Send(eventstream.Message{Data: []byte(text)}); err != nil {
				t.Error(err)
			}
		}
	}})
	publish(t, f, "1", "2")
	for range 20 {
		connect(t, url, "").want("hello", "again", "1", "2")
	}
}

// Nothing is sent to the response of a request that is no GET.
func TestHeadSendsNoStream(t *testing.T) {
	f := New(&Options{Recent: 1, MaxClients: 1})
	defer f.Close()
	publish(t, f, "x")
	for range 3 {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/", nil))
		if w.Code != http.StatusOK || w.Body.Len() > 0 {
			t.Errorf("got %d, %q", w.Code, w.Body)
		}
	}
	wantNobody(t, f)
}
