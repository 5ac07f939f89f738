package jetstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/runnel-go/runnel/server"
)

// What is published without waiting for acknowledgements. A stream takes 10,000
// messages that it has not come to yet, from all publishers together.
const (
	flightMessages = 256
	flightBytes    = 2 << 20
)

// headRoom is what the headers of a message may take beyond what is in them.
const headRoom = 256

// Append implements [server.Log]. The records are published one after the other
// without waiting, so they stand in their order, though records of other calls
// may stand between them. Where ctx has no deadline Append waits for 15 s.
//
// What NATS refuses because it has no leader just then is published again; a
// record whose acknowledgement is lost, only if it has a MessageID and so cannot
// come twice. None is published again once a later one is in the log.
func (l *Log) Append(ctx context.Context, records []server.Record) ([]uint64, error) {
	messages := make([]*nats.Msg, len(records))
	for i := range records {
		messages[i] = encode(l.subject, &records[i])
		if size, most := sizeOf(messages[i]), l.store.nc.MaxPayload(); most > 0 && int64(size) > most {
			return nil, l.failed(fmt.Errorf("record %d of %d: %w: %d bytes, and the log takes %d", i+1, len(records), nats.ErrMaxPayload, size, most))
		}
	}
	ctx, cancel := withPatience(ctx)
	defer cancel()
	if ctx.Err() != nil {
		return nil, l.failed(context.Cause(ctx))
	}
	if err := l.writable(); err != nil {
		return nil, l.failed(err)
	}
	numbers := make([]uint64, 0, len(records))
	start, repeated := l.mark.number.Load(), false
	for wait := reconnectWait / 4; len(messages) > 0; {
		before, known := len(numbers), l.mark.number.Load()
		outcomes := l.publish(ctx, messages[:flightOf(messages)])
		var err error
		numbers, err = l.accept(numbers, outcomes, known)
		if len(numbers) > before {
			l.mark.raise(newest(numbers[before:]))
			messages = messages[len(numbers)-before:]
			wait = reconnectWait / 4
		}
		if err == nil {
			continue
		}
		left := outcomes[len(numbers)-before:]
		if fault := l.writable(); fault != nil {
			return numbers, l.failed(fault)
		}
		if errors.Is(err, server.ErrLog) || !again(messages, left) {
			return numbers, l.appendFailed(ctx, err, left)
		}
		if fault := l.check(ctx, err); fault != nil {
			return numbers, l.failed(fault)
		}
		if !sleep(ctx, wait) {
			return numbers, l.appendFailed(ctx, err, left)
		}
		wait, repeated = min(2*wait, 500*time.Millisecond), true
	}
	if repeated && !inOrder(numbers, start) {
		return numbers, l.failed(errors.New("the records are in the log, but for faults of the cluster in another order"))
	}
	return numbers, nil
}

// inOrder reports whether the numbers given since start rise. Lower ones are
// those of messages published before.
func inOrder(numbers []uint64, start uint64) bool {
	last := start
	for _, number := range numbers {
		if number > start {
			if number < last {
				return false
			}
			last = number
		}
	}
	return true
}

// publish publishes messages and waits for what becomes of them.
func (l *Log) publish(ctx context.Context, messages []*nats.Msg) []outcome {
	acks := l.store.acks
	var trouble <-chan struct{}
	if l.store.server != nil {
		trouble = l.store.server.said.trouble()
	}
	f := acks.begin(len(messages))
	for i, m := range messages {
		m.Reply = acks.reply(f, i)
		if err := l.store.nc.PublishMsg(m); err != nil {
			// Nothing that follows it may come before it.
			for ; i < len(messages); i++ {
				acks.settle(f, i, outcome{kind: refused, err: err})
			}
			break
		}
	}
	var timeout <-chan time.Time
	if !slices.ContainsFunc(messages, func(m *nats.Msg) bool { return m.Header.Get(nats.MsgIdHdr) == "" }) {
		// The node that had them may be gone; they can be published again.
		timer := time.NewTimer(apiTimeout)
		defer timer.Stop()
		timeout = timer.C
	}
	for {
		select {
		case <-f.landed:
		case <-timeout:
		case <-ctx.Done():
		case <-trouble:
			trouble = l.store.server.said.trouble()
			if l.writable() == nil {
				continue
			}
		}
		return acks.end(f)
	}
}

// writable reports why nothing can be appended, by what the server inside this
// process knows.
func (l *Log) writable() error {
	if l.store.server == nil {
		return nil
	}
	return l.store.server.streamFault(l.stream())
}

// accept adds the numbers of the messages that the log has, up to the first one
// of which that is not known, and says why it is not.
func (l *Log) accept(numbers []uint64, outcomes []outcome, known uint64) ([]uint64, error) {
	for _, o := range outcomes {
		if o.kind != taken {
			if o.err == nil {
				o.err = errNotAcknowledged
			}
			return numbers, o.err
		}
		if !o.duplicate && o.number <= known {
			return numbers, l.gone("the number %d was given a second time: the log has lost its end", o.number)
		}
		numbers = append(numbers, o.number)
	}
	return numbers, nil
}

// again reports whether messages, of which nothing good is known, may be
// published again: so that none comes twice, and none after a later one.
func again(messages []*nats.Msg, outcomes []outcome) bool {
	for i, o := range outcomes {
		switch o.kind {
		case taken:
			if !o.duplicate {
				return false
			}
		case unknown:
			if messages[i].Header.Get(nats.MsgIdHdr) == "" {
				return false
			}
		case refused:
			if !passing(o.err) {
				return false
			}
		}
	}
	return true
}

// check looks at why messages are refused: nil if that may pass.
func (l *Log) check(ctx context.Context, refusal error) error {
	if l.store.isClosed() {
		return ErrClosed
	}
	if e := l.store.server; e != nil {
		if err := e.fault(); err != nil {
			return l.gone("%w", err)
		}
	}
	if !errors.Is(refusal, nats.ErrNoResponders) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	if _, err := l.info(ctx); errors.Is(err, server.ErrLog) {
		return err
	}
	return nil
}

// appendFailed says why an append has ended early.
func (l *Log) appendFailed(ctx context.Context, err error, left []outcome) error {
	for _, o := range left[1:] {
		if o.kind == taken {
			err = fmt.Errorf("%w; a later record was taken", err)
			break
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return l.failed(err)
}

// flightOf returns how many messages go at once.
func flightOf(messages []*nats.Msg) int {
	bytes := 0
	for i, m := range messages {
		if bytes += len(m.Data); i > 0 && (bytes > flightBytes || i == flightMessages) {
			return i
		}
	}
	return len(messages)
}

func sizeOf(m *nats.Msg) int {
	size := len(m.Data) + headRoom
	for name, values := range m.Header {
		size += len(name) + len(values[0])
	}
	return size
}

func newest(numbers []uint64) (newest uint64) {
	for _, number := range numbers {
		newest = max(newest, number)
	}
	return newest
}
