//go:build js && wasm

// Example is a small frontend as somebody who uses Runnel would write it, with
// the tests of its first day beside it: a chat that is fed by events.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/runnel-go/runnel/e2e/example/chat"
	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

func main() {
	ctx, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	defer stop()
	if err := run(ctx); !errors.Is(err, jsbridge.ErrPageHide) {
		log.Fatal(err)
	}
}

// run shows the chat until the page goes away, and returns why it ended.
func run(ctx context.Context) error {
	doc, err := jsbridge.PageDocument()
	if err != nil {
		return err
	}
	room, err := findRoom(doc)
	if err != nil {
		return err
	}
	source, err := eventsource.Open(ctx, "/events", nil)
	if err != nil {
		return err
	}
	defer source.Close()
	remove, err := room.form.On("submit", jsbridge.OnOptions{PreventDefault: true}, func(jsbridge.DOMEvent) {
		room.say(ctx)
	})
	if err != nil {
		return err
	}
	defer remove()
	go room.followState(source) // ends with source

	var mux eventsource.Mux // both types in the order in which they come
	eventsource.Handle(&mux, chat.Said, func(ev eventsource.Event[chat.Message], err error) {
		if err != nil {
			log.Print(err) // one that does not decode; the next one comes
			return
		}
		room.show(ev.Data)
	})
	eventsource.Handle(&mux, chat.Present, func(ev eventsource.Event[int], err error) {
		if err == nil {
			room.present.SetText(fmt.Sprintf("%d here", ev.Data))
		}
	})
	if err := mux.Run(ctx, source); err != nil {
		log.Print(err)
	}
	<-ctx.Done() // what was said stays to be read
	return context.Cause(ctx)
}

// room is the page. Each of its elements is changed by one goroutine alone.
type room struct {
	doc               *jsbridge.Document
	messages, present *jsbridge.Element // by the events
	state             *jsbridge.Element // by the states of the stream
	form, text        *jsbridge.Element // by the person who writes
	send, trouble     *jsbridge.Element
}

func findRoom(doc *jsbridge.Document) (*room, error) {
	r := &room{doc: doc}
	for id, element := range map[string]**jsbridge.Element{
		"messages": &r.messages, "present": &r.present, "state": &r.state,
		"form": &r.form, "text": &r.text, "send": &r.send, "trouble": &r.trouble,
	} {
		found, err := doc.ByID(id)
		if err != nil {
			return nil, err
		}
		*element = found
	}
	return r, nil
}

// show adds a message.
func (r *room) show(m chat.Message) {
	author, item := r.doc.CreateElement("b"), r.doc.CreateElement("li")
	author.SetText(m.Author)
	text := r.doc.CreateElement("span")
	text.SetText(" " + m.Text)
	item.Append(author, text)
	r.messages.Append(item)
}

// followState tells how the stream is until it ends.
func (r *room) followState(source *eventsource.Source) {
	for state := range source.States() {
		switch state.ReadyState {
		case eventsource.StateOpen:
			r.state.SetText("connected")
		case eventsource.StateConnecting:
			r.state.SetText("connecting …")
		case eventsource.StateClosed:
			r.state.SetText("the chat is over")
		}
	}
}

// say sends what the person has written. What could not be sent stays in the
// field, with the reason beside it.
func (r *room) say(ctx context.Context) {
	text := strings.TrimSpace(r.text.Value())
	if text == "" {
		return
	}
	r.send.SetDisabled(true)
	defer r.send.SetDisabled(false)
	if err := post(ctx, chat.Message{Author: "me", Text: text}); err != nil {
		r.trouble.SetText(err.Error())
		return
	}
	r.trouble.SetText("")
	r.text.SetValue("")
}

func post(ctx context.Context, m chat.Message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	status, answer, err := jsbridge.Post(ctx, "/say", "application/json", body)
	if err != nil {
		return err
	}
	if status >= 300 {
		return fmt.Errorf("not sent: %s", strings.TrimSpace(string(answer)))
	}
	return nil
}
