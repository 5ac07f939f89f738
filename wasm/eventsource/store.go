package eventsource

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Store keeps last event IDs where they outlive the program, so that a page which
// is loaded again resumes where it was. SessionStore and LocalStore are the
// browser's own.
//
// What is kept is the place up to which every open subscription has handled what was
// for it. A message is handled once its loop asks for the next one, or all its
// handlers have returned; one that a queue's policy has dropped or replaced counts as
// well. So each message is handled at least once over the lives of a page: what was
// queued comes again after a reload, and so does the message, or the slice of
// [Subscription.Batches], that a loop had in hand: when the page, the context or the
// Source ended, or when the loop was left.
// With several subscriptions what the quicker ones have handled comes again too, back
// to where the slowest one was. A subscription that is closed holds the place back no
// longer; with the last one the place stays where it is. One that a full queue has
// ended holds it at the first message that found no room, until it is closed.
type Store interface {
	// Load returns the last event ID that was saved for a stream, "" where
	// there is none. It is called once, by [Open].
	Load(url string) (lastEventID string, err error)
	// Save keeps the last event ID of a stream. It is called, if that is another,
	// after messages were handled, up to ten times a second; when the page is
	// hidden, frozen or left; and when the Source is closed. It may be called inside a
	// JavaScript callback, and must not block. There is one call at a time.
	Save(url, lastEventID string) error
}

// keeper has a Store follow a Source. An error of the Store is told once, in
// [Source.States]; it is not the stream's end.
type keeper struct {
	store    Store
	url      string
	unfollow func() // ends the watch for the page's end; nil if there is no such watch

	mu     sync.Mutex
	kept   string
	failed bool
	saving bool        // a call of the Store is under way
	again  bool        // and another one is to follow
	saved  time.Time   // when the last one ended
	timer  *time.Timer // for the next one; nil where none is to come

	place   string // see Source.place; guarded by the Source's lock, as is settled
	settled bool   // the place is final
}

// keepEvery is the least time between two calls of a Store.
const keepEvery = 100 * time.Millisecond

// load returns where to begin.
func (k *keeper) load() (lastEventID string, err error) {
	if k.store == nil {
		return "", nil
	}
	id, err := k.store.Load(k.url)
	if err == nil {
		err = checkLastEventID(id)
	}
	if err != nil {
		return "", k.once(err)
	}
	k.kept = id
	return id, nil
}

// checkLastEventID returns an error for what no event stream can have given
// (HTML standard, 9.2.6); it would break up the header, and a batch's fields.
func checkLastEventID(id string) error {
	if strings.ContainsAny(id, "\x00\r\n") {
		return errLastEventID
	}
	return nil
}

// due reports whether to save now. If that has been done a short time ago, later is
// called in time.
func (k *keeper) due(later func()) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		return false
	}
	wait := keepEvery - time.Since(k.saved)
	if wait > 0 {
		k.timer = time.AfterFunc(wait, later)
	}
	return wait <= 0
}

// stop ends the wait for the next call.
func (k *keeper) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil {
		k.timer.Stop()
		k.timer = nil
	}
}

// begin reports whether the caller is to save; otherwise another call is doing so, and
// goes on with what is new.
func (k *keeper) begin() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.again = k.saving
	began := !k.saving
	k.saving = true
	return began
}

// end reports whether there may be something new, and ends the call otherwise.
func (k *keeper) end() (again bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	again, k.again = k.again, false
	k.saving = again
	return again
}

// save keeps an ID, unless it is what was kept last. No other call does so meanwhile.
func (k *keeper) save(lastEventID string) error {
	if lastEventID == k.kept {
		return nil
	}
	err := k.store.Save(k.url, lastEventID)
	if err == nil {
		k.kept = lastEventID
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.saved = time.Now()
	return k.once(err)
}

// once returns the first error only.
func (k *keeper) once(err error) error {
	if err == nil || k.failed {
		return nil
	}
	k.failed = true
	return err
}

// keep has the Store follow, soon: it is called for each message that is handled.
func (s *Source) keep() {
	if s.keeper.store != nil && s.keeper.due(s.keepLater) {
		s.keepNow()
	}
}

// keepLater is keepNow when its time has come.
func (s *Source) keepLater() {
	s.keeper.stop()
	s.guard(s.keepNow)
}

// keepNow saves the place, if that is another. A call of the Store may come here
// again, by closing the Source for one.
func (s *Source) keepNow() {
	k := &s.keeper
	if k.store == nil || !k.begin() {
		return
	}
	for again := true; again; again = k.end() {
		s.mu.Lock()
		place := s.place()
		s.mu.Unlock()
		if err := k.save(place); err != nil {
			s.tellOfStore(fmt.Errorf("eventsource: save the last event ID: %w", err))
		}
	}
}

// tellOfStore has the state say what became of the Store.
func (s *Source) tellOfStore(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		state := s.state
		state.Err = err
		s.setState(state)
	}
}

// settle makes the place final: what loops do from now on does not count, for they
// get no more of what waits for them.
func (s *Source) settle() {
	s.mu.Lock()
	s.place()
	s.keeper.settled = true
	s.mu.Unlock()
	s.keeper.stop()
	if s.keeper.unfollow != nil {
		s.keeper.unfollow()
	}
}
