package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// kindsToGrant are what the messages of these tests are; each one's data is its
// place here.
var kindsToGrant = func() (all []kind) {
	for _, typ := range []string{"", "price", "note"} {
		for _, subject := range []string{"", "user", "user.1", "user.1.a", "user.1.a.b", "user.2", "user.2.a", "user.10.a", "all.a", "USER.1"} {
			all = append(all, kind{typ, subject})
		}
	}
	return all
}()

// allowedBy is a reading of types and patterns apart from the feed's: patterns are
// compared from their end, without being divided into a list first.
func allowedBy(k kind, types, patterns []string) bool {
	typ := k.typ
	if typ == "" {
		typ = "message"
	}
	if types != nil && !slices.Contains(types, typ) {
		return false
	}
	return patterns == nil || slices.ContainsFunc(patterns, func(pattern string) bool { return k.subject != "" && alikeWords(pattern, k.subject) })
}

func alikeWords(pattern, subject string) bool {
	first, rest, more := strings.Cut(pattern, ".")
	if first == ">" && !more {
		return true
	}
	word, others, further := strings.Cut(subject, ".")
	if first != "*" && first != word || more != further {
		return false
	}
	return !more || alikeWords(rest, others)
}

// written returns the places of the messages in an answer.
func written(t *testing.T, body string) (places []int) {
	t.Helper()
	blocks := newBlockReader(strings.NewReader(body))
	for {
		b, err := blocks.next()
		if err != nil {
			return places
		}
		if !b.dispatched || b.typ == string(eventstream.GapEvent) {
			continue
		}
		place, err := strconv.Atoi(b.data)
		if err != nil || place >= len(kindsToGrant) {
			t.Fatalf("got the event %+v", b)
		}
		places = append(places, place)
	}
}

func publishKinds(t *testing.T, f *Feed) {
	t.Helper()
	for i, k := range kindsToGrant {
		var options []PublishOption
		if k.subject != "" {
			options = append(options, Subject(k.subject))
		}
		m := eventstream.Message{Type: k.typ, Data: strconv.AppendInt(nil, int64(i), 10)}
		if _, err := f.PublishMessage(t.Context(), m, options...); err != nil {
			t.Fatal(err)
		}
	}
}

// answerOf asks for a stream of all messages, some of which are read back from the
// log, some are in memory and some come while the stream is open.
func answerOf(t *testing.T, grant *Grant, query string) (status int, body string) {
	t.Helper()
	w, asked := httptest.NewRecorder(), make(chan struct{})
	f := open(t, newFakeLog(0), &Options{
		History: len(kindsToGrant) * 3 / 2, Logger: slog.New(slog.DiscardHandler),
		Authorize: func(*http.Request) (*Grant, error) { return grant, nil },
		Opened:    func(*Client) { close(asked) },
	})
	publishKinds(t, f)
	publishKinds(t, f)
	settles(t, "messages that are not in the feed yet", 0, func() int {
		_, next := f.window.bounds()
		return 2*len(kindsToGrant) + 1 - int(next)
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil)
	r.URL.RawQuery = query
	r.Header.Set("Last-Event-ID", formatID(fakeLogName, 0))
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.ServeHTTP(w, r)
	}()
	select {
	case <-asked:
		publishKinds(t, f)
		settles(t, "messages that the stream has not come to", 0, func() int {
			behind := 3*len(kindsToGrant) + 1
			for c := range f.Clients() {
				behind -= int(c.cursor.Load())
			}
			return behind
		})
		f.Close()
	case <-done:
		f.Close()
	}
	<-done
	return w.Code, w.Body.String()
}

func grantOf(types, patterns []string) *Grant {
	grant := NewGrant(AllFeeds)
	if types != nil {
		grant.OnlyTypes(types...)
	}
	if patterns != nil {
		grant.OnlySubjects(patterns...)
	}
	return grant
}

