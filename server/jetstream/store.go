package jetstream

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/server"
)

// ErrClosed is what the logs of a [Store] return once it is closed.
var ErrClosed = errors.New("jetstream: the store is closed")

// Store is the connection to where logs are kept, together with the NATS server
// inside this process if that is where. All methods may be called at the same
// time.
type Store struct {
	options Options
	server  *embedded // nil by URL
	nc      *nats.Conn
	js      natsjs.JetStream
	acks    *acks

	opening sync.Mutex // held by Log

	mu     sync.Mutex
	logs   map[string]*Log
	closed chan struct{}
	ended  chan struct{} // closed when Close has done its work
}

// Open opens the store that the options name. It fails, and says why, if the
// directory cannot be written to, is in use by another process or has damaged
// files, and if no node of the cluster that keeps logs answers before ctx is
// done (15 s if ctx has no deadline). It reads all files of a directory, which takes
// as long as ctx allows. The caller closes the store; ctx governs Open only.
func Open(ctx context.Context, o *Options) (*Store, error) {
	options, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Store{
		options: options,
		logs:    map[string]*Log{},
		closed:  make(chan struct{}),
		ended:   make(chan struct{}),
	}
	if options.URL == "" {
		if s.server, err = startEmbedded(ctx, &options); err != nil {
			return nil, err
		}
	}
	// The files of a directory have been read, which may take longer.
	ctx, cancel := withPatience(ctx)
	defer cancel()
	if err := s.connect(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// withPatience gives ctx a deadline if it has none.
func withPatience(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, patience, fmt.Errorf("jetstream: no answer within %s: %w", patience, context.DeadlineExceeded))
}

// The times of a connection: a node that is silent is given up within 6 s.
const (
	connectTimeout = 2 * time.Second
	reconnectWait  = 100 * time.Millisecond
	pingInterval   = 2 * time.Second
	pingsMissed    = 2
	apiTimeout     = 3 * time.Second
)

func (s *Store) connect(ctx context.Context) error {
	log := s.options.Logger
	options := []nats.Option{
		nats.Name("runnel"),
		nats.Timeout(connectTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		// What is not sent at once is not sent at all: a message that lay in a
		// buffer would come long after its publisher was told that it failed.
		nats.ReconnectBufSize(-1),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(pingsMissed),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			s.acks.disconnected()
			if !s.isClosed() {
				log.Warn("jetstream: connection lost", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) {
			log.Info("jetstream: connected again", "node", nc.ConnectedServerName())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("jetstream: connection", "error", err)
		}),
	}
	s.acks = newAcks()
	url := s.options.URL
	if s.server != nil {
		options = append(options, nats.InProcessServer(s.server.server))
	} else {
		options = append(options, s.options.Connect...)
	}
	for {
		err := s.connectOnce(ctx, url, options)
		if err == nil {
			return nil
		}
		if !sleep(ctx, reconnectWait) {
			return fmt.Errorf("jetstream: %s does not answer: %w", s.place(), fmt.Errorf("%w: %w", context.Cause(ctx), err))
		}
	}
}

func (s *Store) connectOnce(ctx context.Context, url string, options []nats.Option) (err error) {
	if s.nc == nil {
		if s.nc, err = dial(ctx, url, options); err != nil {
			return err
		}
		if err := s.acks.listen(s.nc); err != nil {
			return err
		}
		if s.js, err = natsjs.New(s.nc); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	_, err = s.js.AccountInfo(ctx)
	return err
}

// dial is nats.Connect that returns when ctx is done.
func dial(ctx context.Context, url string, options []nats.Option) (*nats.Conn, error) {
	type result struct {
		nc  *nats.Conn
		err error
	}
	done := make(chan result, 1)
	go func() {
		nc, err := nats.Connect(url, options...)
		done <- result{nc, err}
	}()
	select {
	case r := <-done:
		return r.nc, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				r.nc.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

// sleep waits, and reports false at once when ctx is done.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (s *Store) place() string {
	if s.server != nil {
		return s.server.place()
	}
	return s.options.URL
}

// Node is the name of the cluster's node that the store is connected to at
// present; "" while it is to none, and for the server inside the process.
func (s *Store) Node() string {
	if s.server != nil {
		return ""
	}
	return s.nc.ConnectedServerName()
}

func (s *Store) isClosed() bool {
	select {
	case <-s.closed:
		return true
	default:
		return false
	}
}

// Close ends the connection and the NATS server inside the process, whose
// directory another process can use when Close returns. Calls that wait on a log
// return [ErrClosed]. The error is nil.
func (s *Store) Close() error {
	s.mu.Lock()
	if s.isClosed() {
		s.mu.Unlock()
		<-s.ended
		return nil
	}
	close(s.closed)
	logs := s.logs
	s.mu.Unlock()
	if s.nc != nil {
		s.nc.Close()
		s.acks.disconnected()
	}
	if s.server != nil {
		s.server.close()
	}
	for _, log := range logs {
		log.mark.close()
	}
	close(s.ended)
	return nil
}

var feedName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// What this package calls things at NATS. A stream takes one subject, which has
// the name of the log: nothing that is meant for a log comes into another one
// that was made in its place.
const (
	streamPrefix = "runnel_"
	nameKey      = "runnel-log"
)

func subjectOf(feed, name string) string { return "runnel." + feed + "." + name }

// Log opens the log of a feed, which it makes if there is none. Stores on one
// cluster that do so at the same time get the same log. The feed's name is 1 to 64
// letters, digits, "-" and "_". A log that is there gets the retention given, and
// keeps its own if that is nil; nil stands for the defaults otherwise. Within one
// store, a feed's log is the same *Log.
func (s *Store) Log(ctx context.Context, feed string, retention *Retention) (*Log, error) {
	if !feedName.MatchString(feed) {
		return nil, fmt.Errorf("jetstream: feed name %q is not 1 to 64 letters, digits, - and _", feed)
	}
	ctx, cancel := withPatience(ctx)
	defer cancel()
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.isClosed() {
		return nil, ErrClosed
	}
	var info *natsjs.StreamInfo
	err := s.again(ctx, func(ctx context.Context) (err error) {
		info, err = s.stream(ctx, feed, retention)
		return err
	})
	if s.isClosed() {
		return nil, ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("jetstream: feed %q at %s: %w", feed, s.place(), err)
	}
	name := info.Config.Metadata[nameKey]
	s.mu.Lock()
	old := s.logs[feed]
	s.mu.Unlock()
	if old != nil && old.name == name {
		return old, nil
	}
	log := &Log{store: s, feed: feed, name: name, subject: subjectOf(feed, name)}
	if log.mark, err = s.mark(feed, info); err != nil {
		return nil, fmt.Errorf("jetstream: feed %q: %w", feed, err)
	}
	if old != nil {
		old.mark.close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isClosed() {
		log.mark.close()
		return nil, ErrClosed
	}
	s.logs[feed] = log
	return log, nil
}

// again does something with the NATS server until that has an answer, be it a
// refusal for good.
func (s *Store) again(ctx context.Context, do func(context.Context) error) error {
	for wait := reconnectWait; ; wait = min(2*wait, time.Second) {
		once, cancel := context.WithTimeout(ctx, apiTimeout)
		err := do(once)
		cancel()
		if err == nil || !passing(err) {
			return err
		}
		if s.server != nil {
			if fault := s.server.fault(); fault != nil {
				return fmt.Errorf("%w: %w", server.ErrLog, fault)
			}
		}
		if !sleep(ctx, wait) {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		if s.isClosed() {
			return ErrClosed
		}
	}
}

// stream returns the stream of a feed, made or changed as need be.
func (s *Store) stream(ctx context.Context, feed string, retention *Retention) (*natsjs.StreamInfo, error) {
	stream, err := s.js.Stream(ctx, streamPrefix+feed)
	if errors.Is(err, natsjs.ErrStreamNotFound) {
		if err := s.unmarked(feed); err != nil {
			return nil, err
		}
		config := s.config(feed, rand.Text()[:12])
		retention.withDefaults().apply(&config)
		stream, err = s.js.CreateStream(ctx, config)
		if errors.Is(err, natsjs.ErrStreamNameAlreadyInUse) { // another was faster
			if stream, err = s.js.Stream(ctx, streamPrefix+feed); errors.Is(err, natsjs.ErrStreamNotFound) {
				err = errNotSure
			}
		}
	}
	if err != nil {
		return nil, explain(err)
	}
	info := stream.CachedInfo()
	if name := info.Config.Metadata[nameKey]; name == "" || len(info.Config.Subjects) != 1 || info.Config.Subjects[0] != subjectOf(feed, name) {
		return nil, fmt.Errorf("the NATS stream %s was not made by this package", streamPrefix+feed)
	}
	wanted := info.Config
	if retention != nil {
		retention.withDefaults().apply(&wanted)
	}
	if s.options.Replicas > 0 {
		wanted.Replicas = s.options.Replicas
	}
	if wanted.Replicas != info.Config.Replicas || retentionOf(&wanted) != retentionOf(&info.Config) {
		if stream, err = s.js.UpdateStream(ctx, wanted); err != nil {
			return nil, explain(err)
		}
		info = stream.CachedInfo()
	}
	return info, nil
}

func (s *Store) config(feed, name string) natsjs.StreamConfig {
	config := natsjs.StreamConfig{
		Name:        streamPrefix + feed,
		Subjects:    []string{subjectOf(feed, name)},
		Metadata:    map[string]string{nameKey: name},
		Storage:     natsjs.FileStorage,
		Replicas:    1,
		AllowDirect: true,
		DenyDelete:  true,
	}
	switch {
	case s.options.Memory:
		config.Storage = natsjs.MemoryStorage
	case s.options.Replicas > 0:
		config.Replicas = s.options.Replicas
	case s.server == nil:
		config.Replicas = defaultReplicas
	}
	return config
}

func (r Retention) apply(config *natsjs.StreamConfig) {
	config.MaxAge = r.MaxAge
	config.MaxBytes = r.MaxBytes
	config.MaxMsgs = r.MaxMessages
	config.Duplicates = r.Duplicates
}

func retentionOf(config *natsjs.StreamConfig) Retention {
	return Retention{config.MaxAge, config.MaxBytes, config.MaxMsgs, config.Duplicates}
}

// unmarked reports an error if a feed has no stream and yet a mark: it had one.
func (s *Store) unmarked(feed string) error {
	if s.options.Dir == "" {
		return nil
	}
	name, _, err := readMark(s.options.Dir, feed)
	if err == nil && name != "" {
		err = fmt.Errorf("%w: its files are gone from directory %s; put a copy in their place, or remove %s to begin anew",
			server.ErrLog, s.options.Dir, markPath(s.options.Dir, feed))
	}
	return err
}

// mark returns the mark of a log, after a look at whether the log still has
// what was promised.
func (s *Store) mark(feed string, info *natsjs.StreamInfo) (*mark, error) {
	newest := info.State.LastSeq
	if s.options.Dir == "" {
		m := &mark{}
		m.raise(newest)
		return m, nil
	}
	lost := func(format string, v ...any) error {
		return fmt.Errorf("%w: in directory %s %s; put a copy in its place, or remove the directory to begin anew",
			server.ErrLog, s.options.Dir, fmt.Sprintf(format, v...))
	}
	was, promised, err := readMark(s.options.Dir, feed)
	name := info.Config.Metadata[nameKey]
	switch {
	case err != nil:
		return nil, err
	case was != "" && was != name:
		return nil, lost("is log %s, and %s was there before", name, was)
	case newest < promised:
		return nil, lost("the log has lost its end: message %d was acknowledged, and the last one there is %d", promised, newest)
	case info.State.Msgs > 0 && info.State.Msgs != newest-info.State.FirstSeq+1:
		return nil, lost("the log has holes: %d of messages %d to %d are there", info.State.Msgs, info.State.FirstSeq, newest)
	}
	return openMark(s.options.Dir, feed, name, newest)
}
