//go:build js && wasm

package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// errEnough ends a subject's context.
var errEnough = errors.New("had enough")

// obey does what the stream /control says, one order after the other: "open"
// with a query opens a Source, with further parameters as its options,
// "reconnect" asks it for its next attempt, and "close" and "cancel" end it and
// report "ended".
func obey(ctx context.Context, query url.Values) error {
	control, err := eventsource.Open(ctx, "/control", nil)
	if err != nil {
		return err
	}
	defer control.Close()
	orders, err := eventsource.Subscribe[string](control, "", &eventsource.SubscribeOptions{Codec: codec.Text})
	if err != nil {
		return err
	}
	var present *subject
	for order, err := range orders.Events() {
		if err != nil {
			return nil // the page has ended
		}
		verb, rest, _ := strings.Cut(order.Data, " ")
		switch verb {
		case "open":
			own, err := url.ParseQuery(rest)
			if err != nil {
				return err
			}
			own["transport"] = query["transport"]
			if present, err = openSubject(ctx, own); err != nil {
				return err
			}
		case "reconnect":
			present.src.Reconnect()
			report("reconnect", nil)
		case "close":
			report("ended", present.close(ctx))
		case "cancel":
			report("ended", present.cancel(ctx))
		default:
			return fmt.Errorf("no order %q", verb)
		}
	}
	return nil
}

// subject is a Source that is watched at its end.
type subject struct {
	src    *eventsource.Source
	stop   context.CancelCauseFunc
	before jsbridge.Counts
	loops  sync.WaitGroup

	over       bool // nothing may come any more
	seen, late int
	loop       error
}

// subjectReport is how a subject ended. Live is what was alive before it was
// opened and after it ended.
type subjectReport struct {
	Err, Loop         string
	IsClosed, IsCause bool
	State             string
	Seen, Late        int
	Live              [2]jsbridge.Counts
}

// openSubject opens a Source, reports its states, and "begun" with its first
// event.
func openSubject(ctx context.Context, query url.Values) (*subject, error) {
	s := &subject{before: jsbridge.Live()}
	ctx, s.stop = context.WithCancelCause(ctx)
	var err error
	if s.src, err = open(ctx, query); err != nil {
		return nil, err
	}
	events, err := eventsource.Subscribe[string](s.src, "n", &eventsource.SubscribeOptions{Codec: codec.Text})
	if err != nil {
		return nil, err
	}
	states := s.src.States()
	s.loops.Go(func() {
		for state := range states {
			report("state", fmt.Sprint(state.ReadyState, " ", state.Attempt))
		}
	})
	s.loops.Go(func() {
		for _, err := range events.Events() {
			if err != nil {
				s.loop = err
				continue
			}
			if s.over {
				s.late++
			}
			if s.seen++; s.seen == 1 {
				report("begun", nil)
			}
		}
	})
	return s, nil
}

// close closes the Source and looks at what is alive as soon as it may.
func (s *subject) close(ctx context.Context) subjectReport {
	s.src.Close()
	s.over = true
	return s.ended(ctx, jsbridge.Live())
}

// cancel ends the Source's context and looks at what is alive once the Source
// has had time to let go.
func (s *subject) cancel(ctx context.Context) subjectReport {
	s.stop(errEnough)
	<-s.src.Done()
	s.over = true
	after := jsbridge.Live()
	for turn := 0; after != s.before && turn < 1000 && jsbridge.NextTurn(ctx) == nil; turn++ {
		after = jsbridge.Live()
	}
	return s.ended(ctx, after)
}

// ended tells how the Source ended, after all that might bring it back.
func (s *subject) ended(ctx context.Context, after jsbridge.Counts) subjectReport {
	s.src.Reconnect()
	s.src.Close()
	s.loops.Wait()
	for turn := 0; turn < 10 && jsbridge.NextTurn(ctx) == nil; turn++ {
	}
	s.stop(nil)
	err := s.src.Err()
	return subjectReport{
		Err: text(err), Loop: text(s.loop),
		IsClosed: errors.Is(err, eventsource.ErrClosed), IsCause: errors.Is(err, errEnough),
		State: s.src.State().ReadyState.String(),
		Seen:  s.seen, Late: s.late,
		Live: [2]jsbridge.Counts{s.before, after},
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
