package jetstream

import (
	"errors"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Options says where a [Store] keeps its logs. One of Dir, Memory and URL has
// to be given, and only one.
type Options struct {
	// Dir is the directory in which a NATS server inside this process keeps
	// the logs. It is made if it is not there. One process at a time can use it.
	Dir string
	// Memory has the NATS server inside this process keep the logs in memory:
	// they end with the store.
	Memory bool
	// URL names the nodes of a NATS cluster, "nats://a:4222,nats://b:4222": the
	// logs are there, and all stores on that cluster share them.
	URL string
	// Connect is passed on to [nats.Connect], for credentials and TLS. It only
	// goes with URL.
	Connect []nats.Option
	// Replicas is how many nodes of the cluster keep each log: 1, 3 or 5.
	// Default 3. Logs that the cluster has already get as many only if this is
	// set. It only goes with URL.
	Replicas int
	// Sync has each record reach the disk, and not just the operating system,
	// before it is acknowledged: see the package comment. It only goes with Dir;
	// nodes of a cluster have it in their own configuration.
	Sync bool
	// Logger is told what the NATS server inside this process has to say, and
	// of connections lost and found. Default [slog.Default].
	Logger *slog.Logger
}

// Retention says how much of a log is kept: a record goes, the oldest first,
// as soon as one of the bounds is passed. A zero field stands for its default.
type Retention struct {
	// MaxAge is how long a record is kept. Default: no bound.
	MaxAge time.Duration
	// MaxBytes is how many bytes the records may take, with about 150 bytes
	// each for their keeping. Default 1 GiB; below zero there is no bound.
	MaxBytes int64
	// MaxMessages is how many records are kept. Default: no bound.
	MaxMessages int64
	// Duplicates is for how long the log remembers the MessageID of a record,
	// at least 100 ms. Each one takes some 200 bytes of memory meanwhile, on each
	// node. Default 2 minutes, or MaxAge if that is less.
	Duplicates time.Duration
}

const (
	defaultReplicas   = 3
	defaultMaxBytes   = 1 << 30
	defaultDuplicates = 2 * time.Minute

	// patience is how long a call waits whose context has no deadline. A
	// cluster takes 4 to 10 s to find a new leader after one has gone silent.
	patience = 15 * time.Second
)

func (o *Options) withDefaults() (Options, error) {
	var filled Options
	if o != nil {
		filled = *o
	}
	given := 0
	for _, is := range []bool{filled.Dir != "", filled.Memory, filled.URL != ""} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		return filled, errors.New("jetstream: Options name no place: set Dir, Memory or URL")
	case given > 1:
		return filled, errors.New("jetstream: Options name several places: set one of Dir, Memory and URL")
	case filled.URL == "" && filled.Connect != nil:
		return filled, errors.New("jetstream: Options.Connect goes with URL only")
	case filled.URL == "" && filled.Replicas > 1:
		return filled, errors.New("jetstream: Options.Replicas goes with URL only: the server inside the process is one")
	case filled.Dir == "" && filled.Sync:
		return filled, errors.New("jetstream: Options.Sync goes with Dir only")
	case filled.Replicas < 0 || filled.Replicas > 5:
		return filled, errors.New("jetstream: Options.Replicas is none of 1 to 5")
	}
	if filled.Logger == nil {
		filled.Logger = slog.Default()
	}
	return filled, nil
}

func (r *Retention) withDefaults() Retention {
	var filled Retention
	if r != nil {
		filled = *r
	}
	filled.MaxAge = max(filled.MaxAge, 0)
	if filled.MaxBytes == 0 {
		filled.MaxBytes = defaultMaxBytes
	} else if filled.MaxBytes < 0 {
		filled.MaxBytes = -1
	}
	if filled.MaxMessages <= 0 {
		filled.MaxMessages = -1
	}
	if filled.Duplicates <= 0 {
		filled.Duplicates = defaultDuplicates
	}
	if filled.MaxAge > 0 {
		filled.Duplicates = min(filled.Duplicates, filled.MaxAge)
	}
	return filled
}
