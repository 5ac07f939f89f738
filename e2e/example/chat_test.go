//go:build !js

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/example/chat"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// serve serves the chat with a server that takes what is said, or refuses it.
func serve(t *testing.T, say http.HandlerFunc) (*e2e.Site, *e2e.Stream) {
	t.Helper()
	mux := http.NewServeMux()
	if say != nil {
		mux.HandleFunc("POST /say", say)
	}
	site := e2e.Serve(t, e2e.App{Program: ".", Page: os.DirFS("page"), Policy: e2e.DefaultPolicy, Handler: mux})
	return site, site.Stream("/events")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, nil)
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	e2e.Send(conn, chat.Said, "1", chat.Message{Author: "Ada", Text: "Hello"})
	e2e.Send(conn, chat.Said, "2", chat.Message{Author: "Bo", Text: "Hi, Ada"})
	e2e.Send(conn, chat.Present, "3", 2)
	page.WaitText("#present", "2 here") // so the messages before it are there too
	page.WaitText("#messages", "Ada HelloBo Hi, Ada")
	page.WaitText("#state", "connected")
	page.CheckAccessibility()
}

// TestReconnect cuts the connection: the frontend tells where it was, and goes
// on there.
func TestReconnect(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, nil)
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	conn.Retry(10 * time.Millisecond)
	e2e.Send(conn, chat.Said, "7", chat.Message{Author: "Ada", Text: "Hello"})
	page.WaitCount("#messages li", 1)
	conn.Cut()
	conn = stream.Accept(t.Context())
	if conn.LastEventID != "7" {
		t.Errorf("got Last-Event-ID %q, want 7", conn.LastEventID)
	}
	e2e.Send(conn, chat.Said, "8", chat.Message{Author: "Bo", Text: "Still there?"})
	page.WaitText("#messages li:last-child", "Bo Still there?")
	page.WaitCount("#messages li", 2)
}

// TestUndecodable sends what is no message: the next one is shown all the same.
func TestUndecodable(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, nil)
	page := site.Open("/")
	conn := stream.Accept(t.Context())
	conn.Raw("event: said\ndata: {\"author\":\n\n")
	e2e.Send(conn, chat.Said, "", chat.Message{Author: "Ada", Text: "Hello"})
	page.WaitText("#messages", "Ada Hello")
	page.WaitConsole(`decode event "said"`)
}

// TestSay writes a message as a person does, with the keyboard.
func TestSay(t *testing.T) {
	t.Parallel()
	got := make(chan chat.Message, 1)
	site, stream := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var m chat.Message
		if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
			t.Errorf("the body is no message: %v", err)
		}
		w.WriteHeader(http.StatusNoContent)
		got <- m
	})
	page := site.Open("/")
	stream.Accept(t.Context()).Open()
	page.WaitText("#state", "connected")
	page.Type(e2e.Role("textbox", "Message"), "Hello")
	page.PressIn(e2e.Role("textbox", "Message"), "Enter")
	if m, want := <-got, (chat.Message{Author: "me", Text: "Hello"}); m != want {
		t.Errorf("got %+v, want %+v", m, want)
	}
	page.WaitExpression(`document.querySelector("#text").value === ""`)
}

// TestNotSent has the server refuse a message: it stays in the field, and the
// page says why.
func TestNotSent(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "slow down", http.StatusTooManyRequests)
	})
	page := site.Open("/")
	page.Allow(e2e.NetworkError, "/say")
	stream.Accept(t.Context()).Open()
	page.WaitText("#state", "connected")
	page.Type(e2e.Role("textbox", "Message"), "Hello")
	page.Click(e2e.Role("button", "Send"))
	page.WaitText(e2e.Role("alert", ""), "not sent: slow down")
	page.WaitExpression(`document.querySelector("#text").value === "Hello"`)
}

// TestNothingGrows sends messages one after another: the frontend keeps nothing of any
// of them for JavaScript to call. The end of the page would not show that.
func TestNothingGrows(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	page := site.Open("/")
	stream.Accept(t.Context()).Open()
	page.WaitText("#state", "connected")
	before := page.Live()
	for range 3 {
		page.Type(e2e.Role("textbox", "Message"), "Hello")
		page.Click(e2e.Role("button", "Send"))
		page.WaitExpression(`document.querySelector("#text").value === ""`)
	}
	page.WaitLive(before)
}

// TestLeftWhileSending closes the tab while a message is on its way: nothing of the
// frontend is left behind, although no answer comes.
func TestLeftWhileSending(t *testing.T) {
	t.Parallel()
	got := make(chan struct{})
	site, stream := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(got)
		<-r.Context().Done()
	})
	page := site.Open("/")
	stream.Accept(t.Context()).Open()
	page.WaitText("#state", "connected")
	page.Type(e2e.Role("textbox", "Message"), "Hello")
	page.Click(e2e.Role("button", "Send"))
	<-got
	page.Close()
}

// TestOver ends the chat for good, as a server does by 204 No Content.
func TestOver(t *testing.T) {
	t.Parallel()
	site, stream := serve(t, nil)
	stream.RefuseAll(e2e.Response{Status: http.StatusNoContent})
	page := site.Open("/")
	page.WaitText("#state", "the chat is over")
}
