//go:build js && wasm

// Demo is the frontend of Runnel's live dashboard: the machine that serves the
// page, watched through typed server-sent events that Go decodes and draws.
//
// Things flow one way. The stream, the buttons and the answers of the server
// change the model, through the store that guards it; the page paints from the
// model, at most once per animation frame, and changes nothing in it.
//
//	stream, buttons, answers  ->  store (model)  ->  page  ->  DOM
//
// What does not need a browser (the model, the sequence check, the clock, the
// geometry of the charts, how quantities are written) carries no build tag and
// is tested natively. The rest begins with main and ends with it: when the page
// goes away, main returns with every callback and listener released.
//
// The ids that a test can read are listed in static/index.html.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/runnel-go/runnel/jsbridge"
)

func main() {
	if err := run(); !errors.Is(err, jsbridge.ErrPageHide) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run shows the dashboard until the page goes away, and returns why it ended.
func run() error {
	ctx, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		return err
	}
	defer stop()
	doc, err := jsbridge.PageDocument()
	if err != nil {
		return err
	}
	shared := newStore()
	shown, err := newPage(doc)
	if err != nil {
		return err
	}
	defer shown.release()
	d := newDashboard(ctx, shared)
	defer d.wait()
	remove, err := shown.connect(d)
	if err != nil {
		return err
	}
	defer remove()
	d.open()
	defer d.end()
	return shown.run(ctx, shared)
}
