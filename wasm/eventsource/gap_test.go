package eventsource

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/runnel-go/runnel/wasm/codec"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

const gapData = `{"from":"a-3","to":"a-14","missed":12,"reason":"dropped"}`

// gaps sends one gap for each ID.
func (f *fakeTransport) gaps(ids ...string) {
	for _, id := range ids {
		f.send("gap", id, gapData)
	}
}

// told is what a loop gets, as text: a gap as "gap" with its ID.
func told[T any](ev Event[T], err error) string {
	var gap *GapError
	switch {
	case errors.As(err, &gap):
		if ev.ID != gap.ID || ev.Type != "gap" {
			return fmt.Sprintf("a gap %+v with the event %+v", gap, ev)
		}
		return "gap " + gap.ID
	case err != nil:
		return "error: " + err.Error()
	}
	return fmt.Sprintf("%s=%v", ev.ID, ev.Data)
}

// tellAll ranges to the end and returns what came.
func tellAll[T any](sub *Subscription[T]) (got []string) {
	for ev, err := range sub.Events() {
		got = append(got, told(ev, err))
	}
	return got
}

func TestGapError(t *testing.T) {
	for _, test := range []struct {
		gap  eventstream.Gap
		want string
	}{
		{eventstream.Gap{From: "a-3", To: "a-14", Missed: 12, Reason: eventstream.GapDropped}, `12 messages from "a-3" to "a-14": its log no longer holds them`},
		{eventstream.Gap{To: "a-1", Missed: 1, Reason: eventstream.GapOtherLog}, `1 message up to "a-1": the last event ID is a place in another log`},
		{eventstream.Gap{From: "a-1", Reason: eventstream.GapAhead}, `all messages from "a-1" on: the last event ID is a place that its log has not come to`},
		{eventstream.Gap{Reason: eventstream.GapMalformed}, `all messages: the last event ID is none that it gives`},
		{eventstream.Gap{Reason: "a whim"}, `all messages: reason "a whim"`},
	} {
		err := error(&GapError{Gap: test.gap})
		expect(t, "text", err.Error(), "eventsource: the server does not send "+test.want)
	}
}

// TestGap holds that every subscription gets each gap once and at its place, the
// first thing in the stream included, and that the stream goes on.
func TestGap(t *testing.T) {
	gap := "event: gap\ndata: " + gapData + "\n\n"
	text := "id: a-14\n" + gap + "event: n\nid: 15\ndata: 15\n\n" + "id: 16\ndata: sixteen\n\n" +
		"id: 20\n" + gap + "id: 21\n" + gap + "event: n\nid: 22\ndata: 22\n\n" + "event: unheard\ndata: 23\n\n" + gap
	for name, r := range map[string]io.Reader{
		"whole":        strings.NewReader(text),
		"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
	} {
		t.Run(name, func(t *testing.T) {
			s := fromReader(t, r)
			numbers := subscribe[int](t, s, "n", nil)
			got := tellAll(numbers)
			expect(t, "numbers", got[:len(got)-1], []string{"gap a-14", "15=15", "gap 20", "gap 21", "22=22", "gap 22"})
			stats := s.Stats()
			expect(t, "stats", []uint64{stats.Events, stats.Gaps, stats.Missed, stats.DecodeErrors}, []uint64{2, 4, 48, 0})
			expect(t, "last event ID", s.LastEventID(), "22")
		})
	}
	s, f := newFake(t.Context())
	numbers := subscribe[int](t, s, "n", nil)
	texts := subscribe[string](t, s, "", &SubscribeOptions{Codec: codec.Text})
	f.gaps("14")
	f.send("n", "15", "15", "message", "16", "sixteen", "gap", "20", gapData, "n", "21", "x", "message", "22", "last")
	s.failed(errors.New("end"))
	expect(t, "texts", tellAll(texts), []string{"gap 14", "16=sixteen", "gap 20", "22=last", "error: end"})
	expect(t, "numbers", tellAll(numbers), []string{"gap 14", "15=15", "gap 20",
		`error: eventsource: decode event "n" with id "21": invalid character 'x' looking for beginning of value`, "error: end"})
}

