//go:build !(js && wasm)

package eventsource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 0, 3)
		go func() {
			time.Sleep(frame / 2)
			f.numbers("n", 3, 5) // still in the first frame
			time.Sleep(frame)
			f.send("n", "5", "5", "n", "6", "x", "n", "7", "7")
			s.failed(errors.New("end"))
		}()
		start := time.Now()
		var got []string
		for events, err := range sub.Batches() {
			var ids []string
			for _, ev := range events {
				ids = append(ids, ev.ID)
			}
			text := fmt.Sprint(ids)
			if err != nil {
				text = err.Error()
			}
			got = append(got, fmt.Sprintf("%v %s", time.Since(start), text))
		}
		want := []string{
			"100ms [0 1 2 3 4]",
			"250ms [5]",
			`250ms eventsource: decode event "n" with id "6": invalid character 'x' looking for beginning of value`,
			"250ms [7]",
			"250ms end",
		}
		expect(t, "batches", strings.Join(got, "\n"), strings.Join(want, "\n"))
	})
}

func TestBatchesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, f := newFake(t.Context())
		sub := subscribe[int](t, s, "n", nil)
		f.numbers("n", 0, 3)
		turns := 0
		for range sub.Batches() {
			turns++
			f.numbers("n", 3, 6)
			s.Close()
		}
		expect(t, "turns", turns, 1)
		other, g := newFake(t.Context())
		sub = subscribe[int](t, other, "n", nil)
		g.numbers("n", 0, 3)
		for range sub.Batches() {
			break
		}
		expect(t, "listening after break", g.listens(), "")
	})
}

// TestPanicInLoop holds that a panic is not swallowed and that it closes the
// Source on its way.
func TestPanicInLoop(t *testing.T) {
	for name, run := range map[string]func(*Source, *Subscription[int]){
		"Events": func(_ *Source, sub *Subscription[int]) {
			for range sub.Events() {
				panic("mine")
			}
		},
		"Batches": func(_ *Source, sub *Subscription[int]) {
			for range sub.Batches() {
				panic("mine")
			}
		},
		"States": func(s *Source, _ *Subscription[int]) {
			for range s.States() {
				panic("mine")
			}
		},
		"Mux": func(s *Source, _ *Subscription[int]) {
			var mux Mux
			Handle(&mux, "n", func(Event[int], error) { panic("mine") })
			time.AfterFunc(time.Millisecond, func() {
				s.deliver(&batch{first: 1, types: []string{"n"}, ids: "\r", places: []place{{data: 0, dataEnd: 1}}, data: []byte("1")})
			})
			mux.Run(context.Background(), s)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, f := newFake(t.Context())
				sub := subscribe[int](t, s, "n", nil)
				f.send("n", "1", "1")
				func() {
					defer func() { expect(t, "panic", recover(), "mine") }()
					run(s, sub)
				}()
				expect(t, "closed", f.closed, 1)
			})
		})
	}
}
