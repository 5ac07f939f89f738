package eventsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// newKept is newFake with a Store.
func newKept(t *testing.T) (*Source, *fakeTransport, *memory) {
	t.Helper()
	store := &memory{ids: map[string]string{"fake:": "0"}}
	s, f := newFake(t.Context())
	s.beginAt("fake:", &Options{Store: store})
	t.Cleanup(func() { s.Close() })
	return s, f, store
}

// place is what a Store has once the Source is closed.
func (m *memory) place() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ids["fake:"]
}

// stopAt ends a loop at its nth message, in its hands.
func stopAt[T any](t *testing.T, sub *Subscription[T], n int) {
	t.Helper()
	for _, err := range sub.Events() {
		if n--; n == 0 {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestStoreKeepsWhatWasHandled holds which place a Store has when the Source is
// closed: that of the last message that no loop is to have again.
func TestStoreKeepsWhatWasHandled(t *testing.T) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *Source, f *fakeTransport)
		want string
	}{
		{"no loop", func(t *testing.T, s *Source, f *fakeTransport) {
			subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
		}, "0"},
		{"in the hands of the loop", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 30)
			for ev := range sub.Events() {
				if ev.ID == "20" {
					s.Close()
				}
			}
		}, "19"},
		{"left at a message", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			stopAt(t, sub, 4)
			f.numbers("n", 6, 9) // which no subscription is for
		}, "3"},
		{"all handled", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			s.failed(io.EOF)
			collect(sub)
		}, "5"},
		{"one that does not decode", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.send("n", "1", "x", "n", "2", "y", "n", "3", "3")
			for _, err := range sub.Events() {
				if err == nil {
					break
				}
			}
		}, "2"},
		{"two loops: the slower one counts", func(t *testing.T, s *Source, f *fakeTransport) {
			quick, slow := subscribe[int](t, s, "n", nil), subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			for ev := range quick.Events() {
				if ev.ID == "4" {
					for ev := range slow.Events() {
						if ev.ID == "2" {
							s.Close()
						}
					}
				}
			}
		}, "1"},
		{"a subscription that is closed holds nothing back", func(t *testing.T, s *Source, f *fakeTransport) {
			quick, slow := subscribe[int](t, s, "n", nil), subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			for ev := range quick.Events() {
				if ev.ID == "4" {
					slow.Close()
					s.Close()
				}
			}
		}, "3"},
		{"messages of other types in between", func(t *testing.T, s *Source, f *fakeTransport) {
			rare, often := subscribe[int](t, s, "r", nil), subscribe[int](t, s, "n", nil)
			f.send("r", "1", "1")
			f.numbers("n", 2, 9)
			f.send("r", "9", "9", "n", "10", "10")
			for ev := range often.Events() {
				if ev.ID == "8" {
					for ev := range rare.Events() {
						if ev.ID == "9" {
							break
						}
					}
				}
				if ev.ID == "10" {
					s.Close()
				}
			}
		}, "9"},
		{"a loop that waits for its rare messages", func(t *testing.T, s *Source, f *fakeTransport) {
			subscribe[int](t, s, "r", nil)
			often := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			for ev := range often.Events() {
				if ev.ID == "5" {
					s.Close()
				}
			}
		}, "4"},
		{"a subscription made later", func(t *testing.T, s *Source, f *fakeTransport) {
			first := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 4)
			stopAt(t, first, 3)
			f.numbers("n", 4, 6)
			later := subscribe[int](t, s, "n", nil)
			f.numbers("n", 6, 9)
			for ev := range later.Events() {
				if ev.ID == "7" {
					s.Close()
				}
			}
		}, "6"},
		{"Mux", func(t *testing.T, s *Source, f *fakeTransport) {
			var mux Mux
			Handle(&mux, "n", func(ev Event[int], err error) {})
			Handle(&mux, "m", func(ev Event[int], err error) {
				if ev.ID == "7" {
					s.Close()
				}
			})
			Handle(&mux, "begin", func(Event[int], error) { f.numbers("n", 2, 6); f.numbers("m", 6, 9) })
			go mux.Run(t.Context(), s)
			synctest.Wait()
			f.send("begin", "1", "1")
			synctest.Wait()
		}, "6"},
		{"Mux whose context ends in a handler", func(t *testing.T, s *Source, f *fakeTransport) {
			ctx, cancel := context.WithCancel(t.Context())
			var mux Mux
			Handle(&mux, "n", func(ev Event[int], err error) {
				if ev.ID == "3" {
					cancel()
				}
			})
			go mux.Run(ctx, s)
			synctest.Wait()
			f.numbers("n", 1, 6)
			synctest.Wait()
		}, "2"},
		{"Batches: the slice in hand", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			for events := range sub.Batches() {
				if events[0].ID == "1" {
					f.numbers("n", 6, 9)
				} else {
					s.Close()
				}
			}
		}, "5"},
		{"Batches: behind one that does not decode", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.send("n", "1", "1", "n", "2", "x", "n", "3", "3")
			for events := range sub.Batches() {
				if len(events) > 0 && events[0].ID == "3" {
					s.Close()
				}
			}
		}, "2"},
		{"DropOldest: what was dropped counts", func(t *testing.T, s *Source, f *fakeTransport) {
			subscribe[int](t, s, "n", &SubscribeOptions{Overflow: DropOldest, QueueLength: 2})
			f.numbers("n", 1, 6)
		}, "3"},
		{"KeepLatest: what was replaced counts", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", &SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string { return fmt.Sprint(len(m.Data)) }})
			f.numbers("n", 1, 12)
			for ev := range sub.Events() {
				if ev.ID == "11" {
					s.Close()
				}
			}
		}, "10"},
		{"an overflow holds the place", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", &SubscribeOptions{QueueLength: 2})
			other := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			for _, err := range sub.Events() {
				if errors.Is(err, ErrOverflow) {
					for ev := range other.Events() {
						if ev.ID == "5" {
							s.Close()
						}
					}
				}
			}
		}, "2"},
		{"a gap in the hands of the loop", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.send("n", "1", "1", "gap", "7", gapData, "n", "8", "8")
			stopAt(t, sub, 2)
		}, "1"},
		{"behind a gap", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.send("n", "1", "1", "gap", "7", gapData, "n", "8", "8")
			for ev := range sub.Events() {
				if ev.ID == "8" {
					s.Close()
				}
			}
		}, "7"},
		{"Once", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", &SubscribeOptions{Once: true})
			f.numbers("n", 1, 2)
			collect(sub)
		}, "1"},
		{"a panic in the loop", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			defer func() { recover() }()
			for ev := range sub.Events() {
				if ev.ID == "3" {
					panic("mine")
				}
			}
		}, "2"},
		{"the failure of the connection", func(t *testing.T, s *Source, f *fakeTransport) {
			sub := subscribe[int](t, s, "n", nil)
			f.numbers("n", 1, 6)
			s.failed(io.EOF)
			stopAt(t, sub, 4)
		}, "3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, f, store := newKept(t)
				test.run(t, s, f)
				s.Close()
				expect(t, "place", store.place(), test.want)
				time.Sleep(time.Hour)
				expect(t, "place later", store.place(), test.want)
			})
		})
	}
}

