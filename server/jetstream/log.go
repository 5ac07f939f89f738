package jetstream

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/server"
)

// certain is for how long a cluster has to say that a stream is not there.
const certain = 3 * time.Second

// Log is the log of a feed, a [server.Log] on a JetStream stream. [Store.Log]
// makes one; it needs no closing.
type Log struct {
	store   *Store
	feed    string
	name    string
	subject string
	mark    *mark
	missing atomic.Int64 // since when the stream is said not to be there, in Unix nanoseconds; 0 if it is
}

var _ server.Log = (*Log)(nil)

// Name implements [server.Log].
func (l *Log) Name() string { return l.name }

func (l *Log) stream() string { return streamPrefix + l.feed }

// gone says that the log is lost for good.
func (l *Log) gone(format string, v ...any) error {
	return fmt.Errorf("jetstream: feed %q at %s: %w: %w", l.feed, l.store.place(), server.ErrLog, fmt.Errorf(format, v...))
}

func (l *Log) failed(err error) error {
	switch {
	case l.store.isClosed():
		return ErrClosed
	case errors.Is(err, server.ErrLog):
		return err
	}
	return fmt.Errorf("jetstream: feed %q at %s: %w", l.feed, l.store.place(), err)
}

// info asks the stream's leader how the stream is. It is an error if it is
// another stream than it was.
func (l *Log) info(ctx context.Context) (*natsjs.StreamInfo, error) {
	stream, err := l.store.js.Stream(ctx, l.stream())
	if errors.Is(err, natsjs.ErrStreamNotFound) {
		return nil, l.notFound()
	}
	if err != nil {
		return nil, err
	}
	l.missing.Store(0)
	info := stream.CachedInfo()
	if name := info.Config.Metadata[nameKey]; name != l.name {
		return nil, l.gone("the NATS stream %s is log %q now, and was %q", l.stream(), name, l.name)
	}
	// A node that is cut off from the others answers as well, by what it knew.
	if info.Config.Replicas > 1 && (info.Cluster == nil || info.Cluster.Leader == "") {
		return nil, errNoLeader
	}
	return info, nil
}

// notFound says what it means that there is no stream. In a cluster the node
// that says so may have just begun to lead, and not know of all streams yet.
func (l *Log) notFound() error {
	now := time.Now()
	l.missing.CompareAndSwap(0, now.UnixNano())
	if l.store.server == nil && now.Sub(time.Unix(0, l.missing.Load())) < certain {
		return errNotSure
	}
	return l.gone("the NATS stream %s is no longer there", l.stream())
}

// Bounds implements [server.Log].
func (l *Log) Bounds(ctx context.Context) (oldest, newest uint64, err error) {
	ctx, cancel := withPatience(ctx)
	defer cancel()
	err = l.store.again(ctx, func(ctx context.Context) error {
		info, err := l.info(ctx)
		if err != nil {
			return err
		}
		oldest, newest = max(info.State.FirstSeq, 1), info.State.LastSeq
		return nil
	})
	if err != nil {
		return 0, 0, l.failed(err)
	}
	l.mark.raise(newest)
	return oldest, newest, nil
}

// Ready implements [server.Log].
func (l *Log) Ready(ctx context.Context) error {
	ctx, cancel := withPatience(ctx)
	defer cancel()
	if l.store.server != nil {
		if err := l.store.server.fault(); err != nil {
			return l.failed(err)
		}
	}
	if err := l.writable(); err != nil {
		return l.failed(err)
	}
	if err := l.mark.fault(); err != nil {
		return l.failed(err)
	}
	if !l.store.nc.IsConnected() {
		return l.failed(errors.New("not connected to a node"))
	}
	if _, err := l.info(ctx); err != nil {
		return l.failed(err)
	}
	return nil
}
