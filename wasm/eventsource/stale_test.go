package eventsource

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// byData keys a message by its data, so that IDs tell which of a key came.
func byData(m eventstream.Message) string { return string(m.Data) }

// keyed sends messages with the IDs from one to another, less one, and the data 0 to
// 9 in turn.
func (f *fakeTransport) keyed(from, to int) {
	var triples []string
	for n := from; n < to; n++ {
		triples = append(triples, "n", fmt.Sprint(n), fmt.Sprint(n%10))
	}
	f.send(triples...)
}

// TestNothingStale holds what a loop gets in the turn of whose first message more
// has come: nothing that its queue would have displaced, besides what it has in hand.
func TestNothingStale(t *testing.T) {
	ids := func(from, to int) (all []string) {
		for n := from; n < to; n++ {
			all = append(all, fmt.Sprint(n))
		}
		return all
	}
	for _, test := range []struct {
		name string
		opts SubscribeOptions
		want []string
	}{
		{"KeepLatest", SubscribeOptions{Overflow: KeepLatest, Key: byData}, append([]string{"100"}, ids(200, 210)...)},
		{"DropOldest", SubscribeOptions{Overflow: DropOldest, QueueLength: 3}, append([]string{"107"}, ids(207, 210)...)},
	} {
		t.Run(test.name+", Events", func(t *testing.T) {
			s, f := newFake(t.Context())
			sub := subscribe[int](t, s, "n", &test.opts)
			f.keyed(100, 110)
			var got []string
			for ev, err := range sub.Events() {
				if err != nil {
					break
				}
				if got = append(got, ev.ID); len(got) == 1 {
					f.keyed(200, 210)
					s.failed(io.EOF)
				}
			}
			expect(t, "IDs", got, test.want)
		})
		t.Run(test.name+", Mux", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, f := newFake(t.Context())
				mux := Mux{Options: test.opts}
				var got []string
				Handle(&mux, "n", func(ev Event[int], err error) {
					if got = append(got, ev.ID); len(got) == 1 {
						f.keyed(200, 210)
						s.failed(io.EOF)
					}
				})
				Handle(&mux, "begin", func(Event[int], error) { f.keyed(100, 110) })
				go mux.Run(t.Context(), s)
				synctest.Wait()
				f.send("begin", "", "begin")
				synctest.Wait()
				expect(t, "IDs", got, test.want)
			})
		})
	}
}

// TestNothingStaleAfterATurn holds the same for what comes in a turn of the event
// loop that is due before a message, for one by one and for slices.
func TestNothingStaleAfterATurn(t *testing.T) {
	for _, batches := range []bool{false, true} {
		t.Run(fmt.Sprintf("batches %t", batches), func(t *testing.T) {
			s, f := newFake(t.Context())
			latest := subscribe[int](t, s, "n", &SubscribeOptions{Overflow: KeepLatest, Key: byData, Codec: codec.JSON})
			f.keyed(100, 110)
			turns, sent := 0, false
			saved := pace
			defer func() { pace = saved }()
			pace = pacer{
				clock: func() (now, turn time.Duration) { return time.Duration(turns) * time.Second, 0 },
				next: func(context.Context) error {
					if turns++; turns == 5 { // after some messages of a slice, too
						sent = true
						f.keyed(200, 210)
						s.failed(io.EOF)
					}
					return nil
				},
			}
			turns = 1
			seen := map[int]string{}
			take := func(ev Event[int]) {
				if sent && strings.HasPrefix(ev.ID, "1") {
					t.Errorf("got message %s once %d00 and more were there", ev.ID, 2)
				}
				seen[ev.Data] = ev.ID
			}
			if batches {
				for events, err := range latest.Batches() {
					for _, ev := range events {
						take(ev)
					}
					if err != nil {
						break
					}
				}
			} else {
				for ev, err := range latest.Events() {
					if err != nil {
						break
					}
					take(ev)
				}
			}
			for key := range 10 {
				expect(t, "the last of a key", seen[key], fmt.Sprint(200+key))
			}
			if s.Stats().Dropped == 0 {
				t.Error("no message counts as dropped")
			}
		})
	}
}
