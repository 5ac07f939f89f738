package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// streamWriter writes one stream, in turns that the feed's crew does.
type streamWriter struct {
	feed     *Feed
	client   *Client
	response http.ResponseWriter
	admitted admission
	out      *output // nil before the first turn
	reader   reader
	gapAt    eventstream.GapReason // the gap that the stream begins with
	cursor   uint64                // number of the next message
	told     uint64                // number of the place that the client knows
	wrote    time.Time             // when it got something last
	pulse    *time.Timer           // nil if there are no heartbeats
	due      atomic.Bool           // whether the pulse has fired
	err      error                 // why the stream has ended, as far as the client does not know
	panicked any
	finished chan struct{} // closed after the last turn
}

// run returns once the stream has ended. The goroutine that waits here, the
// handler's, has written nothing: its stack is as small as it was.
func (s *streamWriter) run() {
	s.client.task.begin()
	select {
	case <-s.finished:
	case <-s.client.request.Context().Done():
		s.client.end(leaving(s.client.request.Context()))
		<-s.finished
	}
	if s.panicked != nil {
		panic(s.panicked)
	}
}

// leaving says why a stream ends whose request's context is done, and how long its
// end may take. A middleware may have ended the context: the client is still there.
func leaving(ctx context.Context) (cause error, grace time.Duration) {
	switch cause := context.Cause(ctx); {
	case cause == context.Canceled:
		return errLeft, 0
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%w: %w", errDeadline, cause), closeGrace
	default:
		return fmt.Errorf("%w: %w", errCanceled, cause), closeGrace
	}
}

// turn writes what there is for the client, and at most as much as lies together
// in memory: others want their turn.
func (s *streamWriter) turn() {
	select {
	case <-s.finished:
		return // it is too late
	default:
	}
	defer s.recover()
	switch done, more, err := s.write(); {
	case done || err != nil:
		s.finish(err)
	case more:
		s.client.task.wake()
	}
}

// recover has the handler's goroutine panic in this one's place: what a response
// writer of somebody else's throws is for net/http to deal with.
func (s *streamWriter) recover() {
	if thrown := recover(); thrown != nil {
		s.panicked = thrown
		s.finish(errPanicked)
	}
}

func (s *streamWriter) finish(err error) {
	if s.pulse != nil {
		s.pulse.Stop()
	}
	s.feed.window.forget(&s.reader)
	s.err = err
	close(s.finished)
}

// write does a turn. It reports whether that was the last one, or whether there
// may be more to write.
func (s *streamWriter) write() (done, more bool, err error) {
	if s.out == nil {
		if err := s.greet(); err != nil {
			return false, false, err
		}
	}
	if err := s.direct(); err != nil {
		return false, false, err
	}
	next, err := s.feed.next(s.client.request.Context(), s.client.ended, s.cursor, &s.reader)
	// That is asked once there is something to write, and not before: what has
	// been published after the grant was withdrawn is not for this client.
	if s.client.hasEnded() {
		return true, false, s.rest()
	}
	switch {
	case err != nil:
		return false, false, errors.Join(err, s.farewell())
	case !next.empty():
		return false, true, s.messages(next)
	case s.due.Swap(false):
		return false, false, s.heartbeat()
	}
	return false, false, nil
}

// greet sends the header and the block that a stream begins with: the
// reconnection time, if there is one, and as the last event ID the place before
// cursor. A gap that is known already follows it.
func (s *streamWriter) greet() (err error) {
	if s.out, err = newOutput(s.client, s.response); err != nil {
		return err
	}
	block := s.appendPlace(nil)
	block = append(appendRetry(block, s.feed.retry()), '\n')
	if s.gapAt != "" {
		block = s.appendGap(block, eventstream.Gap{Reason: s.gapAt})
	}
	s.out.write(block)
	if after := s.feed.options.Heartbeat; after > 0 {
		s.pulse = time.AfterFunc(after, func() {
			s.due.Store(true)
			s.client.task.wake()
		})
	}
	return s.flush()
}

// messages writes the next messages of the feed.
func (s *streamWriter) messages(next span) error {
	if first := next.first(); first > s.cursor {
		s.gap(first)
	}
	s.cursor = next.last() + 1
	s.client.cursor.Store(s.cursor)
	s.feed.counters.sent.Add(uint64(s.pass(next)))
	return s.flush()
}

