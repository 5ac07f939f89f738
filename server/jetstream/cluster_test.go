package jetstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	natsjs "github.com/nats-io/nats.go/jetstream"
	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/server"
	"github.com/runnel-go/runnel/server/internal/natsnode"
)

// publisher appends batches until it is stopped, each one again, with its
// MessageIDs, until it is acknowledged.
type publisher struct {
	stop chan struct{}
	done sync.WaitGroup

	mu           sync.Mutex
	acknowledged map[uint64]string
	faults       int
}

func publish(t *testing.T, l *Log, name string) *publisher {
	p := &publisher{stop: make(chan struct{}), acknowledged: map[uint64]string{}}
	p.done.Go(func() {
		for i := 0; ; i++ {
			var records []server.Record
			for j := range 1 + i%5 {
				r := record(fmt.Sprintf("%s-%d-%d", name, i, j))
				r.MessageID = text(r)
				records = append(records, r)
			}
			for len(records) > 0 {
				select {
				case <-p.stop:
					return
				default:
				}
				ctx, cancel := context.WithTimeout(t.Context(), timescale.Bound(5*time.Second))
				numbers, err := l.Append(ctx, records)
				cancel()
				p.mu.Lock()
				for k, number := range numbers {
					if was, twice := p.acknowledged[number]; twice {
						t.Errorf("message %d: got %s, and %s before", number, text(records[k]), was)
					}
					p.acknowledged[number] = text(records[k])
				}
				if err != nil {
					p.faults++
				}
				p.mu.Unlock()
				if err == ErrClosed {
					return
				}
				records = records[len(numbers):]
			}
		}
	})
	t.Cleanup(p.end)
	return p
}

func (p *publisher) end() {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	p.done.Wait()
}

func (p *publisher) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.acknowledged)
}

// more waits until so many more messages are acknowledged.
func (p *publisher) more(t *testing.T, n int) {
	t.Helper()
	want := p.count() + n
	eventually(t, "publishing goes on", func() bool { return p.count() >= want })
}

