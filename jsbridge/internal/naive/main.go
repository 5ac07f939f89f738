//go:build js && wasm

// Naive is the contestant go_naive: what one writes without Runnel. The
// browser's EventSource calls a Go function with each event, and encoding/json
// decodes its data.
package main

import (
	"encoding/json"
	"os"
	"syscall/js"

	"github.com/runnel-go/runnel/e2e/bench/event"
)

func main() {
	var job event.Job
	if err := json.Unmarshal([]byte(os.Args[1]), &job); err != nil {
		panic(err)
	}
	meter := meter{job: job}
	handle := meter.quote
	if job.Kind == event.BookName {
		handle = meter.book
	}
	source := js.Global().Get("EventSource").New(job.Stream)
	source.Call("addEventListener", job.Kind, js.FuncOf(func(_ js.Value, args []js.Value) any {
		handle([]byte(args[0].Get("data").String()))
		return nil
	}))
	report("listening", nil)
	select {}
}

// meter counts and sums up what comes, and tells the page at each gate.
type meter struct {
	job  event.Job
	warm bool // the first gate was reached
	sum  event.Sum
}

func (m *meter) quote(data []byte) {
	var quote event.Quote
	if err := json.Unmarshal(data, &quote); err != nil {
		panic(err)
	}
	m.sum.AddQuote(quote)
	m.tell()
}

func (m *meter) book(data []byte) {
	var book event.Book
	if err := json.Unmarshal(data, &book); err != nil {
		panic(err)
	}
	m.sum.AddBook(book)
	m.tell()
}

func (m *meter) tell() {
	switch {
	case !m.warm && m.sum.Count == m.job.Warm:
		m.warm, m.sum = true, event.Sum{}
		report("ready", nil)
	case m.warm && m.sum.Count == m.job.Count:
		report("done", map[string]any{"sum": m.sum})
	}
}

func report(name string, value any) {
	text, err := json.Marshal(map[string]any{"name": name, "value": value})
	if err != nil {
		panic(err)
	}
	js.Global().Get("reports").Call("push", string(text))
}
