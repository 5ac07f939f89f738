package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	status := m.Run()
	for deadline := time.Now().Add(timescale.Bound(time.Minute)); runtime.NumGoroutine() > before; runtime.Gosched() {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			fmt.Fprintf(os.Stderr, "goroutines: got %d, want %d\n%s\n",
				runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
			os.Exit(1)
		}
	}
	os.Exit(status)
}

var page = fstest.MapFS{
	"index.html": {Data: []byte("<!doctype html>")},
	"demo.wasm":  {Data: []byte("program")},
}

// serve runs the demo until the test ends. An interval of an hour keeps the
// sampler quiet.
func serve(t *testing.T, interval time.Duration) (*App, string) {
	t.Helper()
	app, err := New(t.Context(), &Options{Files: page, Interval: interval, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(app)
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
		s.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return app, s.URL
}

type event struct{ typ, id, data string }

// tab is a stream of one tab.
type tab struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Reader
}

func open(t *testing.T, url, name string) *tab {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+feed.StreamPath+"?tab="+name, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != http.StatusOK {
		t.Fatalf("got status %d, want 200", res.StatusCode)
	}
	return &tab{t, res.Body, bufio.NewReader(res.Body)}
}

// next returns the next event, or the error that ends the stream.
func (s *tab) next() (e event, err error) {
	for {
		line, err := s.lines.ReadString('\n')
		if err != nil {
			return e, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "event":
			e.typ = value
		case "id":
			e.id = value
		case "data":
			e.data = value
		case "":
			if e.data != "" && e.typ != string(eventstream.HeartbeatEvent) { // which a slow machine may get
				return e, nil
			}
			e = event{}
		}
	}
}

// wait returns the next event of a type.
func wait[T any](s *tab, typ eventstream.EventType[T]) (v T, id string) {
	s.t.Helper()
	for {
		e, err := s.next()
		if err != nil {
			s.t.Fatalf("wait for %s: %v", typ, err)
		}
		if e.typ != typ.Name() {
			continue
		}
		if err := json.Unmarshal([]byte(e.data), &v); err != nil {
			s.t.Fatalf("decode %s: %v", e.data, err)
		}
		return v, e.id
	}
}

func post(t *testing.T, url, contentType, body string, header ...string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultTransport.RoundTrip(req) // follows no redirect
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func text(t *testing.T, res *http.Response) string {
	t.Helper()
	content, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestEveryKindOfEventComesWithRealValues(t *testing.T) {
	app, url := serve(t, 20*time.Millisecond)
	s := open(t, url, "a")
	wanted := map[string]bool{
		"heartbeat": true, "cpu": true, "memory": true, "load": true, "network": true, "disk": true, "processes": true,
	}
	if runtime.GOOS == "windows" {
		delete(wanted, "load")
	}
	// What this system does not tell is left out of the stream, and of the test.
	for name, read := range map[string]func() error{
		"load": func() error { _, err := readLoad(t.Context(), time.Now()); return err },
		"disk": func() error { _, err := new(diskReader).read(t.Context(), time.Now()); return err },
	} {
		if err := read(); err != nil {
			t.Logf("%s: %v", name, err)
			delete(wanted, name)
		}
	}
	for len(wanted) > 0 {
		e, err := s.next()
		if err != nil {
			t.Fatal(err)
		}
		delete(wanted, e.typ)
	}

	cpu, _ := wait(s, feed.CPUEvent)
	if len(cpu.Cores) == 0 || cpu.Total < 0 || cpu.Total > 100 || time.Since(cpu.Time).Abs() > time.Hour {
		t.Errorf("got %+v, want cores, a total of 0 to 100 and the time", cpu)
	}
	memory, _ := wait(s, feed.MemoryEvent)
	if memory.Total == 0 || memory.Used == 0 || memory.Used > memory.Total || memory.Available > memory.Total {
		t.Errorf("got %+v, want part of the memory in use", memory)
	}
	network, _ := wait(s, feed.NetworkEvent)
	if network.Down < 0 || network.Up < 0 {
		t.Errorf("got %+v, want no negative rate", network)
	}
	first, _ := wait(s, feed.HeartbeatEvent)
	second, _ := wait(s, feed.HeartbeatEvent)
	if second.Seq != first.Seq+1 || second.Uptime <= first.Uptime || second.Clients != 1 {
		t.Errorf("got %+v after %+v, want the next one with 1 client", second, first)
	}
	if second.OS != runtime.GOOS+"/"+runtime.GOARCH {
		t.Errorf("got system %q", second.OS)
	}
	if app.Feed().Stats().Clients != 1 {
		t.Error("the feed does not know its client")
	}
}

func TestIDsHaveNoHoleOverACut(t *testing.T) {
	_, url := serve(t, 20*time.Millisecond)
	s := open(t, url, "a")
	var last uint64
	var log string
	cut := false // what had been sent before the cut still comes
	for cuts := 0; cuts < 3; {
		e, err := s.next()
		if err != nil {
			cuts++
			cut = false
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+feed.StreamPath+"?tab=a", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Last-Event-ID", fmt.Sprintf("%s-%d", log, last))
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			s = &tab{t, res.Body, bufio.NewReader(res.Body)}
			continue
		}
		if e.typ == string(feed.ServedEvent) {
			continue // has no place
		}
		name, number, ok := feed.Place(e.id)
		if !ok || last != 0 && (number != last+1 || name != log) {
			t.Fatalf("got id %q after %s-%d, want the next", e.id, log, last)
		}
		log, last = name, number
		if number%10 == 0 && !cut {
			cut = true
			if res := post(t, url+feed.CutPath+"?tab=a", "", ""); res.StatusCode != http.StatusNoContent {
				t.Fatalf("cut: got %d, want 204", res.StatusCode)
			}
		}
	}
}

func TestControlsActOnTheAskingTabOnly(t *testing.T) {
	app, url := serve(t, time.Hour)
	a1, a2, b := open(t, url, "a"), open(t, url, "a"), open(t, url, "b")

	if res := post(t, url+feed.MalformedPath+"?tab=a", "", ""); res.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d, %s, want 204", res.StatusCode, text(t, res))
	}
	for _, s := range []*tab{a1, a2} { // every stream of the tab
		for {
			e, err := s.next()
			if err != nil {
				t.Fatal(err)
			}
			var decoded feed.CPU
			if e.typ == feed.CPUEvent.Name() && json.Unmarshal([]byte(e.data), &decoded) != nil {
				if e.id != "" {
					t.Errorf("got %+v, want no ID", e)
				}
				break
			}
		}
	}
	if res := post(t, url+feed.CutPath+"?tab=a", "", ""); res.StatusCode != http.StatusNoContent {
		t.Fatalf("got %d, %s, want 204", res.StatusCode, text(t, res))
	}
	for _, s := range []*tab{a1, a2} {
		for {
			if _, err := s.next(); err == io.ErrUnexpectedEOF {
				break
			} else if err != nil {
				t.Fatalf("got %v, want %v", err, io.ErrUnexpectedEOF)
			}
		}
	}
	// The other tab goes on, and every event it gets decodes.
	post(t, url+feed.NoticePath, "application/json", `{"text":"to b"}`)
	for {
		e, err := b.next()
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid([]byte(e.data)) {
			t.Errorf("got %+v in the other tab", e)
		}
		if e.typ == feed.NoticeEvent.Name() {
			break
		}
	}
	if got := app.Feed().Stats().Gaps; got != 0 {
		t.Errorf("got %d gaps, want none", got)
	}
}

func TestControlsRefuse(t *testing.T) {
	_, url := serve(t, time.Hour)
	for _, path := range []string{feed.CutPath, feed.MalformedPath} {
		for _, test := range []struct {
			query string
			want  int
		}{
			{"?tab=nobody", http.StatusNotFound},
			{"", http.StatusBadRequest},
			{"?tab=", http.StatusBadRequest},
			{"?tab=a%20b", http.StatusBadRequest},
			{"?tab=" + strings.Repeat("x", feed.MaxTab+1), http.StatusBadRequest},
		} {
			res := post(t, url+path+test.query, "", "")
			if res.StatusCode != test.want {
				t.Errorf("%s%s: got %d, want %d", path, test.query, res.StatusCode, test.want)
			}
			if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") || text(t, res) == "" {
				t.Errorf("%s%s: got type %q, want plain text that says why", path, test.query, got)
			}
		}
	}
	res, err := http.Get(url + feed.StreamPath + "?tab=a%20b")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusBadRequest {
		t.Errorf("stream of a bad tab: got %d, want 400", res.StatusCode)
	}
}

func TestNoticeReachesEveryTab(t *testing.T) {
	_, url := serve(t, time.Hour)
	tabs := []*tab{open(t, url, "a"), open(t, url, "b")}
	longest := strings.Repeat("水", feed.MaxNotice)
	for _, test := range []struct {
		name, contentType, body string
		status                  int
		want                    string
	}{
		{"json", "application/json", `{"text":" hello\n "}`, http.StatusNoContent, "hello"},
		{"json with charset", "application/json; charset=utf-8", `{"text":"ü <b>"}`, http.StatusNoContent, "ü <b>"},
		{"form", "application/x-www-form-urlencoded", "text=+two%0D%0Alines+", http.StatusSeeOther, "two\r\nlines"},
		{"longest", "application/json", `{"text":"` + longest + `"}`, http.StatusNoContent, longest},
	} {
		t.Run(test.name, func(t *testing.T) {
			res := post(t, url+feed.NoticePath, test.contentType, test.body)
			if res.StatusCode != test.status {
				t.Fatalf("got %d, %s, want %d", res.StatusCode, text(t, res), test.status)
			}
			if got := res.Header.Get("Location"); (test.status == http.StatusSeeOther) != (got == "/") {
				t.Errorf("got Location %q with status %d", got, test.status)
			}
			for _, s := range tabs {
				notice, _ := wait(s, feed.NoticeEvent)
				if notice.Text != test.want || time.Since(notice.Time).Abs() > time.Hour {
					t.Errorf("got %+v, want %q now", notice, test.want)
				}
			}
		})
	}
}

func TestNoticeRefuses(t *testing.T) {
	app, url := serve(t, time.Hour)
	const form, object = "application/x-www-form-urlencoded", "application/json"
	for _, test := range []struct {
		name, contentType, body string
		want                    int
	}{
		{"empty text", object, `{"text":""}`, http.StatusUnprocessableEntity},
		{"only space", form, "text=+%0A", http.StatusUnprocessableEntity},
		{"no text", form, "other=x", http.StatusUnprocessableEntity},
		{"too long", object, `{"text":"` + strings.Repeat("ä", feed.MaxNotice+1) + `"}`, http.StatusUnprocessableEntity},
		{"json too large", object, `{"text":"` + strings.Repeat("x", maxNoticeBody) + `"}`, http.StatusRequestEntityTooLarge},
		{"form too large", form, "text=" + strings.Repeat("x", maxNoticeBody), http.StatusRequestEntityTooLarge},
		{"json cut off", object, `{"text":`, http.StatusBadRequest},
		{"json and more", object, `{"text":"x"} y`, http.StatusBadRequest},
		{"text of another kind", object, `{"text":7}`, http.StatusBadRequest},
		{"broken form", form, "text=%zz", http.StatusBadRequest},
		{"not UTF-8", form, "text=%ff", http.StatusBadRequest},
		{"another type", "text/plain", "hello", http.StatusUnsupportedMediaType},
		{"no type", "", "hello", http.StatusUnsupportedMediaType},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := notices(t, app)
			res := post(t, url+feed.NoticePath, test.contentType, test.body)
			if res.StatusCode != test.want {
				t.Errorf("got %d, want %d", res.StatusCode, test.want)
			}
			if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") || text(t, res) == "" {
				t.Errorf("got type %q, want plain text that says why", got)
			}
			if after := notices(t, app); after != before {
				t.Errorf("got %d messages published, want none", after-before)
			}
		})
	}
}

