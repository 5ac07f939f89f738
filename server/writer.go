package server

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// streamWriter writes one stream.
type streamWriter struct {
	feed   *Feed
	client *Client
	out    *output
	filter *filter
	cursor uint64    // number of the next message
	told   uint64    // number of the place that the client knows
	wrote  time.Time // when it got something last
}

// greet writes the block that a stream begins with: the reconnection time, if
// there is one, and as the last event ID the place before cursor. A gap that is
// known already follows it.
func (s *streamWriter) greet(gap eventstream.GapReason) error {
	block := s.appendPlace(nil)
	block = append(appendRetry(block, s.feed.retry()), '\n')
	if gap != "" {
		block = s.appendGap(block, eventstream.Gap{Reason: gap})
	}
	s.out.write(block)
	return s.flush()
}

// run writes what there is to write until something ends the stream.
func (s *streamWriter) run() error {
	ctx := s.client.request.Context()
	heartbeat := newAlarm(s.feed.options.Heartbeat)
	defer heartbeat.stop()
	select {
	case <-s.client.sent: // by Options.Opened
		if err := s.direct(); err != nil {
			return err
		}
	default:
	}
	for {
		next, again, err := s.feed.next(ctx, s.client.ended, s.cursor)
		// That is asked once there is something to write, and not before: what
		// has been published after the grant was withdrawn is not for this client.
		select {
		case <-s.client.ended:
			return s.rest()
		default:
		}
		if err != nil {
			return errors.Join(err, s.farewell())
		}
		if !next.empty() {
			if err := s.messages(next); err != nil {
				return err
			}
			again = ready
		}
		select {
		case <-s.client.ended:
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-s.client.sent:
			err = s.direct()
		case <-heartbeat.c:
			err = s.heartbeat(heartbeat)
		case <-again:
		}
		if err != nil {
			return err
		}
	}
}

// ready is a channel that is closed already.
var ready = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// messages writes the next messages of the feed.
func (s *streamWriter) messages(next span) error {
	if first := next.first(); first > s.cursor {
		s.gap(first)
	}
	s.cursor = next.last() + 1
	s.client.cursor.Store(s.cursor)
	s.feed.counters.sent.Add(uint64(s.write(next)))
	return s.flush()
}

// rest ends the stream, of a feed that has been closed with what it still holds
// for the client: who publishes gets an ID for no message that the clients which
// keep up do not get. How long that may take has been set by [Client.end].
func (s *streamWriter) rest() error {
	for s.client.endedBy(errFeedClosed) {
		next, from, _ := s.feed.window.read(s.cursor)
		if next.empty() || s.cursor < from {
			break
		}
		if err := s.messages(next); err != nil {
			return err
		}
	}
	if s.client.endedBy(errFeedClosed) {
		if err := s.direct(); err != nil {
			return err
		}
	}
	return s.farewell()
}

// write writes those of the messages that the filter lets pass, and returns their
// number.
func (s *streamWriter) write(messages span) (sent int) {
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
	if s.filter == nil && pass {
		return len(marks)
	}
	for n < len(marks) && s.filter.passes(marks[n].kind) == pass {
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

// heartbeat writes a comment if nothing has been written for so long. Where the
// filter has kept messages back meanwhile it is the client's place instead: it is
// to come back there, even if the log then holds nothing any more of what it has
// got.
func (s *streamWriter) heartbeat(a *alarm) error {
	if left := a.after - time.Since(s.wrote); left > 0 {
		a.timer.Reset(left)
		return nil
	}
	if s.told+1 < s.cursor {
		s.out.write(append(s.appendPlace(nil), '\n'))
	} else {
		s.out.write(heartbeat)
	}
	a.timer.Reset(a.after)
	return s.flush()
}

var heartbeat = []byte(": heartbeat\n\n")

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
	if s.client.endedBy(errCut) {
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

// alarm is a timer that may be off.
type alarm struct {
	after time.Duration
	timer *time.Timer
	c     <-chan time.Time // nil, never ready, if the alarm is off
}

func newAlarm(after time.Duration) *alarm {
	if after <= 0 {
		return &alarm{}
	}
	timer := time.NewTimer(after)
	return &alarm{after: after, timer: timer, c: timer.C}
}

func (a *alarm) stop() {
	if a.timer != nil {
		a.timer.Stop()
	}
}
