//go:build !js

package main

import (
	"fmt"

	"github.com/runnel-go/runnel/e2e/bench/event"
)

// contestant is a way to get typed events into a page, or a part of one.
type contestant struct {
	name      string
	program   string // in Go; "" for one in JavaScript
	transport string // Runnel's
	batches   bool
	ids       bool // reads the events' IDs, where the others of its kind do not
	peer      bool // needs the npm packages
	check     func(want expectation, got result) error
}

// expectation is what must have come behind a gate.
type expectation struct {
	count       int
	bytes       int64
	sum, asText event.Sum
}

// The programs in Go.
const (
	frontend = "frontend"
	naive    = "naive"
)

// programs are their packages' folders. The naive one touches JavaScript itself,
// so it lives with the bridge.
var programs = map[string]string{frontend: "e2e/bench/frontend", naive: "jsbridge/internal/naive"}

// The contestants, in the order in which they are shown.
var contestants = []contestant{
	{name: "js_eventsource_noop", check: checkCount},
	{name: "js_eventsource", check: checkText},
	{name: "js_eventsource_ids", ids: true, check: checkText},
	{name: "js_fetch_bytes", check: checkBytes},
	{name: "js_parser", peer: true, check: checkText},
	{name: "js_fetch_event_source", peer: true, check: checkText},
	{name: "go_naive", program: naive, check: checkValues},
	{name: "runnel_native", program: frontend, transport: "native", check: checkValues},
	{name: "runnel_native_ids", program: frontend, transport: "native", ids: true, check: checkValues},
	{name: "runnel_native_batches", program: frontend, transport: "native", batches: true, check: checkValues},
	{name: "runnel_fetch", program: frontend, transport: "fetch", check: checkValues},
	{name: "runnel_fetch_batches", program: frontend, transport: "fetch", batches: true, check: checkValues},
}

// contestantNames are the names that -contestants knows.
func contestantNames() (names []string) {
	for _, c := range contestants {
		names = append(names, c.name)
	}
	return names
}

// named returns the contestants of those names.
func named(names ...string) []contestant {
	var found []contestant
	for _, name := range names {
		for _, c := range contestants {
			if c.name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

// judge returns why a result is wrong, nil for a right one.
func (c contestant) judge(want expectation, got result) error {
	if got.Error != "" {
		return fmt.Errorf("%s", got.Error)
	}
	return c.check(want, got)
}

func checkCount(want expectation, got result) error {
	if got.Count != want.count {
		return fmt.Errorf("got %d events, want %d", got.Count, want.count)
	}
	return nil
}

func checkBytes(want expectation, got result) error {
	if got.Bytes != want.bytes {
		return fmt.Errorf("got %d bytes, want %d", got.Bytes, want.bytes)
	}
	return nil
}

func checkText(want expectation, got result) error { return checkSum(want.asText, got.Sum) }

func checkValues(want expectation, got result) error { return checkSum(want.sum, got.Sum) }

func checkSum(want event.Sum, got *event.Sum) error {
	if got == nil || *got != want {
		return fmt.Errorf("got the checksum %+v, want %+v", got, want)
	}
	return nil
}
