package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/server"
)

const (
	heartbeat = time.Second
	// silence is how long a consumer may say nothing before it counts as gone.
	silence = 3 * heartbeat
	// amiss is how long things may be wrong, by what one node says, before
	// they count as wrong: a leader that is cut off from the others does not
	// know it for 10 s.
	amiss = 30 * time.Second
	// restless is how many consumers in a row may fail on one node before
	// another node is looked for.
	restless = 3
)

// Follow implements [server.Log].
func (l *Log) Follow(ctx context.Context, from uint64, each func(server.Record)) error {
	f := &follower{log: l, next: max(from, 1), each: each}
	wait, failures := reconnectWait, 0
	for {
		was := f.next
		err := f.consume(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case l.store.isClosed():
			return ErrClosed
		case errors.Is(err, server.ErrLog):
			return err
		}
		if fault := l.check(ctx, err); errors.Is(fault, server.ErrLog) {
			return fault
		}
		l.store.options.Logger.Debug("jetstream: consumer ended", "feed", l.feed, "next", f.next, "error", err)
		if f.next > was {
			wait, failures = reconnectWait, 0
		}
		if failures++; failures%restless == 0 && l.store.server == nil && l.store.nc.IsConnected() {
			l.store.nc.ForceReconnect()
		}
		if !sleep(ctx, wait) {
			return context.Cause(ctx)
		}
		wait = min(2*wait, 2*time.Second)
	}
}

// follower reads the log by one consumer after the other. A consumer is a
// cursor on one node that sends what it comes to; it is never mended, but
// replaced by one that begins after the last record that was had.
type follower struct {
	log    *Log
	each   func(server.Record)
	next   uint64    // the lowest number that is wanted
	had    uint64    // the number of the last record that was had
	behind time.Time // since when the log has ended before that
}

// consume reads by one consumer until that fails, and says why it has.
func (f *follower) consume(ctx context.Context) error {
	l := f.log
	inbox := nats.NewInbox()
	messages, err := l.store.nc.SubscribeSync(inbox)
	if err != nil {
		return err
	}
	defer messages.Unsubscribe()
	// The node waits until what it has sent is taken (flow control), so there
	// is no need for a bound here, at which messages would be lost.
	if err := messages.SetPendingLimits(-1, -1); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { messages.Unsubscribe() })
	defer stop()
	if err := f.start(ctx, inbox); err != nil {
		return err
	}
	for count := uint64(0); ; {
		m, err := messages.NextMsg(silence)
		if err != nil {
			return err
		}
		if status := m.Header.Get("Status"); status != "" && len(m.Data) == 0 {
			if err := answer(l.store.nc, m, status, count); err != nil {
				return err
			}
			continue
		}
		about, err := m.Metadata()
		if err != nil {
			return err
		}
		if count++; about.Sequence.Consumer != count {
			return fmt.Errorf("delivery %d came after %d", about.Sequence.Consumer, count-1)
		}
		number := about.Sequence.Stream
		if number < f.next {
			continue
		}
		record, err := decode(number, m)
		if err != nil {
			return l.gone("%w", err)
		}
		l.mark.raise(number)
		f.each(record)
		f.had, f.next = number, number+1
	}
}

// start has the cluster make a consumer that sends to inbox.
func (f *follower) start(ctx context.Context, inbox string) error {
	l := f.log
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_, err := l.store.js.CreatePushConsumer(ctx, l.stream(), natsjs.ConsumerConfig{
		DeliverSubject:    inbox,
		DeliverPolicy:     natsjs.DeliverByStartSequencePolicy,
		OptStartSeq:       f.next,
		FilterSubject:     l.subject,
		AckPolicy:         natsjs.AckNonePolicy,
		FlowControl:       true,
		IdleHeartbeat:     heartbeat,
		InactiveThreshold: 2 * silence,
		MemoryStorage:     true,
		Replicas:          1,
	})
	// Asked afterwards, so that the consumer is known to be one of this log.
	info, infoErr := l.info(ctx)
	if infoErr != nil {
		return infoErr
	}
	if err != nil {
		return err
	}
	if info.State.LastSeq >= f.had {
		f.behind = time.Time{}
		return nil
	}
	if f.behind.IsZero() {
		f.behind = time.Now()
	}
	if l.store.server != nil || time.Since(f.behind) > amiss {
		return l.gone("the log has lost its end: it had message %d, and the last one there is %d", f.had, info.State.LastSeq)
	}
	return fmt.Errorf("message %d is the last one there, and %d was there before", info.State.LastSeq, f.had)
}

// answer deals with what a consumer sends between messages.
func answer(nc *nats.Conn, m *nats.Msg, status string, count uint64) error {
	const control = "100"
	if status != control {
		return fmt.Errorf("consumer: %s %s", status, m.Header.Get("Description"))
	}
	if m.Reply != "" { // it asks whether all before this is taken
		return m.Respond(nil)
	}
	if stalled := m.Header.Get("Nats-Consumer-Stalled"); stalled != "" {
		if err := nc.Publish(stalled, nil); err != nil {
			return err
		}
	}
	if sent := m.Header.Get("Nats-Last-Consumer"); sent != "" && sent != strconv.FormatUint(count, 10) {
		return fmt.Errorf("deliveries came up to %d of %s", count, sent)
	}
	return nil
}