// notices counts what has been published. The sampler must be quiet: it
// publishes three events at the start and then none for an hour.
func notices(t *testing.T, app *App) uint64 {
	t.Helper()
	app.sampler.stop()
	return app.Feed().Stats().Published
}

func TestMethods(t *testing.T) {
	_, url := serve(t, time.Hour)
	for _, path := range []string{feed.NoticePath, feed.CutPath, feed.MalformedPath} {
		res, err := http.Get(url + path + "?tab=a")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if got := res.Header.Get("Allow"); res.StatusCode != http.StatusMethodNotAllowed || got != "POST" {
			t.Errorf("GET %s: got %d, Allow %q, want 405, POST", path, res.StatusCode, got)
		}
	}
	for _, path := range []string{"/", feed.StreamPath} {
		if res := post(t, url+path, "", ""); res.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: got %d, want 405", path, res.StatusCode)
		}
	}
}

func TestCrossOriginPostsAreRefused(t *testing.T) {
	app, url := serve(t, time.Hour)
	open(t, url, "a")
	before := notices(t, app)
	for _, path := range []string{feed.NoticePath, feed.CutPath + "?tab=a", feed.MalformedPath + "?tab=a"} {
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Origin: https://elsewhere.example"} {
			if res := post(t, url+path, "application/json", `{"text":"x"}`, header); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s with %s: got %d, want 403", path, header, res.StatusCode)
			}
		}
	}
	if stats := app.Feed().Stats(); stats.Published != before || stats.Clients != 1 {
		t.Errorf("got %+v, want nothing done", stats)
	}
	res := post(t, url+feed.NoticePath, "application/json", `{"text":"x"}`, "Sec-Fetch-Site: same-origin", "Origin: "+url)
	if res.StatusCode != http.StatusNoContent {
		t.Errorf("from the page itself: got %d, want 204", res.StatusCode)
	}
}

