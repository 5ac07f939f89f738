package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
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
	// restless is how long one consumer after the other may fail by way of one
	// node before another node is looked for. A new leader takes about as long.
	restless = 6 * time.Second
)

// Follow implements [server.Log].
func (l *Log) Follow(ctx context.Context, from uint64, each func(server.Record)) error {
	f := &follower{log: l, each: each}
	f.next.Store(max(from, 1))
	wait, well := reconnectWait, time.Now()
	for {
		was, began := f.next.Load(), time.Now()
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
		l.store.options.Logger.Debug("jetstream: consumer ended", "feed", l.feed, "next", f.next.Load(), "error", err)
		if f.next.Load() > was || time.Since(began) > restless {
			wait, well = reconnectWait, time.Now()
		}
		if time.Since(well) > restless && l.store.server == nil && l.store.nc.IsConnected() {
			l.store.nc.ForceReconnect()
			well = time.Now()
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
	next   atomic.Uint64 // the lowest number that is wanted
	had    uint64        // the number of the last record that was had
	behind time.Time     // since when the log has ended before that
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
	ctx, end := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, func() { messages.Unsubscribe() })()
	if err := f.start(ctx, inbox); err != nil {
		end(nil)
		return err
	}
	var watching sync.WaitGroup
	if l.store.server == nil {
		watching.Go(func() { end(f.watch(ctx)) })
	}
	defer watching.Wait()
	defer end(nil)
	for count := uint64(0); ; {
		m, err := messages.NextMsg(silence)
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				return cause
			}
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
		if number < f.next.Load() {
			continue
		}
		record, err := decode(number, m)
		if err != nil {
			return l.gone("%w", err)
		}
		l.mark.raise(number)
		f.each(record)
		f.had = number
		f.next.Store(number + 1)
	}
}

// watch returns an error as soon as a consumer does not do what it should,
// though it shows that it is alive: one on a node that is cut off from the others,
// or that has not caught up with them.
func (f *follower) watch(ctx context.Context) error {
	var next, newest uint64 // as they were the last time
	silent := false
	for sleep(ctx, silence) {
		once, cancel := context.WithTimeout(ctx, apiTimeout)
		info, err := f.log.info(once)
		cancel()
		if err != nil {
			if silent || errors.Is(err, server.ErrLog) {
				return fmt.Errorf("the stream's leader does not answer: %w", err)
			}
			silent = true
			continue
		}
		silent = false
		now := f.next.Load()
		if now == next && next <= newest && info.State.Msgs > 0 {
			return fmt.Errorf("message %d does not come, and %d is there", next, newest)
		}
		next, newest = now, info.State.LastSeq
	}
	return nil
}

// start has the cluster make a consumer that sends to inbox.
func (f *follower) start(ctx context.Context, inbox string) error {
	l := f.log
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_, err := l.store.js.CreatePushConsumer(ctx, l.stream(), natsjs.ConsumerConfig{
		DeliverSubject:    inbox,
		DeliverPolicy:     natsjs.DeliverByStartSequencePolicy,
		OptStartSeq:       f.next.Load(),
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
