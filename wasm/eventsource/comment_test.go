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
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// diary is what has come, in order.
type diary struct {
	mu   sync.Mutex
	text []string
}

func (d *diary) note(format string, values ...any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.text = append(d.text, fmt.Sprintf(format, values...))
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.text, "|")
}

// TestCommentsKeepPlace holds that a comment is told after the events before it have
// been handled, and before those after it, however the stream is cut into pieces and
// whatever handles them.
func TestCommentsKeepPlace(t *testing.T) {
	const text = ":0\ndata: 1\n\n:1\nid: a\ndata: 2\n\nid: b\n\n:2\nevent: other\ndata: 3\ndata: 4\n\n" +
		"data: 5\n\ndata: 6\n:in the midst\n\n:6\n:again\ndata: \xff7\n\n:7\n\ndata: 8\n\n"
	const want = "c0 |1|c1 |2|c2 b|3\n4|5|cin the midst b|6|c6 b|cagain b|\ufffd7|c7 b|8"
	loops := map[string]func(t *testing.T, s *Source, d *diary, ready func()){
		"Mux": func(t *testing.T, s *Source, d *diary, ready func()) {
			var mux Mux
			for _, eventType := range []string{"", "other"} {
				HandleCodec(&mux, eventstream.EventType[string](eventType), textOptions.Codec, func(ev Event[string], err error) { d.note("%s", ev.Data) })
			}
			ready()
			mux.Run(t.Context(), s)
		},
		"two loops": func(t *testing.T, s *Source, d *diary, ready func()) {
			var both sync.WaitGroup
			defer both.Wait()
			defer ready()
			for _, eventType := range []string{"", "other"} {
				sub := subscribe[string](t, s, eventstream.EventType[string](eventType), textOptions)
				both.Go(func() {
					for ev, err := range sub.Events() {
						if err == nil {
							d.note("%s", ev.Data)
						}
					}
				})
			}
		},
	}
	pieces := map[string]func(io.Reader) io.Reader{
		"whole":  func(r io.Reader) io.Reader { return r },
		"bytes":  iotest.OneByteReader,
		"halves": iotest.HalfReader,
	}
	for how, loop := range loops {
		for cut, cutter := range pieces {
			t.Run(how+" "+cut, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					d := new(diary)
					ready := make(chan struct{}) // for the server to answer
					var s *Source
					s, _ = openFake(t.Context(), &Options{
						Reconnect: NoReconnect,
						OnComment: func(comment string) { d.note("c%s %s", comment, s.LastEventID()) },
					}, func(context.Context, int) (*response, error) {
						<-ready
						return streamOf(cutter(strings.NewReader(text))), nil
					})
					loop(t, s, d, func() { close(ready) })
					if how == "two loops" { // which of them is first is not said
						expect(t, "order", strings.Replace(d.String(), "5|3\n4", "3\n4|5", 1), want)
						return
					}
					expect(t, "order", d.String(), want)
				})
			})
		}
	}
}

// TestCommentsAmongEvents holds that events come whole with comments among them,
// however both are written and cut.
func TestCommentsAmongEvents(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var text, want strings.Builder
		for n := range 30 {
			data := strings.Repeat(fmt.Sprint(n), random.IntN(4))
			switch random.IntN(5) {
			case 0:
				fmt.Fprintf(&text, ":%s\n", data)
				fmt.Fprintf(&want, "c%s|", data)
			case 1:
				fmt.Fprintf(&text, "data: %s\ndata:%d\n\n", data, n)
				fmt.Fprintf(&want, "%s\n%d|", data, n)
			case 2:
				fmt.Fprintf(&text, "data:\xff%s\n\n", data)
				fmt.Fprintf(&want, "\ufffd%s|", data)
			default:
				fmt.Fprintf(&text, "data: %s\n\n", data)
				fmt.Fprintf(&want, "%s|", data)
			}
		}
		sent := text.String()
		synctest.Test(t, func(t *testing.T) {
			d := new(diary)
			s, _ := openFake(t.Context(), &Options{Reconnect: NoReconnect, OnComment: func(c string) { d.note("c%s", c) }},
				func(context.Context, int) (*response, error) {
					at := random.IntN(len(sent) + 1)
					return streamOf(io.MultiReader(strings.NewReader(sent[:at]), strings.NewReader(sent[at:]))), nil
				})
			for ev, err := range subscribe[string](t, s, "", textOptions).Events() {
				if err == nil {
					d.note("%s", ev.Data)
				}
			}
			if got := d.String() + "|"; got != want.String() {
				t.Fatalf("of %q came %q, want %q", sent, got, want.String())
			}
		})
	}
}

// TestCommentsDoNotWait holds that a loop which stands still holds comments up once and
// not for long, that one which goes on again is waited for again, and that neither a
// subscription without a loop nor one of Batches is waited for.
func TestCommentsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := new(diary)
		s, _ := openFake(t.Context(), &Options{OnComment: func(c string) { d.note("%s after %v", c, time.Since(start)) }},
			silentAfter(func(int) string {
				return "event: never\ndata: 0\n\n:free\nevent: batches\ndata: 0\n\n:at once\ndata: 1\n\n:one\ndata: 2\n\n:two\n" + "data: 3\n\n:three\n"
			}))
		defer s.Close()
		subscribe[string](t, s, "never", textOptions)
		batches := subscribe[string](t, s, "batches", textOptions)
		var painting sync.WaitGroup
		painting.Go(func() {
			for range batches.Batches() {
				time.Sleep(time.Minute)
			}
		})
		sub := subscribe[string](t, s, "", textOptions)
		for ev, err := range sub.Events() {
			if err != nil {
				t.Fatal(err)
			}
			if ev.Data == "1" {
				time.Sleep(time.Minute)
			}
			d.note("handled %s after %v", ev.Data, time.Since(start))
			if ev.Data == "3" {
				break
			}
		}
		expect(t, "order", d.String(), "free after 1s|at once after 1s|one after 2s|two after 2s|three after 2s|"+
			"handled 1 after 1m1s|handled 2 after 1m1s|handled 3 after 1m1s")
		s.Close()
		painting.Wait()
	})
}

// TestCommentsOfClosed holds that a Source can be closed while a comment waits for a
// loop, and that the comment is not told then.
func TestCommentsOfClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		s, _ := openFake(ctx, &Options{OnComment: func(c string) { t.Errorf("the comment %q is told", c) }},
			silentAfter(func(int) string { return "data: 1\n\n:late\n" }))
		for range subscribe[string](t, s, "", textOptions).Events() {
			cancel(enough)
			time.Sleep(time.Minute)
			break
		}
		<-s.Done()
		if !errors.Is(s.Err(), enough) {
			t.Errorf("got %v", s.Err())
		}
	})
}