// TestGapIsTheCallers holds what a gap says, and that each subscription has its
// own.
func TestGapIsTheCallers(t *testing.T) {
	s, f := newFake(t.Context())
	subs := []*Subscription[int]{subscribe[int](t, s, "n", nil), subscribe[int](t, s, "n", nil)}
	f.gaps("a-14")
	for _, sub := range subs {
		for ev, err := range sub.Events() {
			var gap *GapError
			want := GapError{eventstream.Gap{From: "a-3", To: "a-14", Missed: 12, Reason: eventstream.GapDropped}, "a-14"}
			if !errors.As(err, &gap) || *gap != want {
				t.Fatalf("got %+v, want %+v", err, want)
			}
			if ev.ID != "a-14" || ev.Type != "gap" || ev.Data != 0 || ev.Origin != "http://origin" || ev.Arrived.IsZero() {
				t.Errorf("got %+v", ev)
			}
			*gap = GapError{}
			break
		}
	}
}

func TestGapBeginsAtSubscribe(t *testing.T) {
	s, f := newFake(t.Context())
	early := subscribe[int](t, s, "n", nil)
	waiting := f.batchOf("gap", "1", gapData)
	late := subscribe[int](t, s, "n", nil)
	s.deliver(waiting)
	f.gaps("2")
	closed := subscribe[int](t, s, "n", nil)
	closed.Close()
	f.gaps("3")
	s.failed(errors.New("end"))
	f.gaps("4")
	expect(t, "early", tellAll(early), []string{"gap 1", "gap 2", "gap 3", "error: end"})
	expect(t, "late", tellAll(late), []string{"gap 2", "gap 3", "error: end"})
	expect(t, "closed", tellAll(closed), []string(nil))
}

func TestGapOnce(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", &SubscribeOptions{Once: true})
	f.gaps("1", "2")
	f.numbers("n", 3, 5)
	f.gaps("5")
	expect(t, "listening", f.listens(), "")
	expect(t, "events", tellAll(sub), []string{"gap 1", "gap 2", "3=3"})
}

// TestGapOverflow holds that no policy drops a gap, moves it or makes an event of
// it, and that a gap takes no event's room.
func TestGapOverflow(t *testing.T) {
	key := func(m eventstream.Message) string {
		if m.Type != "n" {
			t.Errorf("asked for the key of %+v", m)
		}
		return string(m.Data[:1])
	}
	for _, test := range []struct {
		name    string
		options SubscribeOptions
		send    []string // IDs, "gap" before those of gaps; the data is the ID
		want    []string
		dropped int
	}{
		{"End", SubscribeOptions{QueueLength: 2},
			[]string{"gap 1", "2", "gap 3", "4", "gap 5"}, []string{"gap 1", "2=2", "gap 3", "4=4", "gap 5", "error: end"}, 0},
		{"End overflows", SubscribeOptions{QueueLength: 2},
			[]string{"1", "2", "gap 3", "4", "gap 5"}, []string{"1=1", "2=2", "gap 3", "error: " + ErrOverflow.Error()}, 0},
		{"DropOldest", SubscribeOptions{QueueLength: 1, Overflow: DropOldest},
			[]string{"gap 1", "2", "gap 3", "4", "gap 5", "6", "7"}, []string{"gap 1", "gap 3", "gap 5", "7=7", "error: end"}, 3},
		{"DropOldest behind", SubscribeOptions{QueueLength: 2, Overflow: DropOldest},
			[]string{"1", "2", "3", "gap 4", "gap 5", "6"}, []string{"3=3", "gap 4", "gap 5", "6=6", "error: end"}, 2},
		{"KeepLatest", SubscribeOptions{QueueLength: 2, Overflow: KeepLatest, Key: key},
			[]string{"11", "21", "gap 1", "12", "gap 2", "22", "13"}, []string{"gap 1", "gap 2", "22=22", "13=13", "error: end"}, 3},
		{"KeepLatest, many keys", SubscribeOptions{QueueLength: 1, Overflow: KeepLatest, Key: key},
			[]string{"gap 1", "11", "gap 2", "21", "gap 3"}, []string{"gap 1", "gap 2", "21=21", "gap 3", "error: end"}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, together := range []bool{false, true} {
				s, f := newFake(t.Context())
				sub := subscribe[int](t, s, "n", &test.options)
				var all []string
				for _, id := range test.send {
					triple := []string{"n", id, id}
					if at, isGap := strings.CutPrefix(id, "gap "); isGap {
						triple = []string{"gap", at, gapData}
					}
					if all = append(all, triple...); !together {
						f.send(triple...)
					}
				}
				if together {
					f.send(all...)
				}
				s.failed(errors.New("end"))
				expect(t, "events", tellAll(sub), test.want)
				expect(t, "dropped", s.Stats().Dropped, test.dropped)
			}
		})
	}
}