// rest ends the stream, of a feed that has been closed with what it still holds
// for the client: who publishes gets an ID for no message that the clients which
// keep up do not get. How long that may take has been set by [Client.end].
func (s *streamWriter) rest() error {
	if !s.client.endedBy(errFeedClosed) {
		return s.farewell()
	}
	for {
		next, from := s.feed.window.read(s.cursor, &s.reader)
		if next.empty() || s.cursor < from && s.feed.pages != nil {
			break // what is in the log only, another process serves
		}
		if err := s.messages(next); err != nil {
			return err
		}
	}
	if err := s.direct(); err != nil {
		return err
	}
	return s.farewell()
}

// pass writes those of the messages that the filter lets pass, and returns their
// number.
func (s *streamWriter) pass(messages span) (sent int) {
	for !messages.empty() {
		wanted, others := messages.until(s.alike(messages.marks, true))
		if !wanted.empty() {
			s.out.write(wanted.text())
			s.told = wanted.last()
		}
		sent += len(wanted.marks)
		_, messages = others.until(s.alike(others.marks, false))
	}
	return sent
}

// alike returns how many messages from the first one on the filter lets pass, or
// how many it does not.
func (s *streamWriter) alike(marks []mark, pass bool) (n int) {
	if s.admitted.filter == nil && pass {
		return len(marks)
	}
	for n < len(marks) && s.admitted.filter.passes(marks[n].kind) == pass {
		n++
	}
	return n
}

// direct writes what has been sent to this client alone.
func (s *streamWriter) direct() error {
	for _, block := range s.client.directs() {
		s.out.write(block)
	}
	return s.flush()
}

// heartbeat writes a comment, and an event of the type [eventstream.HeartbeatEvent],
// if nothing has been written for so long. Where the filter has kept messages back
// meanwhile, the client's place comes with it: it is to come back there, even if the
// log then holds nothing any more of what it has got.
func (s *streamWriter) heartbeat() error {
	after := s.feed.options.Heartbeat
	if left := after - time.Since(s.wrote); left > 0 {
		s.pulse.Reset(left)
		return nil
	}
	if s.told+1 < s.cursor {
		s.out.write(s.appendPlace(nil))
	}
	s.out.write(heartbeat)
	s.pulse.Reset(after)
	return s.flush()
}

// heartbeat is for people and readers that see comments, and for those that see only
// events.
var heartbeat = []byte(": heartbeat\nevent: " + string(eventstream.HeartbeatEvent) + "\ndata: {}\n\n")

// gap tells the client that the log does not hold the messages from its place to
// below next, and counts that.
func (s *streamWriter) gap(next uint64) {
	log, missed := s.feed.window.log, next-s.cursor
	gap := eventstream.Gap{
		From: formatID(log, s.cursor), To: formatID(log, next-1),
		Missed: missed, Reason: eventstream.GapDropped,
	}
	s.cursor = next
	s.feed.counters.missed.Add(missed)
	s.out.write(s.appendGap(nil, gap))
}

// appendGap appends the event that tells of a gap. Its ID is the place that the
// stream goes on from.
func (s *streamWriter) appendGap(b []byte, gap eventstream.Gap) []byte {
	s.feed.counters.gaps.Add(1)
	data, err := json.Marshal(gap)
	if err != nil {
		panic(err) // strings and a number
	}
	b = append(b, "event: "+string(eventstream.GapEvent)+"\n"...)
	b = s.appendPlace(b)
	b = append(b, "data: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

// appendPlace appends the field that makes the place before cursor the client's
// last event ID.
func (s *streamWriter) appendPlace(b []byte) []byte {
	s.told = s.cursor - 1
	b = append(b, "id: "...)
	b = appendID(b, s.feed.window.log, s.told)
	return append(b, '\n')
}

// farewell tells the client when to come back, and ends the stream as HTTP has
// it.
func (s *streamWriter) farewell() error {
	if s.client.endedBy(errCut) || s.client.endedBy(errLeft) {
		return nil
	}
	if block := appendRetry(nil, s.feed.retry()); len(block) > 0 {
		s.out.write(append(block, '\n'))
	}
	if err := s.flush(); err != nil {
		return err
	}
	return s.out.close()
}

func (s *streamWriter) flush() error {
	if s.out.dirty {
		s.wrote = time.Now()
	}
	return s.out.flush()
}

// retry is a reconnection time, another one each time; 0 if none is to be sent.
func (f *Feed) retry() time.Duration {
	base := f.options.Retry
	if base <= 0 {
		return 0
	}
	return wholeMilliseconds(base + rand.N(min(base/2, math.MaxInt64-base)+1))
}

func appendRetry(b []byte, retry time.Duration) []byte {
	if retry == 0 {
		return b
	}
	m := eventstream.Message{Retry: retry}
	text, err := m.AppendText(nil)
	if err != nil {
		panic(err) // it is above zero
	}
	return append(b, text[:len(text)-1]...)
}
