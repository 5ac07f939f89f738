package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

type quote struct {
	Bid, Ask float64
	At       time.Time
}

const (
	price eventstream.EventType[quote]  = "price"
	note  eventstream.EventType[string] = "note"
	plain eventstream.EventType[int]    = ""
)

func publish(t *testing.T, f *Feed, texts ...string) (ids []string) {
	t.Helper()
	for _, text := range texts {
		id, err := f.PublishMessage(t.Context(), eventstream.Message{Data: []byte(text)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func TestPublishTypedValues(t *testing.T) {
	f, url := serve(t, nil)
	c := connect(t, url, "")
	want := quote{10.5, 10.75, time.Date(2026, 5, 4, 3, 2, 1, 7, time.UTC)}
	id, err := Publish(t.Context(), f, price, want)
	if err != nil {
		t.Fatal(err)
	}
	event := c.event()
	if event.typ != "price" || event.id != id {
		t.Errorf("got type %q, id %q, want price, %q", event.typ, event.id, id)
	}
	var got quote
	if err := json.Unmarshal([]byte(event.data), &got); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}

	if _, err := Publish(t.Context(), f, note, "two\nlines <&>"); err != nil {
		t.Fatal(err)
	}
	var text string
	if err := json.Unmarshal([]byte(c.event().data), &text); err != nil || text != "two\nlines <&>" {
		t.Errorf("got %q, %v, want two lines", text, err)
	}

	if _, err := Publish(t.Context(), f, plain, 7); err != nil {
		t.Fatal(err)
	}
	if event := c.event(); event.typ != "" || event.data != "7" {
		t.Errorf("event of the default type: got %+v, want no event field and 7", event)
	}
}

func TestPublishErrors(t *testing.T) {
	f := New(nil)
	defer f.Close()
	canceled, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	message := func(m eventstream.Message) func() (string, error) {
		return func() (string, error) { return f.PublishMessage(t.Context(), m) }
	}
	for _, test := range []struct {
		name    string
		publish func() (string, error)
		want    error
		text    string
	}{
		{"context done", func() (string, error) { return Publish(canceled, f, note, "x") }, reason, ""},
		{"value without JSON", func() (string, error) {
			return Publish(t.Context(), f, eventstream.EventType[chan int]("pipe"), nil)
		}, nil, `encode "pipe" event`},
		{"line break in type", func() (string, error) {
			return Publish(t.Context(), f, eventstream.EventType[int]("a\nid: 7"), 1)
		}, eventstream.ErrLineBreak, "event type"},
		{"data not UTF-8", message(eventstream.Message{Data: []byte{0xff}}), eventstream.ErrNotUTF8, "data"},
		{"id of its own", message(eventstream.Message{ID: "7", Data: []byte("x")}), ErrID, `"7"`},
		{"the feed's own type", message(eventstream.Message{Type: "gap", Data: []byte("{}")}), ErrGapType, "gap"},
		{"that of heartbeats", message(eventstream.Message{Type: "runnel.heartbeat", Data: []byte("{}")}), ErrGapType, "heartbeat"},
		{"negative retry", message(eventstream.Message{Retry: -1}), eventstream.ErrNegativeRetry, "retry"},
		{"nothing", message(eventstream.Message{}), nil, "Data"},
		{"zero Publication", func() (string, error) {
			ids, err := f.PublishBatch(t.Context(), []Publication{{}})
			return strings.Join(ids, " "), err
		}, nil, "index 0 of 1 holds no message: make it with Encode"},
		{"zero Publication behind another", func() (string, error) {
			whole, err := Encode(note, "x")
			if err != nil {
				return "", err
			}
			ids, err := f.PublishBatch(t.Context(), []Publication{whole, {}})
			return strings.Join(ids, " "), err
		}, nil, "index 1 of 2 holds no message"},
	} {
		t.Run(test.name, func(t *testing.T) {
			id, err := test.publish()
			if err == nil || id != "" {
				t.Fatalf("got id %q, error %v, want an error", id, err)
			}
			if test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v in it", err, test.want)
			}
			if !strings.Contains(err.Error(), test.text) {
				t.Errorf("got %q, want %q in it", err, test.text)
			}
		})
	}
	if got := f.Stats().Published; got != 0 {
		t.Errorf("got %d published, want none", got)
	}
}

func TestLastEventIDReplaysExactly(t *testing.T) {
	f, url := serve(t, nil)
	var texts []string
	for i := range 300 { // several batches
		texts = append(texts, fmt.Sprint("message ", i))
	}
	ids := publish(t, f, texts...)
	for _, after := range []int{0, 1, 150, 298, 299} {
		c := connect(t, url, ids[after])
		if c.first.id != ids[after] {
			t.Errorf("after %d: the stream begins at %q, want %q", after, c.first.id, ids[after])
		}
		for i := after + 1; i < len(ids); i++ {
			if event := c.event(); event.id != ids[i] || event.data != texts[i] {
				t.Fatalf("after %d: got %+v, want %q, %q", after, event, ids[i], texts[i])
			}
		}
		// What comes next is new, so nothing was replayed twice.
		newest := publish(t, f, "newest")
		if event := c.event(); event.id != newest[0] {
			t.Fatalf("after %d: got %+v, want %q", after, event, newest[0])
		}
		texts, ids = append(texts, "newest"), append(ids, newest...)
	}
	if stats := f.Stats(); stats.Gaps != 0 || stats.Missed != 0 {
		t.Errorf("got %+v, want no gap", stats)
	}
}

// TestLastEventIDByQuery holds that a place may stand in the query, and that the
// header counts where there are both: it is the newer one.
func TestLastEventIDByQuery(t *testing.T) {
	f, url := serve(t, nil)
	ids := publish(t, f, "one", "two", "three")
	connect(t, url+"?lastEventId="+ids[0], "").want("two", "three")
	connect(t, url+"?lastEventId="+ids[0], ids[1]).want("three")
	c := connect(t, url+"?lastEventId=nonsense", "")
	c.gapOf()
	c.want("one", "two", "three")
}

func TestReconnectLosesAndDoublesNothing(t *testing.T) {
	f, url := serve(t, nil)
	const total = 2000
	var publisher sync.WaitGroup
	defer publisher.Wait()
	c := connect(t, url, "")
	publisher.Go(func() {
		for i := range total {
			if _, err := Publish(t.Context(), f, plain, i); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range total {
		event := c.event()
		if event.data != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", event.data, i)
		}
		if i%250 == 0 {
			c.Body.Close()
			c = connect(t, url, event.id)
		}
	}
}

func TestFirstBlockKeepsThePlaceOfAClientThatGotNothing(t *testing.T) {
	f, url := serve(t, nil)
	publish(t, f, "before")
	c := connect(t, url, "")
	if c.first.dispatched || c.first.id == "" {
		t.Fatalf("got first block %+v, want an ID and no data", c.first)
	}
	c.Body.Close()
	publish(t, f, "meanwhile")
	connect(t, url, c.first.id).want("meanwhile")

	// The same holds while nothing has been published at all.
	f, url = serve(t, nil)
	c = connect(t, url, "")
	c.Body.Close()
	publish(t, f, "one", "two")
	connect(t, url, c.first.id).want("one", "two")
}

// gapOf returns the gap that the stream tells of next, and the place it goes on
// from.
func (c *conn) gapOf() (gap eventstream.Gap, place string) {
	c.t.Helper()
	event := c.event()
	if event.typ != "gap" {
		c.t.Fatalf("got %+v, want a gap", event)
	}
	if err := json.Unmarshal([]byte(event.data), &gap); err != nil {
		c.t.Fatal(err)
	}
	return gap, event.id
}

func TestLastEventIDThatTheLogDoesNotHold(t *testing.T) {
	for _, test := range []struct {
		name string
		id   string // LOG stands for the log's name
		want eventstream.Gap
		next []string // what comes first, once "7" has been published
	}{
		{"too old", "LOG-2", eventstream.Gap{From: "LOG-3", To: "LOG-3", Missed: 1, Reason: "dropped"}, []string{"4", "5", "6", "7"}},
		{"much too old", "LOG-0", eventstream.Gap{From: "LOG-1", To: "LOG-3", Missed: 3, Reason: "dropped"}, []string{"4", "5", "6", "7"}},
		{"another log", "ANOTHER-5", eventstream.Gap{Reason: "other-log"}, []string{"4", "5", "6", "7"}},
		{"the future", "LOG-7", eventstream.Gap{Reason: "ahead"}, []string{"7"}},
		{"malformed", "\xff garbage", eventstream.Gap{Reason: "malformed"}, []string{"4", "5", "6", "7"}},
		{"far too large", "LOG-99999999999999999999999", eventstream.Gap{Reason: "malformed"}, []string{"4", "5", "6", "7"}},
		{"the largest number", "LOG-18446744073709551615", eventstream.Gap{Reason: "malformed"}, []string{"4", "5", "6", "7"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, url := serve(t, &Options{History: 3})
			publish(t, f, "1", "2", "3", "4", "5", "6")
			named := strings.NewReplacer("LOG", f.window.log)
			test.want.From, test.want.To = named.Replace(test.want.From), named.Replace(test.want.To)
			c := connect(t, url, named.Replace(test.id))
			gap, place := c.gapOf()
			if gap != test.want {
				t.Errorf("got %+v, want %+v", gap, test.want)
			}
			again := connect(t, url, place) // it is not told of the same gap twice
			f.window.maxRecords++
			publish(t, f, "7")
			c.want(test.next...)
			again.want(test.next...)
			if stats := f.Stats(); stats.Missed != test.want.Missed || stats.Gaps != 1 {
				t.Errorf("got %+v, want 1 gap, %d missed", stats, test.want.Missed)
			}
		})
	}
}

func TestRecent(t *testing.T) {
	f, url := serve(t, &Options{Recent: 2})
	connect(t, url, "") // there may be fewer than that
	ids := publish(t, f, "1")
	connect(t, url, "").want("1")
	publish(t, f, "2", "3")
	connect(t, url, "").want("2", "3")
	connect(t, url, ids[0]).want("2", "3")
	if gaps := f.Stats().Gaps; gaps != 0 {
		t.Errorf("got %d gaps, want none", gaps)
	}
}

func TestStreamResponse(t *testing.T) {
	_, url := serve(t, &Options{Retry: 1500*time.Millisecond + 1})
	c := connect(t, url, "") // returns, so the first bytes come though nothing is published
	if retry, err := strconv.Atoi(c.first.retry); c.StatusCode != http.StatusOK || err != nil || retry < 1501 || retry > 2252 {
		t.Errorf("got status %d, retry %q, want 200, 1501 and up to a half more", c.StatusCode, c.first.retry)
	}
	for name, want := range map[string]string{
		"Content-Type":      "text/event-stream",
		"Cache-Control":     "no-store, no-transform",
		"X-Accel-Buffering": "no",
	} {
		if got := c.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	head, err := http.Head(url)
	if err != nil {
		t.Fatal(err)
	}
	defer head.Body.Close()
	if got := head.Header.Get("Content-Type"); head.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Errorf("HEAD: got %d, %q, want 200, text/event-stream", head.StatusCode, got)
	}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		req, err := http.NewRequestWithContext(t.Context(), method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Allow"); res.StatusCode != http.StatusMethodNotAllowed || got != "GET, HEAD" {
			t.Errorf("%s: got %d, Allow %q, want 405, GET, HEAD", method, res.StatusCode, got)
		}
	}
}

func TestStreamEndsWhenTheClientLeaves(t *testing.T) {
	f := New(nil)
	defer f.Close()
	left := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(left)
		f.ServeHTTP(w, r)
	}))
	defer s.Close()
	c := connect(t, s.URL, "")
	if got := f.Stats().Clients; got != 1 {
		t.Errorf("got %d clients, want 1", got)
	}
	c.Body.Close()
	<-left // nothing is published and no heartbeat is due: the test hangs if it does not notice
	if got := f.Stats().Clients; got != 0 {
		t.Errorf("got %d clients, want none", got)
	}
}