func TestPageAndHealth(t *testing.T) {
	_, url := serve(t, time.Hour)
	for _, test := range []struct{ path, contentType, want string }{
		{"/", "text/html; charset=utf-8", "<!doctype html>"},
		{"/demo.wasm", "application/wasm", "program"},
		{feed.HealthPath, "text/plain; charset=utf-8", "ok\n"},
	} {
		res, err := http.Get(url + test.path)
		if err != nil {
			t.Fatal(err)
		}
		got := text(t, res)
		res.Body.Close()
		if res.StatusCode != http.StatusOK || got != test.want || res.Header.Get("Content-Type") != test.contentType {
			t.Errorf("%s: got %d, %q, %q, want 200, %q, %q", test.path, res.StatusCode,
				res.Header.Get("Content-Type"), got, test.contentType, test.want)
		}
	}
}

func TestCloseIsPromptAndIdempotent(t *testing.T) {
	app, url := serve(t, time.Millisecond)
	s := open(t, url, "a")
	wait(s, feed.HeartbeatEvent)
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := s.next(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("got %v, want a stream that ends", err)
		}
	}
	if err := app.Close(); err != nil {
		t.Errorf("closed again: got %v, want nil", err)
	}
}

func TestCheckProgram(t *testing.T) {
	if err := CheckProgram(page); err != nil {
		t.Errorf("got %v, want nil", err)
	}
	if err := CheckProgram(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "make build") {
		t.Errorf("got %v, want how to get it", err)
	}
}