// FuzzGrant holds streams to their grant: whatever the query, every message that is
// written is one that the grant is for; and if the query is understood, all of those
// that it asks for are written.
func FuzzGrant(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "user.1.>", ""},
		{"", "user.1.>", "subject=user.2.>"},
		{"", "user.1.>", "subject=user.1.>&subject=user.2.>"},
		{"", "user.1.>", "subject=user.2.>&subject=user.1.>"},
		{"", "user.1.>", "subject=>"},
		{"", "user.1.>", "subject=*.*.*"},
		{"", "user.1.>", "%73ubject=%75ser.2.%3E"},
		{"", "user.1.>", "subject=user%2E2%2E%3E"},
		{"", "user.1.>", "subject=user.1.>;subject=user.2.>"},
		{"", "user.1.>", "subject=&subject=user.2.a"},
		{"", "user.1.>", "subject[]=user.2.a&SUBJECT=user.2.a"},
		{"", "user.1.>", "type=price&type=message&type=note"},
		{"price", "", "type=note"},
		{"price", "", "type=note&type=price"},
		{"message", "all.>,user.*", "type=price&subject=user.1"},
		{"price,note", "user.*.a", "%zz"},
		{"-", "", ""},
		{"", "-", "subject=>"},
		{"", "user.1..", ""},
		{"", "", "subject=user.1&type=price"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	list := func(text string) []string {
		switch text {
		case "":
			return nil
		case "-":
			return []string{}
		}
		return strings.Split(text, ",")
	}
	f.Fuzz(func(t *testing.T, types, patterns, query string) {
		grant := grantOf(list(types), list(patterns))
		status, body := answerOf(t, grant, query)
		got := written(t, body)
		if malformed := grant.malformed(); malformed != nil && (status != http.StatusServiceUnavailable || len(got) > 0) {
			t.Fatalf("grant %q, %q: got %d and %v, want 503: %v", types, patterns, status, got, malformed)
		}
		asked, err := url.ParseQuery(query)
		var want []int
		for range 3 {
			for place, k := range kindsToGrant {
				if !allowedBy(k, list(types), list(patterns)) {
					if slices.Contains(got, place) {
						t.Fatalf("grant %q, %q, query %q: got %+v", types, patterns, query, k)
					}
					continue
				}
				if allowedBy(k, asked[TypeParameter], asked[SubjectParameter]) {
					want = append(want, place)
				}
			}
		}
		if err == nil && status == http.StatusOK && !slices.Equal(got, want) {
			t.Fatalf("grant %q, %q, query %q: got %v, want %v", types, patterns, query, got, want)
		}
	})
}

// A grant without limits is for all of its feeds, one limited to nothing is for
// nothing, and limits add up.
func TestGrantLimits(t *testing.T) {
	all := len(kindsToGrant)
	for _, test := range []struct {
		name  string
		grant *Grant
		want  int // of each round
	}{
		{"no limit", NewGrant(AllFeeds), all},
		{"no type", NewGrant(AllFeeds).OnlyTypes(), 0},
		{"no subject", NewGrant(AllFeeds).OnlySubjects(), 0},
		{"a type", NewGrant(AllFeeds).OnlyTypes("message"), all / 3},
		{"any subject", NewGrant(AllFeeds).OnlySubjects(">"), all - 3},
		{"a type of a subject", NewGrant(AllFeeds).OnlyTypes("price").OnlySubjects("user.1.>"), 2},
		{"two limits", NewGrant(AllFeeds).OnlySubjects("user.>").OnlySubjects("*.1"), 3},
		{"two limits that exclude each other", NewGrant(AllFeeds).OnlyTypes("price").OnlyTypes("note"), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, body := answerOf(t, test.grant, "")
			if got := len(written(t, body)); status != http.StatusOK || got != 3*test.want {
				t.Errorf("got %d, %d messages, want %d", status, got, 3*test.want)
			}
		})
	}
}

// A malformed limit opens no stream, neither for GET nor for HEAD, and is logged.
func TestMalformedGrant(t *testing.T) {
	for _, pattern := range []string{"", "user..a", ".user", "user.>.a", "user.a*", "user a", strings.Repeat("x", maxName+1)} {
		logger, log := logged()
		f := New(&Options{Logger: logger, Authorize: func(*http.Request) (*Grant, error) {
			return NewGrant(AllFeeds).OnlySubjects("ok", pattern), nil
		}})
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			w := httptest.NewRecorder()
			f.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
			wantRefused(t, w.Result(), http.StatusServiceUnavailable)
		}
		if !strings.Contains(log.String(), "grant for the subject") {
			t.Errorf("%q: got the log %q, want the pattern named", pattern, log)
		}
		f.Close()
	}
}

// FuzzSubjectWord: any two texts become words, different ones if they differ, that a
// pattern of the one does not match the other.
func FuzzSubjectWord(f *testing.F) {
	for _, seed := range [][2]string{{"ada", "bo"}, {"", "%"}, {"*", "ada"}, {">", "a.b"}, {"a", "a.b"}, {"a.b", "a%2Eb"}, {"a b", "a\u00a0b"}, {"\xff", "\ufffd"}, {"日", "%E6%97%A5"}, {"\x00", "\u2028"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		a, b := SubjectWord(one), SubjectWord(other)
		if !validWord(a) || !utf8.ValidString(a) {
			t.Fatalf("%q: got %q, want a word", one, a)
		}
		if (a == b) != (one == other) {
			t.Fatalf("got %q for %q, and %q for %q", a, one, b, other)
		}
		patterns, err := parsePatterns([]string{"user." + a + ".>"})
		if err != nil {
			if len(a) > maxName-len("user..>") {
				return
			}
			t.Fatal(err)
		}
		if got := matchesWords(patterns[0], strings.Split("user."+b+".mail", ".")); got != (one == other) {
			t.Fatalf("the pattern of %q matches %q: %t", one, other, got)
		}
	})
}
