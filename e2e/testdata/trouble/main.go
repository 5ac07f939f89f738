//go:build js && wasm

// Program trouble gets into the trouble that its query names, as "spin", and
// says "ready" before that.
package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

var troubles = map[string]func(){
	"deadlock":  waitInCallback,
	"late":      callAfterExit,
	"goroutine": leaveGoroutine,
	"listener":  leaveListener,
	"spin":      spin,
	"crowd":     crowd,
	"growing":   growWhileOpen,
	"native":    func() { go follow(eventsource.Native) },
	"fetch":     func() { go follow(eventsource.Fetch) },
	"handler":   waitInHandler,
	"body":      waitForBody,
	"nothing":   func() {},
}

// page ends with the page.
var page context.Context

func main() {
	query, err := url.ParseQuery(os.Args[1])
	if err != nil {
		panic(err)
	}
	ctx, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		panic(err)
	}
	defer stop()
	page = ctx
	fmt.Println("ready")
	for name, cause := range troubles {
		if query.Has(name) {
			cause()
		}
	}
	if !query.Has("exit") {
		<-page.Done()
	}
	if query.Has("leave") {
		os.Exit(0) // without a word to JavaScript
	}
	if query.Has("stay") {
		select {}
	}
}

// whenOnline has JavaScript call fn with the event online, and says so.
func whenOnline(fn func(jsbridge.LifecycleEvent)) {
	if _, err := jsbridge.WatchLifecycle(fn); err != nil {
		panic(err)
	}
	fmt.Println("listening")
}

// waitInCallback waits where only JavaScript could wake it, which waits for it.
func waitInCallback() {
	whenOnline(func(jsbridge.LifecycleEvent) { <-make(chan int) })
}

// callAfterExit has JavaScript call a program that has ended meanwhile.
func callAfterExit() {
	whenOnline(func(jsbridge.LifecycleEvent) {})
	os.Exit(0)
}

// waitInHandler waits for a response that does not come, as the handler of a button.
func waitInHandler() { go fetch("/headers") }

// waitForBody waits for the body of a response that does not end.
func waitForBody() { go fetch("/body") }

func fetch(url string) {
	response, err := jsbridge.Fetch(page, jsbridge.Request{URL: url})
	if err == nil {
		_, err = io.ReadAll(response.Body)
	}
	fmt.Println("the handler ends:", err)
}

// growWhileOpen listens once more with each event online, until the event offline or
// the end of the page.
func growWhileOpen() {
	var stops []func()
	stopAll := func() {
		for _, stop := range stops {
			stop()
		}
		stops = nil
	}
	stop, err := jsbridge.WatchLifecycle(func(event jsbridge.LifecycleEvent) {
		switch event {
		case jsbridge.Online:
			stop, err := jsbridge.WatchLifecycle(func(jsbridge.LifecycleEvent) {})
			if err != nil {
				panic(err)
			}
			stops = append(stops, stop)
		case jsbridge.Offline:
			stopAll()
		}
	})
	if err != nil {
		panic(err)
	}
	context.AfterFunc(page, func() {
		stop()
		stopAll()
	})
	fmt.Println("listening")
}

// follow prints the events of the type "price", and those without one.
func follow(transport eventsource.Transport) {
	source, err := eventsource.Open(page, "/events", &eventsource.Options{Transport: transport})
	if err != nil {
		panic(err)
	}
	defer source.Close()
	var mux eventsource.Mux
	eventsource.Handle(&mux, "price", func(event eventsource.Event[int], err error) { fmt.Println("price", event.Data, err) })
	eventsource.Handle(&mux, "", func(event eventsource.Event[int], err error) { fmt.Println("message", event.Data, err) })
	_ = mux.Run(page, source)
}

// crowd panics.
func crowd() { panic("too many") }

func leaveGoroutine() {
	go waitForNobody()
	time.Sleep(time.Millisecond)
}

func waitForNobody() { <-make(chan int) }

func leaveListener() {
	if _, err := jsbridge.WatchLifecycle(func(jsbridge.LifecycleEvent) {}); err != nil {
		panic(err)
	}
}

// spin never lets the browser go on.
func spin() {
	for {
		step()
	}
}

//go:noinline
func step() { steps++ }

var steps int
