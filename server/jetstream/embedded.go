package jetstream

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	natsserver "github.com/nats-io/nats-server/v2/server"
)

var errLocked = errors.New("another process uses it")

// maxRecord is the size of a record that the embedded server takes.
const maxRecord = 8 << 20

// embedded is a NATS server in this process: no port, no signal handler.
type embedded struct {
	dir    string // "" in memory
	lock   *os.File
	server *natsserver.Server
	said   *serverLog
}

func startEmbedded(ctx context.Context, o *Options) (*embedded, error) {
	e := &embedded{dir: o.Dir, said: &serverLog{to: o.Logger}}
	if err := e.start(ctx, o); err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

func (e *embedded) start(ctx context.Context, o *Options) (err error) {
	store := o.Dir
	if store == "" {
		// The server wants a directory even so, and leaves it empty.
		if store, err = os.MkdirTemp("", "runnel-"); err != nil {
			return fmt.Errorf("jetstream: %w", err)
		}
		defer os.RemoveAll(store)
	} else if err := e.takeDir(ctx); err != nil {
		return fmt.Errorf("jetstream: directory %s: %w", o.Dir, err)
	}
	e.server, err = natsserver.NewServer(&natsserver.Options{
		ServerName:      "runnel",
		DontListen:      true,
		NoSigs:          true,
		NoSystemAccount: true,
		MaxPayload:      maxRecord,
		JetStream:       true,
		StoreDir:        store,
		SyncAlways:      o.Sync,
		// What bounds a log is its retention.
		JetStreamMaxMemory: 1 << 50,
		JetStreamMaxStore:  1 << 50,
	})
	if err != nil {
		return fmt.Errorf("jetstream: %w", err)
	}
	e.server.SetLoggerV2(e.said, false, false, false)
	e.server.Start()
	if fault := e.said.fatal(); fault != "" || !e.server.JetStreamEnabled() {
		return fmt.Errorf("jetstream: directory %s: the NATS server did not start: %s", store, fault)
	}
	if o.Dir == "" {
		return nil
	}
	// It leaves a stream out that it cannot read.
	kept, err := streamsIn(o.Dir)
	if err != nil {
		return fmt.Errorf("jetstream: directory %s: %w", o.Dir, err)
	}
	for _, stream := range kept {
		if err := e.streamFault(stream); err != nil {
			return fmt.Errorf("jetstream: directory %s: %w: %s", o.Dir, err, e.said.last())
		}
	}
	return nil
}

// takeDir makes the directory this process's own and looks through its files.
func (e *embedded) takeDir(ctx context.Context) error {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return err
	}
	var err error
	if e.lock, err = lockFile(filepath.Join(e.dir, "lock")); err != nil {
		return err
	}
	// Made now, so that a directory that cannot be written to is noticed here.
	probe, err := os.CreateTemp(e.dir, "probe-")
	if err != nil {
		return err
	}
	probe.Close()
	os.Remove(probe.Name())
	return advise(ctx, checkFiles(ctx, e.dir))
}

// advise adds to an error of checkFiles what to do about it. Only damage is a reason
// to part with the files.
func advise(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*damage)) || errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w; put a copy in its place, or remove the directory to begin anew", err)
	case ctx.Err() != nil:
		return fmt.Errorf("the context ended before all files were read, in which no damage was found: %w; give Open a context with more time", err)
	}
	return err
}

// fault reports why the server no longer keeps anything, nil while it does.
func (e *embedded) fault() error {
	if e.server.JetStreamEnabled() {
		return nil
	}
	return fmt.Errorf("the NATS server has given up its store: %s", e.said.last())
}

// streamFault reports why the server cannot read or write a stream, nil if it
// can. After a failed write it takes no more, and says so here only: who publishes
// gets no answer.
func (e *embedded) streamFault(stream string) error {
	if e.dir == "" || !e.said.any() {
		return nil
	}
	health := e.server.Healthz(&natsserver.HealthzOptions{Account: natsserver.DEFAULT_GLOBAL_ACCOUNT, Stream: stream})
	if health.Error == "" {
		return nil
	}
	return errors.New(health.Error)
}

func (e *embedded) place() string {
	if e.dir == "" {
		return "memory"
	}
	return "directory " + e.dir
}

func (e *embedded) close() {
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
	}
	if e.lock != nil {
		e.lock.Close()
	}
}

// serverLog takes what the embedded server has to say.
type serverLog struct {
	to *slog.Logger

	mu    sync.Mutex
	worst string        // the last warning or error
	end   string        // the last thing that the server could not go on from
	next  chan struct{} // closed by the next error; nil if nobody waits
}

func (l *serverLog) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }

func (l *serverLog) Warnf(format string, v ...any) {
	l.keep(&l.worst, l.say(slog.LevelWarn, format, v))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.keep(&l.worst, l.say(slog.LevelError, format, v))
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next != nil {
		close(l.next)
		l.next = nil
	}
}

// trouble is closed when the server next has an error to tell.
func (l *serverLog) trouble() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.next == nil {
		l.next = make(chan struct{})
	}
	return l.next
}

// any reports whether the server has had anything to complain of.
func (l *serverLog) any() bool { return l.last() != "" }

func (l *serverLog) Fatalf(format string, v ...any) {
	l.keep(&l.end, l.say(slog.LevelError, format, v))
}

func (l *serverLog) say(level slog.Level, format string, v []any) string {
	text := strings.TrimSpace(fmt.Sprintf(format, v...))
	l.to.Log(context.Background(), level, "nats: "+text)
	return text
}

func (l *serverLog) keep(in *string, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	*in = text
}

func (l *serverLog) last() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.worst
}

func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

var _ natsserver.Logger = (*serverLog)(nil)
