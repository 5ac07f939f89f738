//go:build js && wasm

// Program trouble gets into the trouble that its query names, as "spin", and
// says "ready" before that.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/runnel-go/runnel/jsbridge"
)

var troubles = map[string]func(){
	"deadlock":  waitInCallback,
	"late":      callAfterExit,
	"goroutine": leaveGoroutine,
	"listener":  leaveListener,
	"spin":      spin,
	"nothing":   func() {},
}

func main() {
	query, err := url.ParseQuery(os.Args[1])
	if err != nil {
		panic(err)
	}
	page, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		panic(err)
	}
	defer stop()
	fmt.Println("ready")
	for name, cause := range troubles {
		if query.Has(name) {
			cause()
		}
	}
	if !query.Has("exit") {
		<-page.Done()
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
