package server

import (
	"bytes"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

func clientAt(t *testing.T, f *Feed, path string) *Client {
	t.Helper()
	for c := range f.Clients() {
		if c.Request().URL.Path == path {
			return c
		}
	}
	t.Fatalf("no client at %s", path)
	return nil
}

func TestSendReachesOneClientAndKeepsItsPlace(t *testing.T) {
	f, url := serve(t, nil)
	a, b := connect(t, url+"/a", ""), connect(t, url+"/b", "")
	ids := publish(t, f, "1")
	a.want("1")
	b.want("1")
	if err := clientAt(t, f, "/a").Send(eventstream.Message{Type: "aside", Data: []byte("only a")}); err != nil {
		t.Fatal(err)
	}
	if event := a.event(); event.typ != "aside" || event.data != "only a" || event.id != "" {
		t.Errorf("got %+v, want the message without an ID", event)
	}
	publish(t, f, "2")
	a.want("2")
	b.want("2") // and nothing before it
	connect(t, url, ids[0]).want("2")
}

func TestSendErrors(t *testing.T) {
	f := New(nil)
	stuck := newStuckWriter()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f.ServeHTTP(stuck, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	<-stuck.writing
	c := clientAt(t, f, "/")
	message := eventstream.Message{Data: []byte("x")}
	if err := c.Send(eventstream.Message{ID: "1"}); !errors.Is(err, ErrID) {
		t.Errorf("with an ID: got %v, want ErrID", err)
	}
	if err := c.Send(eventstream.Message{Type: "\n"}); !errors.Is(err, eventstream.ErrLineBreak) {
		t.Errorf("with a line break: got %v, want ErrLineBreak", err)
	}
	for i := range 16 {
		if err := c.Send(message); err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
	}
	if err := c.Send(message); !errors.Is(err, ErrBusy) {
		t.Errorf("seventeenth: got %v, want ErrBusy", err)
	}
	f.Close()
	close(stuck.release)
	<-done
	if err := c.Send(message); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: got %v, want ErrClosed", err)
	}
	c.Cut() // does nothing, and does not touch the response
}

// A response that knows no deadlines is broken off too.
func TestCutAbortsTheHandler(t *testing.T) {
	f := New(nil)
	defer f.Close()
	w := newStuckWriter()
	aborted := make(chan any)
	go func() {
		defer func() { aborted <- recover() }()
		f.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	}()
	<-w.writing
	clientAt(t, f, "/").Cut()
	close(w.release)
	if got := <-aborted; got != http.ErrAbortHandler {
		t.Errorf("got panic %v, want %v", got, http.ErrAbortHandler)
	}
	if got := f.Stats().Clients; got != 0 {
		t.Errorf("got %d clients, want none", got)
	}
}

func TestCutBreaksOneConnection(t *testing.T) {
	f := New(nil)
	defer f.Close()
	var noise bytes.Buffer
	s := httptest.NewUnstartedServer(f)
	s.Config.ErrorLog = log.New(&noise, "", 0)
	s.Start()
	a, b := connect(t, s.URL+"/a", ""), connect(t, s.URL+"/b", "")
	clientAt(t, f, "/a").Cut()
	if _, err := io.ReadAll(a.Body); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want a response that breaks off", err)
	}
	publish(t, f, "1")
	b.want("1")
	connect(t, s.URL+"/a", a.first.id).want("1") // back, it has missed nothing
	f.Close()
	s.Close() // waits for the handlers, so nothing is logged any more
	if noise.Len() > 0 {
		t.Errorf("got %q in the log, want nothing", &noise)
	}
}