// TestStoreAtTheEndOfTheContext holds that the message does not count as handled in
// which a loop was when the context ended: what it asked of others may have failed.
func TestStoreAtTheEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		store := &memory{ids: map[string]string{}}
		s, f := newFake(ctx)
		s.beginAt("fake:", &Options{Store: store})
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 1, 6)
		for ev := range sub.Events() {
			if ev.ID == "3" {
				cancel()
			}
		}
		<-s.Done()
		expect(t, "place", store.place(), "2")
	})
}

// TestStoreWithoutIDs holds that a Store knows each place although the events are to
// have no IDs.
func TestStoreWithoutIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{ids: map[string]string{}}
		s, _ := openFake(t.Context(), &Options{Store: store, NoIDs: true}, silentAfter(func(int) string {
			return "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\nid: 3\ndata: x\n\nid: 4\ndata: 4\n\n"
		}))
		sub := subscribe[int](t, s, "", &SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string {
			return m.ID + string(m.Data)
		}})
		synctest.Wait()
		var got []string
		for ev, err := range sub.Events() {
			var wrong *DecodeError
			if errors.As(err, &wrong) {
				ev.ID = wrong.ID
			}
			if got = append(got, fmt.Sprintf("%s=%d", ev.ID, ev.Data)); len(got) == 4 {
				break
			}
		}
		s.Close()
		expect(t, "events", got, []string{"=1", "=2", "=0", "=4"})
		expect(t, "place", store.ids["http://test/events"], "3")
	})
}

