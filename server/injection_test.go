package server

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// whole serves a request of a feed that is closed with it, and returns the answer
// and all the blocks in it.
func whole(t *testing.T, f *Feed, r *http.Request) (*http.Response, []block) {
	t.Helper()
	w := httptest.NewRecorder()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.ServeHTTP(w, r)
	}()
	opened := func() bool {
		select {
		case <-done:
			return true
		default:
			return f.counters.bytes.Load() > 0
		}
	}
	for !opened() {
	}
	f.Close() // the stream ends with what the feed holds
	<-done
	var blocks []block
	for reader := newBlockReader(bytes.NewReader(w.Body.Bytes())); w.Code == http.StatusOK; {
		b, err := reader.next()
		if err != nil {
			if rest, _ := reader.lines.ReadString(0); rest != "" {
				t.Fatalf("%q goes on after its blocks", w.Body)
			}
			return w.Result(), blocks
		}
		blocks = append(blocks, b)
	}
	return w.Result(), nil
}

// normal is text as a reader gets it.
func normal(text []byte) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(text))
}

// FuzzPublish holds that whatever is published, and sent to one client, is exactly
// that event in the stream, under the feed's ID, or is refused.
func FuzzPublish(f *testing.F) {
	for _, seed := range []string{
		"", "x", "a\nid: 5", "\r\rdata: y", "\n\nevent: gap\ndata: {}\n\n", "gap", "\x00", "\ufeff", "\xff", ": x", " x ", "a.b", "a..b", "*", ">",
		"\u2028", "a\u0085b", "retry: 1\r\n\r\nid\r", strings.Repeat("a", 257),
	} {
		f.Add(seed, []byte(seed), seed, seed, seed)
		f.Add("note", []byte(seed), "", "order.eu", "")
		f.Add(seed, []byte("x"), "name", seed, "")
		f.Add("note", []byte("x"), seed, "", seed)
	}
	f.Fuzz(func(t *testing.T, typ string, data []byte, messageID, subject, comment string) {
		feed := New(&Options{Recent: 10})
		defer feed.Close()
		m := eventstream.Message{Type: typ, Data: data, Comment: comment}
		id, err := feed.PublishMessage(t.Context(), m, MessageID(messageID), Subject(subject))
		if err != nil {
			if id != "" || feed.Stats().Published != 0 {
				t.Fatalf("got id %q, %v", id, err)
			}
			return
		}
		if want := formatID(feed.window.log, 1); id != want {
			t.Fatalf("got id %q, want %q", id, want)
		}
		if strings.ContainsAny(typ, "\r\n") || typ == "gap" || len(messageID) > 256 || strings.ContainsAny(subject, "\r\n\x00 *>") {
			t.Fatalf("published type %q, message ID %q, subject %q", typ, messageID, subject)
		}
		if again, err := feed.PublishMessage(t.Context(), m, MessageID(messageID), Subject(subject)); err != nil || (again == id) != (messageID != "") {
			t.Fatalf("again: got %q, %v after %q", again, err, id)
		}
		feed.options.Opened = func(c *Client) {
			if err := c.Send(m); err != nil {
				t.Error(err)
			}
		}
		res, blocks := whole(t, feed, httptest.NewRequest(http.MethodGet, "/", nil))
		if res.StatusCode != http.StatusOK {
			t.Fatalf("got %s", res.Status)
		}
		want := []block{{id: formatID(feed.window.log, 0)}}
		event := block{typ: typ, data: normal(data), dispatched: data != nil, comment: strings.ReplaceAll(normal([]byte(comment)), "\n", "")}
		if direct := event; direct != (block{}) {
			want = append(want, direct)
		}
		for i := range feed.window.next - 1 {
			event.id = formatID(feed.window.log, i+1)
			want = append(want, event)
		}
		want = append(want, block{})
		for i := range blocks {
			blocks[i].retry = ""
			if event == (block{id: event.id}) && blocks[i] == (block{}) && i == 1 {
				blocks[i] = want[i] // a message of nothing sends a blank line
			}
		}
		if fmt.Sprint(blocks) != fmt.Sprint(want) {
			t.Fatalf("got %+v, want %+v", blocks, want)
		}
	})
}

