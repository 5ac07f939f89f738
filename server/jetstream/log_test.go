package jetstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/runnel-go/runnel/server"
)

// places are the kinds of stores that need nothing but this process.
func places(t *testing.T, test func(t *testing.T, o Options)) {
	for name, o := range map[string]Options{
		"memory": {Memory: true},
		"dir":    {Dir: t.TempDir()},
		"sync":   {Dir: t.TempDir(), Sync: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, o)
		})
	}
}

func TestLog(t *testing.T) {
	places(t, func(t *testing.T, o Options) {
		s := open(t, o)
		l := openLog(t, s, "prices", nil)
		ctx := t.Context()

		oldest, newest, err := l.Bounds(ctx)
		if oldest != 1 || newest != 0 || err != nil {
			t.Errorf("bounds of an empty log: got %d, %d, %v, want 1, 0, nil", oldest, newest, err)
		}
		if got, err := l.Read(ctx, 1, 10); len(got) != 0 || err != nil {
			t.Errorf("read of an empty log: got %v, %v, want nothing", got, err)
		}
		early := follow(t, l, 1)
		want := []server.Record{
			{Number: 1, Type: "price", Subject: "fx.EUR", MessageID: "m1", Block: []byte("event: price\ndata: 1\n")},
			{Number: 2, Block: []byte("data: 2\n")},
			{Number: 3, Type: "a b\r\nNats-Msg-Id: x\x00%é\xff", Subject: "..*.>", MessageID: " \n", Block: bytes.Repeat([]byte("data: x\n"), 32<<10)},
			{Number: 4, Type: "empty", Block: []byte{}},
		}
		numbers, err := l.Append(ctx, want[:3])
		if !reflect.DeepEqual(numbers, []uint64{1, 2, 3}) || err != nil {
			t.Fatalf("append: got %v, %v, want 1, 2, 3", numbers, err)
		}
		if numbers, err = l.Append(ctx, want[3:]); !reflect.DeepEqual(numbers, []uint64{4}) || err != nil {
			t.Fatalf("append: got %v, %v, want 4", numbers, err)
		}
		if numbers, err = l.Append(ctx, nil); len(numbers) != 0 || err != nil {
			t.Errorf("append of nothing: got %v, %v", numbers, err)
		}
		if oldest, newest, err = l.Bounds(ctx); oldest != 1 || newest != 4 || err != nil {
			t.Errorf("bounds: got %d, %d, %v, want 1, 4, nil", oldest, newest, err)
		}
		for _, test := range []struct {
			from uint64
			max  int
			want []server.Record
		}{
			{0, 10, want}, {1, 10, want}, {1, 2, want[:2]}, {3, 1, want[2:3]}, {4, 1, want[3:]}, {5, 1, nil}, {1 << 62, 1, nil}, {1, 0, nil},
		} {
			if got, err := l.Read(ctx, test.from, test.max); !same(got, test.want) || err != nil {
				t.Errorf("read %d from %d: got %.200v, %v, want %.200v", test.max, test.from, got, err, test.want)
			}
		}
		late := follow(t, l, 3)
		eventually(t, "following gives all records", func() bool { return len(early.got()) == 4 && len(late.got()) == 2 })
		if got := early.got(); !same(got, want) {
			t.Errorf("follow from 1: got %.200v", got)
		}
		if got := late.got(); !same(got, want[2:]) {
			t.Errorf("follow from 3: got %.200v", got)
		}
		ahead := follow(t, l, 6)
		appendTexts(t, l, "five", "six")
		eventually(t, "following from ahead", func() bool { return len(ahead.got()) == 1 })
		if got := ahead.got()[0].Number; got != 6 {
			t.Errorf("follow from 6: got %d first", got)
		}
		if err := l.Ready(ctx); err != nil {
			t.Error(err)
		}
		if node := s.Node(); node != "" {
			t.Errorf("node: got %q, want none", node)
		}
		early.stop()
		if err := <-early.err; err != context.Canceled {
			t.Errorf("follow that is stopped: got %v, want %v", err, context.Canceled)
		}
		s.Close()
		if err := <-late.err; err != ErrClosed {
			t.Errorf("follow on a closed store: got %v, want %v", err, ErrClosed)
		}
		_, appendErr := l.Append(ctx, want)
		_, readErr := l.Read(ctx, 1, 1)
		_, _, boundsErr := l.Bounds(ctx)
		_, logErr := s.Log(ctx, "prices", nil)
		for i, err := range []error{appendErr, readErr, boundsErr, logErr, l.Ready(ctx)} {
			if err != ErrClosed {
				t.Errorf("call %d on a closed store: got %v, want %v", i, err, ErrClosed)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// same compares records; a block without bytes is one whether nil or not.
func same(a, b []server.Record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].Block, b[i].Block) {
			return false
		}
		x, y := a[i], b[i]
		x.Block, y.Block = nil, nil
		if !reflect.DeepEqual(x, y) {
			return false
		}
	}
	return true
}

func TestRetention(t *testing.T) {
	places(t, func(t *testing.T, o Options) {
		s := open(t, o)
		t.Run("count", func(t *testing.T) {
			l := openLog(t, s, "count", &Retention{MaxMessages: 3})
			appendTexts(t, l, "a", "b", "c", "d", "e")
			if oldest, newest, err := l.Bounds(t.Context()); oldest != 3 || newest != 5 || err != nil {
				t.Errorf("bounds: got %d, %d, %v, want 3, 5", oldest, newest, err)
			}
			got, err := l.Read(t.Context(), 1, 1)
			if err != nil || len(got) != 1 || got[0].Number != 3 {
				t.Errorf("read from before the oldest: got %v, %v, want 3", got, err)
			}
			// The same feed with another retention.
			if again := openLog(t, s, "count", &Retention{MaxMessages: 1}); again != l {
				t.Error("the log of a feed is not the same one")
			}
			eventually(t, "the new bound holds", func() bool {
				oldest, _, err := l.Bounds(t.Context())
				return err == nil && oldest == 5
			})
			openLog(t, s, "count", nil) // keeps its retention
			appendTexts(t, l, "f")
			if oldest, newest, err := l.Bounds(t.Context()); oldest != 6 || newest != 6 || err != nil {
				t.Errorf("bounds: got %d, %d, %v, want 6, 6", oldest, newest, err)
			}
		})
		t.Run("bytes", func(t *testing.T) {
			l := openLog(t, s, "bytes", &Retention{MaxBytes: 10 << 10})
			for range 10 {
				appendTexts(t, l, strings.Repeat("x", 2<<10))
			}
			if oldest, newest, err := l.Bounds(t.Context()); oldest != 7 || newest != 10 || err != nil {
				t.Errorf("bounds: got %d, %d, %v, want 7, 10", oldest, newest, err)
			}
		})
		t.Run("age", func(t *testing.T) {
			l := openLog(t, s, "age", &Retention{MaxAge: 100 * time.Millisecond})
			appendTexts(t, l, "a", "b")
			eventually(t, "the records are gone", func() bool {
				oldest, newest, err := l.Bounds(t.Context())
				return err == nil && oldest == 3 && newest == 2
			})
			if got, err := l.Read(t.Context(), 1, 1); len(got) != 0 || err != nil {
				t.Errorf("read: got %v, %v, want nothing", got, err)
			}
			f := follow(t, l, 1)
			if got := appendTexts(t, l, "c"); got[0] != 3 {
				t.Errorf("append: got %d, want 3", got[0])
			}
			eventually(t, "the next record comes", func() bool { return len(f.got()) == 1 })
			if got := f.got()[0].Number; got != 3 {
				t.Errorf("follow: got %d, want 3", got)
			}
		})
	})
}

func TestDuplicates(t *testing.T) {
	places(t, func(t *testing.T, o Options) {
		s := open(t, o)
		l := openLog(t, s, "f", nil)
		publish := func(l *Log, want []uint64, ids ...string) {
			t.Helper()
			var records []server.Record
			for _, id := range ids {
				r := record("x")
				r.MessageID = id
				records = append(records, r)
			}
			if got, err := l.Append(t.Context(), records); !reflect.DeepEqual(got, want) || err != nil {
				t.Errorf("append %q: got %v, %v, want %v", ids, got, err, want)
			}
		}
		publish(l, []uint64{1, 2}, "a", "b")
		publish(l, []uint64{2, 3, 1, 4, 3, 5}, "b", "c", "a", "", "c", "")
		// What differs only until it is escaped stays apart.
		publish(l, []uint64{6, 7, 8}, "a b", "a%20b", "a+b")
		if o.Memory {
			return
		}
		s.Close()
		l = openLog(t, open(t, o), "f", nil)
		publish(l, []uint64{1, 9, 7, 9}, "a", "new", "a%20b", "new")
	})
}

func TestTooLarge(t *testing.T) {
	s := open(t, Options{Memory: true})
	l := openLog(t, s, "f", nil)
	_, err := l.Append(t.Context(), []server.Record{record("a"), {Block: make([]byte, maxRecord)}})
	if !errors.Is(err, nats.ErrMaxPayload) || !strings.Contains(err.Error(), "record 2 of 2") {
		t.Errorf("got %v", err)
	}
	if got := appendTexts(t, l, "b"); got[0] != 1 {
		t.Errorf("the number of the next record: got %d, want 1", got[0])
	}
	if _, err := l.Append(t.Context(), []server.Record{{Block: make([]byte, maxRecord-2*headRoom)}}); err != nil {
		t.Error(err)
	}
}

func TestConcurrentAppend(t *testing.T) {
	places(t, func(t *testing.T, o Options) {
		l := openLog(t, open(t, o), "f", nil)
		f := follow(t, l, 1)
		const publishers, batches, batch = 16, 8, 9
		want := map[uint64]string{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for p := range publishers {
			all.Go(func() {
				for b := range batches {
					var records []server.Record
					for i := range batch {
						records = append(records, record(fmt.Sprintf("%d-%d-%d", p, b, i)))
					}
					numbers, err := l.Append(t.Context(), records)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					for i, number := range numbers {
						if i > 0 && number <= numbers[i-1] {
							t.Errorf("numbers of a batch: got %v, want them to rise", numbers)
						}
						want[number] = text(records[i])
					}
					mu.Unlock()
				}
			})
		}
		all.Wait()
		eventually(t, "all records come", func() bool { return len(f.got()) == publishers*batches*batch })
		for i, r := range f.got() {
			if r.Number != uint64(i+1) || text(r) != want[r.Number] {
				t.Fatalf("record %d: got %d %q, want %q", i+1, r.Number, text(r), want[r.Number])
			}
		}
	})
}

// A batch larger than what goes at once stays in its order.
func TestLargeBatch(t *testing.T) {
	t.Parallel()
	l := openLog(t, open(t, Options{Dir: t.TempDir()}), "f", nil)
	var texts []string
	for i := range 3 * flightMessages {
		texts = append(texts, fmt.Sprint(i))
	}
	for i, number := range appendTexts(t, l, texts...) {
		if number != uint64(i+1) {
			t.Fatalf("number of record %d: got %d", i+1, number)
		}
	}
	var got []server.Record
	for len(got) < len(texts) {
		page, err := l.Read(t.Context(), uint64(len(got)+1), 500)
		if err != nil || len(page) == 0 {
			t.Fatalf("got %d records, %v", len(page), err)
		}
		got = append(got, page...)
	}
	for i, r := range got {
		if r.Number != uint64(i+1) || text(r) != texts[i] {
			t.Fatalf("record %d: got %d %q", i+1, r.Number, text(r))
		}
	}
}

// A follower that takes its time gets everything, in its order.
func TestSlowFollower(t *testing.T) {
	t.Parallel()
	l := openLog(t, open(t, Options{Memory: true}), "f", nil)
	const records, size = 300, 256 << 10 // more than a node sends ahead
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	next, bytes := uint64(1), 0
	done := make(chan error, 1)
	go func() {
		done <- l.Follow(ctx, 1, func(r server.Record) {
			<-hold
			if r.Number != next {
				t.Errorf("got %d, want %d", r.Number, next)
			}
			next++
			bytes += len(r.Block)
			if r.Number == records {
				cancel()
			}
		})
	}()
	for range records {
		if _, err := l.Append(t.Context(), []server.Record{{Block: make([]byte, size)}}); err != nil {
			t.Fatal(err)
		}
	}
	close(hold)
	if err := <-done; err != context.Canceled || next != records+1 || bytes != records*size {
		t.Errorf("got %v after %d records, %d bytes", err, next-1, bytes)
	}
}

// Close leaves nothing behind, whatever is under way.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 3 {
		s := open(t, Options{Dir: t.TempDir()})
		l := openLog(t, s, "f", nil)
		f, p := follow(t, l, 1), publish(t, l, "p")
		p.more(t, 20)
		var closing sync.WaitGroup
		for range 3 {
			closing.Go(func() { s.Close() })
		}
		closing.Wait()
		if err := <-f.err; err != ErrClosed {
			t.Errorf("follow: got %v, want %v", err, ErrClosed)
		}
		p.end()
	}
	eventually(t, "the goroutines end", func() bool { return runtime.NumGoroutine() <= before })
}

func TestReadLarge(t *testing.T) {
	l := openLog(t, open(t, Options{Memory: true}), "f", nil)
	for range 3 {
		appendTexts(t, l, strings.Repeat("x", readBytes/2+1))
	}
	got, err := l.Read(t.Context(), 1, 3)
	if len(got) != 2 || err != nil {
		t.Errorf("got %d records, %v, want 2", len(got), err)
	}
}

// A stream that is deleted, or made anew, is another log.
func TestStreamGone(t *testing.T) {
	t.Parallel()
	places(t, func(t *testing.T, o Options) {
		s := open(t, o)
		l := openLog(t, s, "f", nil)
		appendTexts(t, l, "a", "b")
		f := follow(t, l, 1)
		eventually(t, "the records come", func() bool { return len(f.got()) == 2 })
		if err := s.js.DeleteStream(t.Context(), l.stream()); err != nil {
			t.Fatal(err)
		}
		gone := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, server.ErrLog) {
				t.Errorf("%s: got %v, want %v", what, err, server.ErrLog)
			}
		}
		check := func() {
			t.Helper()
			_, err := l.Append(t.Context(), []server.Record{record("c")})
			gone("append", err)
			_, err = l.Read(t.Context(), 1, 1)
			gone("read", err)
			_, _, err = l.Bounds(t.Context())
			gone("bounds", err)
			gone("ready", l.Ready(t.Context()))
			gone("follow", l.Follow(t.Context(), 1, func(server.Record) {}))
		}
		check()
		gone("follow under way", <-f.err)
		if o.Dir != "" {
			_, err := s.Log(t.Context(), "f", nil)
			gone("log", err)
			return
		}
		other := openLog(t, s, "f", nil)
		if other.Name() == l.Name() {
			t.Error("another log has the same name")
		}
		appendTexts(t, other, "x", "y", "z")
		check()
		if _, newest, err := other.Bounds(t.Context()); newest != 3 || err != nil {
			t.Errorf("the other log: got %d, %v, want 3 records", newest, err)
		}
	})
}

