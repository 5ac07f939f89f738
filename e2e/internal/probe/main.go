//go:build js && wasm

// The probe is the frontend of Runnel's own browser tests: it does what the
// page's query asks for and reports what it saw.
//
// The parameter "scenario" names one of the functions below, and "url" the event
// stream; the others are the scenario's. A scenario ends with the page, or by
// itself; the report "end" then tells what is left alive.
package main

import (
	"context"
	"fmt"
	"net/url"
	"os"

	"github.com/runnel-go/runnel/jsbridge"
)

var scenarios = map[string]func(context.Context, url.Values) error{
	"follow":    follow,
	"sample":    receiveSample,
	"twice":     subscribeTwice,
	"closing":   closeInFlight,
	"cancel":    cancelInFlight,
	"badURL":    openBadURL,
	"overflow":  overflow,
	"openClose": openAndClose,
	"many":      openMany,
	"burst":     burst,
	"batches":   batches,
	"panic":     panicInHandler,
	"break":     breakOut,
	"token":     refreshToken,
	"stall":     stall,
	"soak":      soak,
	"readable":  readReadableStream,
	"obey":      obey,
	"gaps":      tellGaps,
	"book":      keepBook,
	"live":      live,
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run() error {
	query, err := url.ParseQuery(os.Args[1])
	if err != nil {
		return err
	}
	scenario := scenarios[query.Get("scenario")]
	if scenario == nil {
		return fmt.Errorf("no scenario %q", query.Get("scenario"))
	}
	ctx, stop, err := jsbridge.PageContext(context.Background())
	if err != nil {
		return err
	}
	defer stop()
	if err := scenario(ctx, query); err != nil {
		return fmt.Errorf("scenario %q: %w", query.Get("scenario"), err)
	}
	return nil
}

// report tells the test. A probe that cannot is of no use.
func report(name string, value any) {
	if err := jsbridge.Report(name, value); err != nil {
		panic(err)
	}
}
