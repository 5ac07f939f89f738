package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/server"
)

// What one call of Read returns at most.
const (
	readRecords = 1024
	readBytes   = 4 << 20
)

// Read implements [server.Log]. It returns at most 1024 records, and stops after
// the one with which they come to 4 MiB. Where ctx has no deadline Read waits
// for 15 s.
func (l *Log) Read(ctx context.Context, from uint64, most int) ([]server.Record, error) {
	if most <= 0 {
		return nil, nil
	}
	ctx, cancel := withPatience(ctx)
	defer cancel()
	var records []server.Record
	err := l.store.again(ctx, func(ctx context.Context) (err error) {
		records, err = l.get(ctx, max(from, 1), min(most, readRecords))
		if err != nil && !errors.Is(err, nats.ErrNoResponders) || len(records) > 0 {
			return err
		}
		// There may be no such stream any more. Or a node has answered that lags
		// behind and does not have the end of the log yet; the leader has.
		info, err := l.info(ctx)
		if err != nil || info.State.Msgs == 0 || info.State.LastSeq < from {
			return err
		}
		return fmt.Errorf("message %d is not to be had yet: %w", from, nats.ErrTimeout)
	})
	if err != nil {
		return nil, l.failed(err)
	}
	if n := len(records); n > 0 {
		l.mark.raise(records[n-1].Number)
	}
	return records, nil
}

// get asks whichever node for records. It returns those that came, without a
// hole that is not one of the log's.
func (l *Log) get(ctx context.Context, from uint64, most int) ([]server.Record, error) {
	inbox := nats.NewInbox()
	replies, err := l.store.nc.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer replies.Unsubscribe()
	request, err := json.Marshal(map[string]any{"seq": from, "batch": most, "max_bytes": readBytes})
	if err != nil {
		return nil, err
	}
	if err := l.store.nc.PublishRequest("$JS.API.DIRECT.GET."+l.stream(), inbox, request); err != nil {
		return nil, err
	}
	var records []server.Record
	var last uint64
	for {
		m, err := replies.NextMsgWithContext(ctx)
		if err != nil {
			if len(records) > 0 {
				return records, nil
			}
			return nil, err
		}
		if len(m.Data) == 0 {
			switch status := m.Header.Get("Status"); status {
			case "204", "404": // the end; nothing there
				return records, nil
			case "503":
				return nil, nats.ErrNoResponders
			case "":
			default:
				return nil, fmt.Errorf("%s %s", status, m.Header.Get("Description"))
			}
		}
		if subject := m.Header.Get(natsjs.SubjectHeader); subject != l.subject {
			return nil, l.gone("the NATS stream %s has a message with subject %q, and should have only %q", l.stream(), subject, l.subject)
		}
		number, err := strconv.ParseUint(m.Header.Get(natsjs.SequenceHeader), 10, 64)
		if err != nil || number < from {
			return nil, errors.New("an answer without a proper number")
		}
		// Each one says which was sent before it.
		if m.Header.Get(natsjs.LastSequenceHeader) != strconv.FormatUint(last, 10) {
			return records, nil
		}
		last = number
		record, err := decode(number, m)
		if err != nil {
			return nil, l.gone("%w", err)
		}
		records = append(records, record)
	}
}
