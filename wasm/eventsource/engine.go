package eventsource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// engine makes one connection of a Source after the other, for every transport
// by the same policy. It has a goroutine, in which all that happens.
type engine struct {
	source  *Source
	backoff *backoff
	options *Options
	hurry   chan struct{} // of capacity one: the wait for the next attempt is over
	life    context.Context
	end     context.CancelFunc
	ended   chan struct{}
	calling atomic.Bool // the goroutine is in code of the caller's

	unfollow func() // ends what followPage began; nil where nothing did
	sleep    *sleepWatch

	mu        sync.Mutex
	present   context.CancelCauseFunc // ends the attempt or connection under way
	notBefore time.Time               // until when the server has asked to be left alone
	reasons   suspension              // why it is suspended
	resumed   chan struct{}           // not nil while suspended: closed to resume
}

// suspension is a set of reasons not to be connected.
type suspension int

const (
	stored suspension = 1 << iota // the page is in the back/forward cache
	hidden                        // it is not seen, and is to have no stream then
)

// attempt makes one connection and keeps it until it ends. It returns for how
// long it was open and why it ended, which is never nil.
type attempt func(ctx context.Context, number int) (openFor time.Duration, failure error)

func newEngine(s *Source, options *Options) *engine {
	e := &engine{
		source:  s,
		backoff: newBackoff(options.Reconnect),
		options: options,
		hurry:   make(chan struct{}, 1),
		ended:   make(chan struct{}),
	}
	e.life, e.end = context.WithCancel(context.Background())
	e.sleep = &sleepWatch{now: wallClock, woke: func() { e.renew(errSlept) }}
	return e
}

// run makes attempts until there is nothing more to try, in a goroutine of its
// own.
func (e *engine) run(try attempt) {
	e.sleep.start()
	go func() {
		defer close(e.ended)
		for number := 1; e.ready() == nil; number++ {
			openFor, failure := e.once(try, number)
			if e.life.Err() != nil || !e.prepare(failure, openFor) {
				return
			}
		}
	}()
}

// once makes one attempt, which renew can end.
func (e *engine) once(try attempt, number int) (openFor time.Duration, failure error) {
	ctx, cancel := context.WithCancelCause(e.life)
	defer cancel(nil)
	e.mu.Lock()
	e.present = cancel
	if e.resumed != nil { // suspended between ready and now
		cancel(errSuspended)
	}
	e.mu.Unlock()
	return try(ctx, number)
}

// prepare waits as long as the policy says after a failure. It returns false
// when there is to be no further attempt.
func (e *engine) prepare(failure error, openFor time.Duration) bool {
	failure = named(e.source.URL(), failure)
	var wait, asked time.Duration
	if errors.Is(failure, errRenewed) {
		e.backoff.reset()
	} else {
		var again bool
		asked = e.backoff.asked(failure)
		e.call(func() { wait, again = e.backoff.next(time.Now(), failure, openFor) })
		if !again {
			e.source.failed(failure)
			return false
		}
	}
	select {
	case <-e.hurry: // meant for a wait that is over
	default:
	}
	e.mu.Lock()
	e.notBefore = time.Now().Add(asked)
	e.mu.Unlock()
	if e.source.lost(failure, wait) {
		e.call(func() { e.source.logOutage(failure) })
	}
	return pause(e.life, wait, e.hurry) == nil
}

// close ends what is under way. The goroutine ends soon.
func (e *engine) close() {
	e.end()
	e.sleep.stop()
	if e.unfollow != nil {
		e.unfollow()
	}
}

// wait waits for the goroutine, unless that is in code of the caller's: this may
// be that code, closing the Source.
func (e *engine) wait() {
	if !e.calling.Load() {
		<-e.ended
	}
}

// call runs code of the caller's in the goroutine, which it may end: the Source
// is closed then.
func (e *engine) call(fn func()) {
	e.calling.Store(true)
	defer e.calling.Store(false)
	e.source.guard(fn)
}

// reconnect renews at the caller's wish, which goes before that of the server.
func (e *engine) reconnect() {
	e.mu.Lock()
	e.notBefore = time.Time{}
	e.mu.Unlock()
	e.renew(errAsked)
}

// nudge ends the wait for the next attempt, unless the server has asked for it:
// something has happened that makes the attempt likelier to succeed, waking up
// perhaps.
func (e *engine) nudge() {
	e.sleep.look()
	poke(e.hurry)
}

var (
	// errRenewed marks the end of a connection that was ended in order to be
	// made anew: no failure, and nothing to wait for.
	errRenewed   = errors.New("the connection is made anew")
	errSuspended = fmt.Errorf("%w when the page comes back", errRenewed)
	errAsked     = fmt.Errorf("%w as the program has asked", errRenewed)
	errThawed    = fmt.Errorf("%w after the page was frozen", errRenewed)
	errSlept     = fmt.Errorf("%w after the machine has slept, or the page was stopped", errRenewed)
)

// suspend ends the connection until resume. What still comes out of it is not
// delivered.
func (e *engine) suspend(reason suspension) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reasons |= reason
	if e.resumed != nil {
		return
	}
	e.resumed = make(chan struct{})
	if e.present != nil {
		e.present(errSuspended)
	}
	poke(e.hurry) // out of a wait, into that for resume
}

// resume takes a reason back. With the last one it connects again, at once.
func (e *engine) resume(reason suspension) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.reasons &^= reason
	if e.reasons == 0 && e.resumed != nil {
		close(e.resumed)
		e.resumed = nil
		e.sleep.restart()
		poke(e.hurry) // suspended between a failure and its wait
	}
}

// renew ends the connection under way, or the wait for the next one, and makes
// one at once.
func (e *engine) renew(reason error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.present != nil {
		e.present(reason)
	}
	e.sleep.restart()
	poke(e.hurry)
}

// suspended reports whether there is a reason not to be connected.
func (e *engine) suspended() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.resumed != nil
}

// ready waits until an attempt may be made: not while the engine is suspended,
// nor before the server wants to be asked again. It returns an error when the
// Source ends.
func (e *engine) ready() error {
	for {
		if err := e.awaitResume(); err != nil {
			return err
		}
		e.mu.Lock()
		wait := time.Until(e.notBefore)
		e.mu.Unlock()
		if wait <= 0 {
			return nil
		}
		if err := pause(e.life, wait, e.hurry); err != nil {
			return err
		}
	}
}

// awaitResume waits while the engine is suspended. It returns an error when the
// Source ends. A suspension is no failure: what comes after it is the first try
// in a row.
func (e *engine) awaitResume() error {
	e.mu.Lock()
	resumed := e.resumed
	e.mu.Unlock()
	if resumed == nil {
		return context.Cause(e.life)
	}
	select {
	case <-resumed:
		e.backoff.reset()
		return nil
	case <-e.life.Done():
		return context.Cause(e.life)
	}
}
