//go:build !js

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

const deadlock = `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [select]:
github.com/runnel-go/runnel/jsbridge.awaitResponse({0x1, 0x2}, 0x3)
	/home/me/go/pkg/mod/github.com/runnel-go/runnel@v1.0.0/jsbridge/fetch.go:149 +0x5
main.(*room).say(0x1400, {0x1, 0x2})
	/home/me/chat/main.go:130 +0x10
main.main()
	/home/me/chat/main.go:20 +0x3

goroutine 5 [chan receive, 2 minutes]:
time.Sleep(0x1)
	/usr/local/go/src/time/sleep.go:3 +0x1
example.org/chat/store.wait(...)
	/home/me/chat/store/store.go:7
created by main.main in goroutine 1
	/home/me/chat/main.go:18 +0x2

goroutine 6 [select]:
log.flush()
	/usr/local/go/src/log/log.go:1 +0x3
created by log.init.0 in goroutine 1
	/usr/local/go/src/log/log.go:2 +0x3
`

const panicInCallback = `panic: sorry [in a JavaScript callback]

goroutine 7 [running]:
runtime/debug.Stack()
	/usr/local/go/src/runtime/debug/stack.go:26 +0x5
github.com/runnel-go/runnel/jsbridge.raiseOutside()
	/home/me/runnel/jsbridge/callback.go:45 +0x6
panic({0x1, 0x2})
	/usr/local/go/src/runtime/panic.go:860 +0x13
main.click({0x1})
	/home/me/chat/main.go:40 +0x2
syscall/js.handleEvent()
	/usr/local/go/src/syscall/js/func.go:117 +0x28

goroutine 9 [running]:
github.com/runnel-go/runnel/jsbridge.raiseOutside.func1()
	/home/me/runnel/jsbridge/callback.go:47 +0x2
`

func TestPlaces(t *testing.T) {
	const frame = "fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select]:\n"
	tests := []struct{ name, death, want string }{
		{"nothing", "", ""},
		{"no stacks", "panic: sorry\n", ""},
		{"deadlock", deadlock, "\nblocked at:\n" +
			"\t/home/me/chat/main.go:130: main.(*room).say [select]\n" +
			"\t/home/me/chat/store/store.go:7: example.org/chat/store.wait [chan receive, 2 minutes]"},
		{"callback", panicInCallback, "\nat:\n\t/home/me/chat/main.go:40: main.click [running]"},
		{"Runnel alone", frame + "github.com/runnel-go/runnel/wasm/eventsource.(*Source).f(0x1)\n\t/r/source.go:5 +0x1\n",
			"\nblocked at:\n\t/r/source.go:5: github.com/runnel-go/runnel/wasm/eventsource.(*Source).f [select]"},
		{"trimmed", frame + "internal/poll.f()\n\tinternal/poll/fd.go:5 +0x1\nchat/room.g()\n\tchat/room/room.go:6 +0x1\nmain.f()\n\tchat/main.go:7 +0x1\n",
			"\nblocked at:\n\tchat/main.go:7: main.f [select]"},
		{"module without a dot", frame + "chat/room.g()\n\t/home/me/chat/room/room.go:6 +0x1\n",
			"\nblocked at:\n\t/home/me/chat/room/room.go:6: chat/room.g [select]"},
		{"half a stack", frame + "main.f()\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := placesOf(test.death); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestPlacesAreBounded(t *testing.T) {
	death := "fatal error: all goroutines are asleep - deadlock!\n"
	for i := range maxPlaces + 3 {
		death += fmt.Sprintf("\ngoroutine %d [select]:\nmain.f()\n\t/main.go:%d +0x1\n", i+1, i+1)
	}
	got := placesOf(death)
	if strings.Count(got, "main.f") != maxPlaces || !strings.HasSuffix(got, "... 3 goroutines left out ...") {
		t.Errorf("got %q, want %d places and what is left out", got, maxPlaces)
	}
}