// TestGapsTooMany holds that gaps without end and without a loop take no memory
// without end.
func TestGapsTooMany(t *testing.T) {
	for _, options := range []SubscribeOptions{{}, {Overflow: DropOldest}, {Overflow: KeepLatest, Key: func(eventstream.Message) string { return "" }}} {
		s, f := newFake(t.Context())
		options.QueueLength = 1
		sub := subscribe[int](t, s, "n", &options)
		for range maxGaps + 10 {
			f.gaps("1")
		}
		f.numbers("n", 2, 3)
		got := tellAll(sub)
		expect(t, "count", len(got), maxGaps+1)
		expect(t, "last", got[len(got)-1], "error: "+ErrOverflow.Error())
	}
	s, f := newFake(t.Context())
	in := newInbox(s, SubscribeOptions{QueueLength: 1, Overflow: Block})
	s.inboxes[in] = struct{}{}
	f.gaps("1")
	expect(t, "delivery waits", s.blocking() == in, true)
	const gaps = 5 * maxGaps
	s = fromReader(t, strings.NewReader(strings.Repeat("event: gap\ndata: "+gapData+"\n\n", gaps)))
	got := tellAll(subscribe[int](t, s, "n", &SubscribeOptions{Overflow: Block, QueueLength: 1}))
	expect(t, "count where it blocks", len(got), gaps+1)
}

// TestGapSubscription holds that whoever subscribes to gaps gets them as events,
// and the others as errors all the same.
func TestGapSubscription(t *testing.T) {
	s, f := newFake(t.Context())
	numbers := subscribe[int](t, s, "n", nil)
	gaps := subscribe(t, s, eventstream.GapEvent, nil)
	f.send("n", "1", "1", "gap", "14", gapData, "n", "15", "15")
	f.gaps("16")
	s.failed(errors.New("end"))
	expect(t, "numbers", tellAll(numbers), []string{"1=1", "gap 14", "15=15", "gap 16", "error: end"})
	expect(t, "gaps", tellAll(gaps), []string{"14={a-3 a-14 12 dropped}", "16={a-3 a-14 12 dropped}", "error: end"})
}

