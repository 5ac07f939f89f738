// Program hello says what it was given and ends as its query says: "exit=3",
// "panic=text", "wait" (never), or else by returning.
package main

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
)

func main() {
	fmt.Printf("hello %q\n", os.Args[1:])
	query, err := url.ParseQuery(os.Args[1])
	if err != nil {
		panic(err)
	}
	if query.Has("panic") {
		panic(query.Get("panic"))
	}
	if query.Has("exit") {
		code, err := strconv.Atoi(query.Get("exit"))
		if err != nil {
			panic(err)
		}
		os.Exit(code)
	}
	if query.Has("wait") {
		select {}
	}
}