func TestCloseEndsEveryStream(t *testing.T) {
	f, url := serve(t, nil)
	var conns []*conn
	for range 20 {
		conns = append(conns, connect(t, url, ""))
	}
	if err := f.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := f.Stats().Clients; got != 0 {
		t.Errorf("got %d clients, want none", got)
	}
	for _, c := range conns {
		if last := c.block(); last.retry == "" || last.dispatched || last.id != "" {
			t.Errorf("got %+v, want a reconnection time alone", last)
		}
		if rest, err := io.ReadAll(c.Body); err != nil || len(rest) != 0 {
			t.Errorf("got %q, %v, want a response that ends", rest, err)
		}
	}
	if _, err := Publish(t.Context(), f, note, "late"); !errors.Is(err, ErrClosed) {
		t.Errorf("publish: got %v, want ErrClosed", err)
	}
	if c := connect(t, url, ""); c.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got status %d, want 503", c.StatusCode)
	}
	if err := errors.Join(f.Close(), f.Close(), f.Shutdown(t.Context())); err != nil {
		t.Errorf("closed again: got %v, want nil", err)
	}
}

func TestShutdownGivesUpWithItsContext(t *testing.T) {
	f := New(nil)
	stuck := newStuckWriter()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.ServeHTTP(stuck, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	<-stuck.writing
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("no more patience")
	cancel(reason)
	if err := f.Shutdown(ctx); !errors.Is(err, reason) {
		t.Errorf("got %v, want %v", err, reason)
	}
	close(stuck.release)
	<-done
	if err := f.Shutdown(t.Context()); err != nil {
		t.Errorf("once it has ended: got %v, want nil", err)
	}
}

func TestPublishFromManyGoroutines(t *testing.T) {
	f, url := serve(t, nil)
	c := connect(t, url, "")
	const publishers, each = 8, 100
	var wait sync.WaitGroup
	for range publishers {
		wait.Go(func() {
			for i := range each {
				if _, err := Publish(t.Context(), f, plain, i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var numbers []uint64
	for range publishers * each {
		_, number, ok := parseID(c.event().id)
		if !ok {
			t.Fatal("got an ID that is not the feed's")
		}
		numbers = append(numbers, number)
	}
	wait.Wait()
	if !slices.IsSorted(numbers) || numbers[0] != 1 || numbers[len(numbers)-1] != publishers*each {
		t.Errorf("got numbers from %d to %d, want 1 to %d in order", numbers[0], numbers[len(numbers)-1], publishers*each)
	}
}
