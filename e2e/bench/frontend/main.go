//go:build js && wasm

// Frontend is Runnel's contestant: a program in Go that subscribes to the stream
// of its job, as a user's does, and tells the page at each gate.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/runnel-go/runnel/e2e/bench/event"
	"github.com/runnel-go/runnel/jsbridge"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "frontend:", err)
		os.Exit(1)
	}
}

func run() error {
	var job event.Job
	if err := json.Unmarshal([]byte(os.Args[1]), &job); err != nil {
		return err
	}
	ctx, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		return err
	}
	defer stop()
	switch {
	case job.Section == "decode":
		return decode(ctx, job)
	case job.Kind == event.TickName:
		return follow(ctx, job, tell)
	case job.Kind == event.BookName:
		return follow(ctx, job, (*event.Sum).AddBook)
	default:
		return follow(ctx, job, (*event.Sum).AddQuote)
	}
}

// report tells the page, which takes the time when it is told.
func report(name string, value any) {
	if err := jsbridge.Report(name, value); err != nil {
		panic(err)
	}
}