// TestStoreIsCalledSeldom holds that a burst does not call a Store for each message,
// and that it has the place soon after, while the loop is busy with the next message.
func TestStoreIsCalledSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f, store := newKept(t)
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 1, 1001)
		start := time.Now()
		for ev := range sub.Events() {
			if ev.ID == "1000" {
				break
			}
			time.Sleep(time.Millisecond)
			if ev.ID == "500" { // busy
				time.Sleep(keepEvery)
				expect(t, "place", store.place(), "499")
			}
		}
		s.Close()
		expect(t, "place", store.place(), "999")
		if most := int(time.Since(start)/keepEvery) + 2; len(store.saved) > most || len(store.saved) < most/2 {
			t.Errorf("the Store was called %d times, want about %d", len(store.saved), most)
		}
	})
}

// closingStore is a Store whose Save closes the Source.
type closingStore struct {
	memory
	source *Source
}

func (c *closingStore) Save(url, id string) error {
	c.source.Close()
	return c.memory.Save(url, id)
}

// TestStoreCloses holds that a Store may close the Source.
func TestStoreCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &closingStore{memory: memory{ids: map[string]string{}}}
		s, f := newFake(t.Context())
		store.source = s
		s.beginAt("fake:", &Options{Store: store})
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 1, 6)
		expect(t, "events", collect(sub), []string{"1=1"})
		expect(t, "place", store.place(), "1")
	})
}

// TestLives lives through several lives of a program with random loops that end at
// random places, and holds that each message reaches each loop that is for it, and
// that only one that a loop had in hand comes to the slowest loop again.
func TestLives(t *testing.T) {
	const count = 200
	for seed := range uint64(40) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			types := []string{"a", "b", "c"}[:1+random.IntN(3)]
			typeOf := func(n int) string { return []string{"a", "b", "c", "nobody's"}[n%4] }
			store := &memory{ids: map[string]string{}}
			handled := make(map[string]map[int]int) // by event type, how often
			for _, eventType := range types {
				handled[eventType] = make(map[int]int)
			}
			for life := 0; store.ids["http://test/events"] != fmt.Sprint(count); life++ {
				if life > 100*count {
					t.Fatalf("seed %d: no end; the place is %s", seed, store.ids["http://test/events"])
				}
				live(t, random, store, types, typeOf, count, handled)
			}
			for _, eventType := range types {
				for n := 1; n <= count; n++ {
					times := handled[eventType][n]
					if want := typeOf(n) == eventType; want != (times > 0) || len(types) == 1 && times > 1 {
						t.Errorf("seed %d: message %d was handled %d times by the loop for %s", seed, n, times, eventType)
					}
				}
			}
		})
	}
}

// live is one life of the program.
func live(t *testing.T, random *rand.Rand, store *memory, types []string, typeOf func(int) string, count int, handled map[string]map[int]int) {
	t.Helper()
	var text strings.Builder
	at := 0
	fmt.Sscan(store.ids["http://test/events"], &at)
	for n := at + 1; n <= count; n++ {
		fmt.Fprintf(&text, "event: %s\nid: %d\ndata: %d\n\n", typeOf(n), n, n)
	}
	subscribed := make(chan struct{})
	s, _ := openFake(t.Context(), &Options{Store: store}, silentAfter(func(int) string { <-subscribed; return text.String() }))
	var loops sync.WaitGroup
	for _, eventType := range types {
		sub := subscribe[int](t, s, eventstream.EventType[int](eventType), nil)
		pace := time.Duration(1+random.IntN(50)) * time.Millisecond
		loops.Go(func() {
			for ev := range sub.Events() {
				time.Sleep(pace) // the end comes here
				if s.Err() == nil {
					handled[eventType][ev.Data]++
				}
			}
		})
	}
	close(subscribed)
	time.Sleep(time.Duration(random.IntN(1000))*time.Millisecond + time.Millisecond/2)
	s.Close()
	loops.Wait()
}
