//go:build !js

// Package suite proves Runnel's client in a real browser, in a page and in a
// dedicated worker: the program of e2e/internal/probe does what a test asks for
// and reports what it saw, and the test is the server.
package suite

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/e2e/timescale"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

func TestMain(m *testing.M) { e2e.Main(m) }

// probe is the program of every test here.
const probe = "../internal/probe"

// variant is where a test runs: in a page or in a worker, by one transport or
// another.
type variant struct {
	app   e2e.App
	fetch bool
	named bool // Native is named, which it is not by default
}

// patience is how long a page of the probe may take for anything. Some of what it does
// takes seconds if nothing else runs, and the suite keeps every core busy.
func patience() time.Duration { return timescale.Bound(time.Minute) }

// silence is for how long a stream must be silent for a client to give it up, in a test
// of that: longer than a message takes on its way through a busy machine.
func silence() time.Duration { return timescale.Bound(3 * time.Second) }

// milliseconds is d as a parameter of a scenario.
func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// inAll runs a test by each transport: the browser's own in a page and in a
// worker, and fetch in a page. What is special to fetch runs in a worker too, by
// inFetch; to run everything there adds time and has found nothing, as it would
// with the answers and formats of servers, which are the same to a page and a
// worker: those tests are run by inPages.
func inAll(t *testing.T, test func(t *testing.T, v variant)) {
	t.Helper()
	t.Parallel()
	for name, v := range map[string]variant{
		"page native":   {app: e2e.App{Program: probe, Timeout: patience()}, fetch: false},
		"worker native": {app: e2e.App{Program: probe, Worker: true, Timeout: patience()}, fetch: false},
		"page fetch":    {app: e2e.App{Program: probe, Timeout: patience()}, fetch: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// inNative runs a test of what only the browser's EventSource has, in a page and
// in a worker.
func inNative(t *testing.T, test func(t *testing.T, v variant)) {
	t.Helper()
	t.Parallel()
	for where, worker := range map[string]bool{"page": false, "worker": true} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			test(t, variant{app: e2e.App{Program: probe, Worker: worker, Timeout: patience()}, fetch: false})
		})
	}
}

// scenario is the path of a page that runs a scenario of the probe on /events.
// The pairs are further parameters.
func (v variant) scenario(name string, pairs ...string) string {
	query := url.Values{"scenario": {name}, "url": {"/events"}}
	switch {
	case v.fetch:
		query.Set("transport", "fetch")
	case v.named:
		query.Set("transport", "native")
	}
	for i := 0; i < len(pairs); i += 2 {
		query[pairs[i]] = append(query[pairs[i]], pairs[i+1])
	}
	return "/?" + query.Encode()
}

// at is a scenario on another URL than /events.
func at(path, address string) string {
	return strings.Replace(path, "url=%2Fevents", "url="+url.QueryEscape(address), 1)
}

// event is an event as the probe reports it.
type event struct{ ID, Type, Data, Origin string }

// end is how a Source of the probe ended.
type end struct {
	Err, Loop            string
	State                string
	URL, LastEventID     string
	Stats                eventsource.Stats
	Callbacks, Listeners int
	Failed, Closed       bool
}

// counts are what JavaScript holds of the probe.
type counts struct{ Callbacks, Listeners int }

// waitEvents waits for n events and returns each as "id/type/data".
func waitEvents(page *e2e.Page, n int) []string {
	got := make([]string, n)
	for i, ev := range e2e.WaitReports[event](page, "event", n) {
		got[i] = ev.ID + "/" + ev.Type + "/" + ev.Data
	}
	return got
}

// waitStates waits for the given states, one after the other.
func waitStates(t *testing.T, page *e2e.Page, want ...string) {
	t.Helper()
	for _, state := range want {
		expect(t, "state", e2e.WaitReport[string](page, "state"), state)
	}
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