func TestNewNamesWhatItCannotRead(t *testing.T) {
	if _, err := New(t.Context(), &Options{Files: os.DirFS("does not exist")}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

// TestEventsRoundTrip holds that every field of every event survives its JSON,
// by its own name.
func TestEventsRoundTrip(t *testing.T) {
	now := stamp(time.Now())
	for _, v := range []any{
		feed.Heartbeat{Seq: 1, Time: now, Status: "ok", Uptime: 2, Host: "h", OS: "o", Clients: 3},
		feed.CPU{Time: now, Total: 1.5, Cores: []float64{1, 2}},
		feed.Memory{Time: now, Total: 1, Used: 2, Available: 3, SwapTotal: 4, SwapUsed: 5},
		feed.Load{Time: now, One: 1, Five: 2, Fifteen: 3, Cores: 4},
		feed.Network{Time: now, Down: 1, Up: 2, Interfaces: []feed.Interface{{Name: "n", Down: 3, Up: 4}}},
		feed.Disk{Time: now, Read: 1, Write: 2, Path: "/", Total: 3, Used: 4},
		feed.Processes{Time: now, Count: 1, Top: []feed.Process{{PID: 2, Name: "n", CPU: 3, Memory: 4}}},
		feed.Notice{Time: now, Text: "t"},
	} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got := reflect.New(reflect.TypeOf(v))
		if err := json.Unmarshal(data, got.Interface()); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Elem().Interface(), v) {
			t.Errorf("%s: got %+v, want %+v", data, got.Elem(), v)
		}
	}
}
