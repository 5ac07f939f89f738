//go:build !js

package suite

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/e2e"
)

// subject is a Source of the probe that a test has opened on a path of its own.
type subject struct {
	t      *testing.T
	moment moment
	how    string // "close" or "cancel"
	path   string
	page   *e2e.Page
	stream *e2e.Stream
	conn   *e2e.Conn // what the end must take away; nil for nothing

	attempts int // before the end
}

// ending is how a subject ended.
type ending struct {
	Err, Loop         string
	IsClosed, IsCause bool
	State             string
	Seen, Late        int
	Live              [2]counts
}

// moment is a state that a Source can be ended in.
type moment struct {
	name   string
	option string            // of the Source
	script func(*e2e.Stream) // before the first request
	bring  func(*subject)
	where  func(variant) bool // nil for everywhere
}

var (
	byBrowser = func(v variant) bool { return !v.fetch }
	inAPage   = func(v variant) bool { return !v.app.Worker }
	// later answers that the server is to be left alone for an hour.
	later = e2e.Response{Status: 503, Header: http.Header{"Retry-After": {"3600"}}}
)

// moments are the states, and how a test brings a Source into each.
var moments = []moment{
	{name: "connecting", bring: func(s *subject) { s.accept() }},
	{name: "in the headers", bring: func(s *subject) { s.accept().RawHead(endlessHead) }},
	{name: "open", bring: func(s *subject) { s.open() }},
	{name: "in a burst", bring: func(s *subject) {
		s.open()
		go count(s.conn, 1)
		e2e.WaitReport[any](s.page, "begun")
	}},
	{
		name:   "waiting",
		script: func(stream *e2e.Stream) { stream.RefuseAll(later) }, // over fetch too
		bring:  func(s *subject) { s.states("connecting 2") },
	},
	{name: "waiting after a loss", bring: func(s *subject) {
		s.open()
		s.stream.RefuseAll(later)
		s.conn.Raw("retry: 1\n\n")
		s.conn.Cut()
		s.states("connecting 1", "connecting 2")
	}},
	{name: "while the browser waits", where: byBrowser, bring: func(s *subject) {
		s.open()
		s.conn.Raw("retry: 3600000\n\n")
		s.conn.Cut()
		s.states("connecting 1")
	}},
	{
		name: "asked again over fetch", where: byBrowser,
		script: func(stream *e2e.Stream) { stream.Refuse(e2e.Response{Status: 503}) },
		bring:  func(s *subject) { expect(s.t, "attempt", s.accept().Attempt, 2) },
	},
	{name: "suspended", where: inAPage, option: "closeWhileHidden=", bring: func(s *subject) {
		s.open()
		s.page.Hide()
		s.states("connecting 1")
	}},
	{
		name:   "ended",
		script: func(stream *e2e.Stream) { stream.RefuseAll(e2e.Response{Status: 204}) },
		bring:  func(s *subject) { s.states("closed 0") },
	},
}

func (s *subject) accept() *e2e.Conn {
	s.conn = s.stream.Accept(s.t.Context())
	return s.conn
}

func (s *subject) open() {
	s.accept().Open()
	s.states("open 0")
}

// states waits for changes of state after the first one.
func (s *subject) states(want ...string) {
	s.t.Helper()
	waitStates(s.t, s.page, want...)
}

// TestEndInEachState closes a Source, and ends the context of another, in each
// state that it can be in. What holds everywhere: it ends, with the reason; no
// event comes after it; nothing stays alive in JavaScript; the server sees the
// request gone; and none is made any more, though the program asks for one, the
// page is seen again and the network comes back.
func TestEndInEachState(t *testing.T) {
	inAll(t, func(t *testing.T, v variant) {
		site := e2e.Serve(t, v.app)
		control := site.Stream("/control")
		var subjects []*subject
		for at, m := range moments {
			if m.where != nil && !m.where(v) {
				continue
			}
			for _, how := range []string{"close", "cancel"} {
				s := &subject{t: t, moment: m, how: how, path: fmt.Sprintf("/%s/%d", how, at)}
				s.stream = site.Stream(s.path)
				if m.script != nil {
					m.script(s.stream)
				}
				subjects = append(subjects, s)
			}
		}
		page := site.Open(v.scenario("obey"))
		orders := control.Accept(t.Context())
		for _, s := range subjects {
			t.Logf("%s: %s", s.moment.name, s.how) // which a failure of the harness's does not tell
			s.page = page
			orders.Raw(fmt.Sprintf("data: open url=%s&%s\n\n", s.path, s.moment.option))
			s.states("connecting 1")
			s.moment.bring(s)
			s.attempts = len(s.stream.Attempts())
			orders.Raw("data: " + s.how + "\n\n")
			s.holdEnded(e2e.WaitReport[ending](page, "ended"))
			if t.Failed() {
				return // what follows would only tell the same
			}
			s.stream.RefuseNone()
			if !v.app.Worker {
				page.Hide()
				page.Show()
				page.Run(`dispatchEvent(new Event("online"))`)
			}
		}
		for _, s := range subjects {
			expect(t, s.moment.name+": requests", len(s.stream.Attempts()), s.attempts)
		}
	})
}

// holdEnded holds what is true of each end.
func (s *subject) holdEnded(got ending) {
	s.t.Helper()
	if s.conn != nil {
		s.conn.WaitGone(s.t.Context())
	}
	name := s.moment.name + ": "
	wantLoop := ""
	switch {
	case s.moment.name == "ended":
		if !strings.Contains(got.Err, "status 204") {
			s.t.Errorf("got the error %q, want the one that it ended with", got.Err)
		}
		wantLoop = got.Err
	case s.how == "close":
		expect(s.t, name+"ErrClosed", got.IsClosed, true)
		s.states("closed 0")
	default:
		expect(s.t, name+"the context's cause", got.IsCause, true)
		wantLoop = got.Err
		s.states("closed 0")
	}
	expect(s.t, name+"the loop's error", got.Loop, wantLoop)
	expect(s.t, name+"state", got.State, "closed")
	expect(s.t, name+"events after the end", got.Late, 0)
	expect(s.t, name+"alive", got.Live[1], got.Live[0])
	if (got.Seen > 0) != (s.moment.name == "in a burst") {
		s.t.Errorf("%sgot %d events", name, got.Seen)
	}
}