func TestCluster(t *testing.T) {
	t.Parallel()
	c, err := natsnode.StartCluster("test", t.TempDir(), 3)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	stores := []*Store{open(t, Options{URL: c.URL()}), open(t, Options{URL: c.URL()})}

	// Whoever makes the log, all have the same one.
	logs := make([]*Log, 4)
	var opening sync.WaitGroup
	for i := range logs {
		s := stores[i%2]
		if i >= 2 {
			s = open(t, Options{URL: c.URL()})
		}
		opening.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), enough)
			defer cancel()
			var err error
			if logs[i], err = s.Log(ctx, "f", &Retention{MaxMessages: 1 << 20}); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		return
	}
	for _, l := range logs {
		if l.Name() != logs[0].Name() {
			t.Fatalf("names: got %q and %q for one log", l.Name(), logs[0].Name())
		}
	}
	leader := func() (leader int) {
		eventually(t, "the stream has a leader", func() bool {
			leader = c.Leader(logs[0].stream())
			return leader >= 0
		})
		return leader
	}
	ready := func() {
		t.Helper()
		eventually(t, "all stores are ready", func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), timescale.Bound(5*time.Second))
			defer cancel()
			return logs[0].Ready(ctx) == nil && logs[1].Ready(ctx) == nil
		})
	}

	p, q := publish(t, logs[0], "p"), publish(t, logs[1], "q")
	followers := []*following{follow(t, logs[0], 1), follow(t, logs[1], 1)}
	step := func(what string, do func()) {
		began := time.Now()
		do()
		p.more(t, 50)
		q.more(t, 50)
		t.Logf("%s: %s", what, time.Since(began).Round(time.Millisecond))
	}
	step("begin", func() {})
	if c.Index(stores[0].Node()) < 0 {
		t.Errorf("node: got %q", stores[0].Node())
	}
	var down int
	step("the stream's leader stops", func() { down = leader(); c.Stop(down) })
	step("it starts again", func() {
		if err := c.Start(down); err != nil {
			t.Fatal(err)
		}
		ready()
	})
	step("the node of a store stops", func() {
		for down = -1; down < 0; down = c.Index(stores[0].Node()) {
		}
		c.Stop(down)
	})
	step("it starts again", func() {
		if err := c.Start(down); err != nil {
			t.Fatal(err)
		}
		ready()
	})
	step("the consumers vanish", func() {
		list := mustStream(t, stores[0], logs[0]).ConsumerNames(t.Context())
		for name := range list.Name() {
			stores[0].js.DeleteConsumer(t.Context(), logs[0].stream(), name)
		}
	})
	var cut int
	step("the stream's leader is cut off", func() {
		cut = leader()
		// One that knows of no other node has to wait until that is healed.
		l := openLog(t, open(t, Options{URL: c.Addr(cut)}), "f", nil)
		followers = append(followers, follow(t, l, 1))
		c.Cut(cut)
	})
	step("it is healed", func() { c.Heal(cut); ready() })

	p.end()
	q.end()
	want := map[uint64]string{}
	for _, publisher := range []*publisher{p, q} {
		for number, content := range publisher.acknowledged {
			if was, twice := want[number]; twice {
				t.Errorf("message %d: acknowledged as %s and as %s", number, was, content)
			}
			want[number] = content
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), enough)
	defer cancel()
	_, newest, err := logs[0].Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range followers {
		eventually(t, "the followers come to the end", func() bool {
			got := f.got()
			return len(got) > 0 && got[len(got)-1].Number >= newest
		})
		seen := map[string]bool{}
		last := uint64(0)
		for _, r := range f.got() {
			if r.Number <= last {
				t.Fatalf("follower %d: message %d came after %d", i, r.Number, last)
			}
			last = r.Number
			content := text(r)
			if seen[content] {
				t.Errorf("follower %d: %s came twice", i, content)
			}
			seen[content] = true
			if w, is := want[r.Number]; is && w != content {
				t.Errorf("follower %d: message %d: got %s, want %s", i, r.Number, content, w)
			}
		}
		missing := 0
		for _, content := range want {
			if !seen[content] {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("follower %d: %d of %d acknowledged messages did not come", i, missing, len(want))
		}
		t.Logf("follower %d: %d messages, %d of them acknowledged", i, len(f.got()), len(want))
	}
	read := 0
	if err := readAll(t, logs[1], 1, newest, func(r server.Record) {
		read++
		if w, is := want[r.Number]; is && w != text(r) {
			t.Errorf("read: message %d: got %s, want %s", r.Number, text(r), w)
		}
	}); err != nil || read < len(want) {
		t.Errorf("read: got %d messages, %v, want at least %d", read, err, len(want))
	}
	t.Logf("faults that publishers saw: %d and %d", p.faults, q.faults)
}

func mustStream(t *testing.T, s *Store, l *Log) natsjs.Stream {
	t.Helper()
	stream, err := s.js.Stream(t.Context(), l.stream())
	if err != nil {
		t.Fatal(err)
	}
	return stream
}

// One node by URL cannot keep three replicas, and the error says what to do. With
// one replica it is a log as any other, and can go as any other.
func TestOneNode(t *testing.T) {
	t.Parallel()
	node, err := natsserver.NewServer(&natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	node.Start()
	defer node.WaitForShutdown()
	defer node.Shutdown()
	if _, err := open(t, Options{URL: node.ClientURL()}).Log(t.Context(), "f", nil); err == nil || !strings.Contains(err.Error(), "Options.Replicas") {
		t.Errorf("got %v", err)
	}
	one := open(t, Options{URL: node.ClientURL(), Replicas: 1})
	l := openLog(t, one, "f", nil)
	if got := appendTexts(t, l, "a"); got[0] != 1 {
		t.Errorf("append: got %d, want 1", got[0])
	}
	if one.Node() != node.Name() {
		t.Errorf("node: got %q, want %q", one.Node(), node.Name())
	}
	f := follow(t, l, 1)
	eventually(t, "the record comes", func() bool { return len(f.got()) == 1 })
	if err := one.js.DeleteStream(t.Context(), l.stream()); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), []server.Record{record("b")}); !errors.Is(err, server.ErrLog) {
		t.Errorf("append: got %v, want %v", err, server.ErrLog)
	}
	if err := <-f.err; !errors.Is(err, server.ErrLog) {
		t.Errorf("follow: got %v, want %v", err, server.ErrLog)
	}
	if again := openLog(t, one, "f", nil); again.Name() == l.Name() {
		t.Error("another log has the same name")
	}
}