// TestGapUnreadable holds what is taken for a gap, and that what is not reaches
// those who have subscribed to the type, and nobody else.
func TestGapUnreadable(t *testing.T) {
	for data, want := range map[string]string{
		`{"reason":"dropped"}`:                                 "{   0 dropped}",
		`{"reason":"a new one","missed":3,"to":"a"}`:           "{ a 3 a new one}",
		`{"reason":"dropped","from":7,"to":"a-9","missed":-1}`: "{ a-9 0 dropped}",
		`{"reason":"ahead","further":[1]}`:                     "{  0 ahead}",
		`{"reason":""}`:                                        "",
		`{"reason":7,"from":"a"}`:                              "",
		`{"from":"a-1","to":"a-2"}`:                            "",
		`{}`:                                                   "",
		`null`:                                                 "",
		`"dropped"`:                                            "",
		`[{"reason":"dropped"}]`:                               "",
		`{"reason":"dropped"`:                                  "",
		`mind the gap`:                                         "",
		``:                                                     "",
		"\ufffd":                                               "",
		strings.Repeat(`[`, 100000):                            "",
		`{"reason":"dropped","missed":99999999999999999999999}`: "{  0 dropped}",
	} {
		want = strings.Replace(want, "{   0 ", "{  0 ", 1)
		s, f := newFake(t.Context())
		numbers := subscribe[int](t, s, "n", nil)
		texts := subscribe[string](t, s, "gap", &SubscribeOptions{Codec: codec.Text})
		f.send("gap", "1", data)
		f.numbers("n", 2, 3)
		s.failed(errors.New("end"))
		var got string
		for _, err := range numbers.Events() {
			var gap *GapError
			if errors.As(err, &gap) {
				got = fmt.Sprint(gap.Gap)
			}
		}
		name := data[:min(len(data), 60)]
		expect(t, name, got, want)
		expect(t, name+" as an event", tellAll(texts), []string{"1=" + data, "error: end"})
		expect(t, name+" counted", s.Stats().Gaps == 1, want != "")
	}
}

// TestGapMux holds that a gap comes to each handler of a Mux once, in the order
// they were given and at its place, or to the one for gaps alone.
func TestGapMux(t *testing.T) {
	for _, test := range []struct {
		own  bool
		want []string
	}{
		{false, []string{"a gap 1", "b gap 1", "c gap 1", "a 2=2", "c 2=2", "a gap 3", "b gap 3", "c gap 3", "b 4=4"}},
		{true, []string{"own 1={a-3 a-14 12 dropped}", "a 2=2", "c 2=2", "own 3={a-3 a-14 12 dropped}", "b 4=4"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, f := newFake(t.Context())
			var mux Mux
			var got []string
			note := func(name string) func(Event[int], error) {
				return func(ev Event[int], err error) { got = append(got, name+" "+told(ev, err)) }
			}
			Handle(&mux, "n", note("a"))
			Handle(&mux, "m", note("b"))
			HandleCodec(&mux, "n", codec.StrictJSON, note("c"))
			if test.own {
				Handle(&mux, eventstream.GapEvent, func(ev Event[eventstream.Gap], err error) { got = append(got, "own "+told(ev, err)) })
			}
			result := make(chan error)
			go func() { result <- mux.Run(t.Context(), s) }()
			synctest.Wait()
			f.gaps("1")
			f.send("n", "2", "2", "gap", "3", gapData, "m", "4", "4")
			synctest.Wait()
			s.Close()
			expect(t, "result", <-result, nil)
			expect(t, "calls", got, test.want)
		})
	}
}

// TestGapBatches holds that a gap parts what comes before it from what comes
// after.
func TestGapBatches(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.gaps("1")
	f.numbers("n", 2, 4)
	f.send("n", "4", "4", "gap", "5", gapData, "gap", "6", gapData, "n", "7", "7")
	s.failed(errors.New("end"))
	var got []string
	for events, err := range sub.Batches() {
		var gap *GapError
		if errors.As(err, &gap) {
			got = append(got, fmt.Sprint(len(events), " gap ", gap.ID))
			continue
		}
		var ids []string
		for _, ev := range events {
			ids = append(ids, ev.ID)
		}
		got = append(got, fmt.Sprint(ids, " ", err))
	}
	expect(t, "batches", strings.Join(got, ", "), "0 gap 1, [2 3 4] <nil>, 0 gap 5, 0 gap 6, [7] <nil>, [] end")
}

// TestNoGaps holds that the reading of gaps can be switched off.
func TestNoGaps(t *testing.T) {
	s, f := newFake(t.Context())
	s.noGaps = true
	numbers := subscribe[int](t, s, "n", nil)
	gaps := subscribe(t, s, eventstream.GapEvent, nil)
	f.gaps("1")
	f.numbers("n", 2, 3)
	s.failed(errors.New("end"))
	expect(t, "numbers", tellAll(numbers), []string{"2=2", "error: end"})
	expect(t, "gaps", tellAll(gaps), []string{"1={a-3 a-14 12 dropped}", "error: end"})
	expect(t, "counted", s.Stats().Gaps, 0)
}