// FuzzRequest holds that no request makes the server panic, nor say in its answer
// what is not its own: a stream begins with a place of the feed, or there is none.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"", "log-1", "log-99", "log-4\nevent: x\ndata: y\n\n", "other-1", "a=b;c=d", "type=%zz", "lastEventId=%", "subject=a.>&type=x", "subject=a..b",
		"subject=%0aid:5", "type=%0a%0adata:evil", "lastEventId=log-2%0aevent:evil", "https://x\r\nSet-Cookie: evil=1", "type=evil&type=&subject=>",
	} {
		f.Add("GET", seed, seed, seed, seed)
		f.Add("GET", "", seed, "", "gzip;q="+seed)
		f.Add(seed, "", seed, seed, "")
	}
	f.Fuzz(func(t *testing.T, method, id, query, origin, encoding string) {
		feed := newFeed((&Options{History: 4, Origins: []string{"https://friend.example"}}).withDefaults(), newWindow("log", 1, 4, defaultHistoryBytes))
		defer feed.Close()
		fill(t, feed.window, 10)
		r := &http.Request{
			Method: method, URL: &url.URL{Path: "/", RawQuery: query}, Host: "x", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Last-Event-Id": {id}, "Origin": {origin}, "Accept-Encoding": {encoding}},
		}
		res, blocks := whole(t, feed, r.WithContext(t.Context()))
		for name, values := range res.Header {
			for _, value := range values {
				if strings.Contains(value, "evil") || name != "Access-Control-Allow-Origin" && strings.ContainsAny(value, "\r\n") {
					t.Errorf("got %s: %q", name, value)
				}
			}
		}
		if res.StatusCode != http.StatusOK {
			if res.StatusCode >= 400 {
				wantRefused(t, res, res.StatusCode)
			}
			return
		}
		if method == http.MethodHead {
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatalf("a stream for the query %q", query)
		}
		place := id
		if place == "" {
			place = values.Get(LastEventIDParameter)
		}
		log, number, ok := parseID(place)
		switch first := blocks[0]; {
		case ok && log == "log" && number <= 10:
			if first.id != place {
				t.Errorf("after %q the stream begins at %q", place, first.id)
			}
		case place == "", ok && log == "log":
			if first.id != "log-10" {
				t.Errorf("after %q the stream begins at %q, want the end", place, first.id)
			}
		default:
			if first.id != "log-6" {
				t.Errorf("after %q the stream begins at %q, want the oldest", place, first.id)
			}
		}
		for _, b := range blocks {
			if b.dispatched && b.data != "x" && b.typ != "gap" || strings.Contains(b.data+b.typ+b.comment, "evil") {
				t.Errorf("got %+v", b)
			}
			if got, _, ok := parseID(b.id); b.id != "" && (!ok || got != "log") {
				t.Errorf("got %+v", b)
			}
		}
	})
}

// The header counts where there are both, for a browser sets it anew.
func TestPlaceInHeaderAndQuery(t *testing.T) {
	for _, test := range []struct {
		header []string
		query  string
		want   string // the place that the stream begins with
		gap    eventstream.GapReason
	}{
		{nil, "", "log-10", ""},
		{nil, "?lastEventId=log-8", "log-8", ""},
		{[]string{"log-9"}, "?lastEventId=log-8", "log-9", ""},
		{[]string{""}, "?lastEventId=log-8", "log-8", ""},
		{[]string{"log-9", "log-8"}, "", "log-9", ""},
		{nil, "?lastEventId=log-9&lastEventId=log-8", "log-9", ""},
		{[]string{"garbage"}, "?lastEventId=log-8", "log-6", eventstream.GapMalformed},
		{nil, "?lastEventId=log-8%0a", "log-6", eventstream.GapMalformed},
		{nil, "?lastEventId=log-8%00", "log-6", eventstream.GapMalformed},
		{nil, "?lasteventid=log-8", "log-10", ""},
		{[]string{"log-8, log-9"}, "", "log-6", eventstream.GapMalformed},
	} {
		f := newFeed((&Options{History: 4}).withDefaults(), newWindow("log", 1, 4, defaultHistoryBytes))
		fill(t, f.window, 10)
		r := httptest.NewRequest(http.MethodGet, "/"+test.query, nil)
		r.Header["Last-Event-Id"] = test.header
		_, blocks := whole(t, f, r)
		if got := blocks[0].id; got != test.want {
			t.Errorf("%q, %q: the stream begins at %q, want %q", test.header, test.query, got, test.want)
		}
		if got := blocks[1]; (got.typ == "gap") != (test.gap != "") || !strings.Contains(got.data, string(test.gap)) {
			t.Errorf("%q, %q: got %+v, want the gap %q", test.header, test.query, got, test.gap)
		}
	}
}

func TestQueryThatCannotBeUnderstood(t *testing.T) {
	f := New(nil)
	defer f.Close()
	for _, query := range []string{
		"type=%zz", "lastEventId=%", "type=a;subject=b", "subject=", "subject=a..b", "subject=a.>.b", "subject=a*", "subject=>a", "subject=a%20b",
		"subject=" + strings.Repeat("a", maxName+1), strings.Repeat("type=a&", maxFilters) + "type=b", strings.Repeat("subject=a&", maxFilters+1),
	} {
		w := httptest.NewRecorder()
		f.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/", RawQuery: query}, Header: http.Header{}})
		wantRefused(t, w.Result(), http.StatusBadRequest)
	}
	wantNobody(t, f)
}
