package server

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// FuzzFilter holds filters against a naive reading of what they promise.
func FuzzFilter(f *testing.F) {
	for _, seed := range [][4]string{
		{"price", "", "price", ""}, {"message", "a.*", "", "a.b"}, {"", "a.>", "x", "a.b.c"}, {"", ">", "", ""}, {"", "*.b", "", "a.b"},
		{"a,message", "x,y.*", "", "y.z"}, {"", "a.b", "", "a.b.c"}, {"", "a.b.c", "", "a.b"}, {"", "a.>", "", "a"}, {"", "日.*", "", "日.本"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	f.Fuzz(func(t *testing.T, types, subjects, typ, subject string) {
		query := url.Values{}
		if types != "" {
			query[TypeParameter] = strings.Split(types, ",")
		}
		if subjects != "" {
			query[SubjectParameter] = strings.Split(subjects, ",")
		}
		filter, err := newFilter(nil, query)
		if err != nil || subject != "" && !validSubject(subject) {
			return
		}
		name := typ
		if name == "" {
			name = "message"
		}
		want := types == "" || slices.Contains(query[TypeParameter], name)
		if subjects != "" {
			matches := false
			for _, pattern := range query[SubjectParameter] {
				expression := regexp.QuoteMeta(strings.ToValidUTF8(pattern, "\ufffd"))
				expression = regexp.MustCompile(`(^|\.)\\\*`).ReplaceAllString(expression, `$1[^.]+`)
				if words, rest := strings.CutSuffix(expression, ">"); rest {
					expression = words + ".+"
				}
				if subject != "" && regexp.MustCompile(`(?s)^`+expression+`$`).MatchString(subject) {
					matches = true
				}
			}
			want = want && matches
		}
		if got := filter.passes(&kind{typ, subject}); got != want {
			t.Errorf("types %q, subjects %q: got %t for %q, %q, want %t", query[TypeParameter], query[SubjectParameter], got, typ, subject, want)
		}
	})
}

// A client with a filter may come back at any place, with its own or another
// filter, and gets exactly what the filter lets pass of the rest.
func TestFilteredStreamsResumeAnywhere(t *testing.T) {
	for _, behind := range []bool{false, true} { // in memory, and behind a log
		var f *Feed
		l := newFakeLog(0)
		if behind {
			f = open(t, l, &Options{History: 5})
		} else {
			f = New(nil)
		}
		var all []string // type and subject of each
		for i := range 60 {
			typ, subject := fmt.Sprint("t", i%3), fmt.Sprintf("s%d.x", i%4)
			m := eventstream.Message{Type: typ, Data: []byte("x")}
			if _, err := f.PublishMessage(t.Context(), m, Subject(subject)); err != nil {
				t.Fatal(err)
			}
			all = append(all, typ+" "+subject)
		}
		for behind {
			if _, next := f.window.bounds(); next == 61 {
				break
			}
		}
		s := httptest.NewServer(f)
		for _, filter := range []struct {
			query string
			wants func(string) bool
		}{
			{"type=t1", func(s string) bool { return strings.HasPrefix(s, "t1 ") }},
			{"type=t0&type=t2&subject=s1.*", func(s string) bool { return s[:2] != "t1" && strings.HasSuffix(s, " s1.x") }},
			{"subject=s3.>&subject=s0.x", func(s string) bool { return strings.HasSuffix(s, "s3.x") || strings.HasSuffix(s, "s0.x") }},
			{"type=none", func(string) bool { return false }},
		} {
			for after := range 60 {
				ctx, cancel := context.WithCancel(t.Context())
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"?"+filter.query, nil)
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Last-Event-ID", formatID(f.window.log, uint64(after)))
				res, err := http.DefaultClient.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				c := &conn{t: t, Response: res, blocks: newBlockReader(res.Body)}
				for number := after + 1; number <= 60; number++ {
					if !filter.wants(all[number-1]) {
						continue
					}
					if got := c.event(); got.id != formatID(f.window.log, uint64(number)) {
						t.Fatalf("%s after %d: got %+v, want number %d", filter.query, after, got, number)
					}
				}
				cancel()
				res.Body.Close()
			}
		}
		f.Close()
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	}
}

// A client whose filter leaves it without events is told the place with the
// heartbeat, however many messages are left out meanwhile.
func TestHeartbeatTellsThePlaceOfAFilteredStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := New(&Options{History: 3})
		w := newStuckWriter()
		close(w.release)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go f.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/?type=rare", nil))
		synctest.Wait()
		var last block
		for i := range 100 {
			publish(t, f, "x")
			time.Sleep(time.Second)
			synctest.Wait()
			blocks := w.blocks(t)
			if want := 1 + (i+1)/15; len(blocks) != want {
				t.Fatalf("after %d s: got %d blocks, want %d", i+1, len(blocks), want)
			}
			last = blocks[len(blocks)-1]
		}
		_, number, ok := parseID(last.id)
		if !ok || last.typ != string(eventstream.HeartbeatEvent) || number < 89 {
			t.Errorf("got %+v last, want the place it has come to", last)
		}
		// Nothing more is left out, so there is no place to tell.
		time.Sleep(31 * time.Second)
		synctest.Wait()
		blocks := w.blocks(t)
		if place, beat := blocks[len(blocks)-2], blocks[len(blocks)-1]; place.id != formatID(f.window.log, 100) || beat.id != "" || beat.comment == "" {
			t.Errorf("got %+v and %+v, want the place and then a heartbeat without it", place, beat)
		}
	})
}
