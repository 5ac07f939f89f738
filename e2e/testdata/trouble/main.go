//go:build js && wasm

// Program trouble gets into the trouble that its query names, as "spin", and
// says "ready" before that.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"syscall/js"
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

// after has JavaScript call fn a little later.
func after(fn func()) {
	js.Global().Call("setTimeout", js.FuncOf(func(js.Value, []js.Value) any {
		fn()
		return nil
	}), 20)
}

// waitInCallback waits where only JavaScript could wake it, which waits for it.
func waitInCallback() {
	after(func() { <-make(chan int) })
}

// callAfterExit has JavaScript call a program that has ended meanwhile.
func callAfterExit() {
	after(func() {})
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