// TestBatchStaysWhole holds that a batch of one type, which is not that of gaps,
// is queued as it came: in one slot, however many gaps there are before it.
func TestBatchStaysWhole(t *testing.T) {
	s, f := newFake(t.Context())
	sub := subscribe[int](t, s, "n", nil)
	f.gaps("1")
	var ids []string
	for n := range 100 {
		ids = append(ids, fmt.Sprint(n))
	}
	b := testMessages(ids).batch
	b.types, b.first = []string{"n"}, f.next
	if s.taker(b) != sub.inbox {
		t.Error("the batch is taken apart")
	}
	s.deliver(b)
	if c := sub.inbox.queue.head; c.end != 1 || sub.inbox.queue.size() != 101 {
		t.Errorf("the batch takes %d slots, and the queue has %d", c.end, sub.inbox.queue.size())
	}
	b.types = []string{"gap"}
	subscribe(t, s, eventstream.GapEvent, nil)
	if s.taker(b) != nil {
		t.Error("a batch of gaps is not looked at")
	}
}

// TestGapOrder compares what subscriptions of every kind get of random streams, in
// random pieces, with what stands in the stream.
func TestGapOrder(t *testing.T) {
	types := []eventstream.EventType[int]{"a", "b", "gap", "unheard"}
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 7))
		weights := []int{1 + random.IntN(9), 1 + random.IntN(9), 1 + random.IntN(3), 1} // of the types
		var text strings.Builder
		want := make(map[eventstream.EventType[int]][]string)
		for n := range 1000 {
			eventType, data := types[pick(random, weights)], fmt.Sprint(n)
			switch eventType {
			case "gap":
				data = gapData
				want["a"] = append(want["a"], fmt.Sprintf("gap %d", n))
				want["b"] = append(want["b"], fmt.Sprintf("gap %d", n))
			default:
				want[eventType] = append(want[eventType], fmt.Sprintf("%d=%d", n, n))
			}
			fmt.Fprintf(&text, "event: %s\nid: %d\ndata: %s\n\n", eventType, n, data)
		}
		r := &pieces{text: text.String(), random: random, begin: make(chan struct{})}
		s := fromReader(t, r)
		var loops sync.WaitGroup
		for name, options := range map[string]*SubscribeOptions{
			"End":        nil,
			"Block":      {Overflow: Block, QueueLength: 1 + random.IntN(20)},
			"DropOldest": {Overflow: DropOldest},
			"KeepLatest": {Overflow: KeepLatest, Key: func(m eventstream.Message) string { return m.ID }},
		} {
			for _, eventType := range types[:2] {
				sub := subscribe(t, s, eventType, options)
				loops.Go(func() {
					got := tellAll(sub)
					if got = got[:len(got)-1]; !slices.Equal(got, want[eventType]) {
						t.Errorf("seed %d: %s, %s: got\n%v\nwant\n%v", seed, name, eventType, got, want[eventType])
					}
				})
			}
		}
		close(r.begin)
		loops.Wait()
	}
}

// pick returns an index by its weight.
func pick(random *rand.Rand, weights []int) int {
	total := 0
	for _, weight := range weights {
		total += weight
	}
	at := random.IntN(total)
	for i, weight := range weights {
		if at -= weight; at < 0 {
			return i
		}
	}
	return 0
}

// pieces reads a text in pieces of random lengths, once begin is closed.
type pieces struct {
	text   string
	random *rand.Rand
	begin  chan struct{}
}

func (p *pieces) Read(b []byte) (n int, err error) {
	<-p.begin
	if p.text == "" {
		return 0, io.EOF
	}
	n = copy(b[:min(len(b), 1+p.random.IntN(2000))], p.text)
	p.text = p.text[n:]
	return n, nil
}