func TestForeignStream(t *testing.T) {
	s := open(t, Options{Memory: true})
	config := s.config("f", "x")
	config.Metadata = nil
	if _, err := s.js.CreateStream(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if l, err := s.Log(t.Context(), "f", nil); err == nil {
		t.Errorf("got log %v, want an error", l)
	}
}

func TestFeedNames(t *testing.T) {
	s := open(t, Options{Memory: true})
	for _, name := range []string{"", "a.b", "a b", "*", ">", "é", "a/b", "..", strings.Repeat("a", 65)} {
		if _, err := s.Log(t.Context(), name, nil); err == nil || !strings.Contains(err.Error(), "feed name") {
			t.Errorf("feed name %q: got %v", name, err)
		}
	}
	a, b := openLog(t, s, "A-z_9", nil), openLog(t, s, "a-z_9", nil)
	if a.Name() == b.Name() || appendTexts(t, a, "x")[0] != 1 || appendTexts(t, b, "x")[0] != 1 {
		t.Error("two feeds share a log")
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []*Options{
		nil, {}, {Dir: "x", Memory: true}, {Dir: "x", URL: "x"}, {Memory: true, URL: "x"},
		{Memory: true, Sync: true}, {URL: "x", Sync: true}, {Memory: true, Replicas: 3}, {URL: "x", Replicas: 6},
		{Memory: true, Connect: []nats.Option{nats.Name("x")}},
	} {
		if s, err := Open(t.Context(), o); err == nil {
			s.Close()
			t.Errorf("%+v: got no error", o)
		}
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := Open(ctx, &Options{URL: "nats://127.0.0.1:1", Logger: quiet})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}
