package main

import (
	"strconv"

	"github.com/runnel-go/runnel/wasm/demo/feed"
)

// sequence checks by the events' IDs that none is missing and none came twice.
// It begins with the first event it is shown and begins anew when the server
// has started another log.
type sequence struct {
	log     string
	first   uint64
	last    uint64
	events  uint64 // with a place of their own
	missing uint64 // silently
	doubled uint64
	named   uint64 // missing as the server has said
	logs    int    // how many logs there were
}

// note takes in the ID of an event. An event that carries no ID has the latest
// one before it, so one that did not decode does not count as doubled.
func (s *sequence) note(id string, decoded bool) {
	log, number, ok := feed.Place(id)
	switch {
	case !ok:
		return
	case log != s.log:
		*s = sequence{log: log, first: number, last: number, events: 1, logs: s.logs + 1}
	case number > s.last:
		s.missing += number - s.last - 1
		s.last = number
		s.events++
	case decoded:
		s.doubled++
	}
}

// skip takes in that the server has said what is missing, and the place that the
// stream goes on from.
func (s *sequence) skip(missed uint64, place string) {
	log, number, ok := feed.Place(place)
	if !ok || log != s.log || number <= s.last {
		return
	}
	s.named += missed
	s.last = number
}

// covers reports whether an ID stands at or before the latest one noted.
func (s *sequence) covers(id string) bool {
	log, number, ok := feed.Place(id)
	return ok && log == s.log && number <= s.last
}

// place returns the latest ID noted, "" before the first.
func (s *sequence) place() string {
	if s.events == 0 {
		return ""
	}
	return s.log + "-" + strconv.FormatUint(s.last, 10)
}

// whole reports whether every event has come, and once.
func (s *sequence) whole() bool { return s.missing == 0 && s.doubled == 0 && s.named == 0 }

// String says how the sequence stands: "complete: 1,234 events, no hole".
func (s *sequence) String() string {
	if s.events == 0 {
		return "waiting for the first event"
	}
	if s.whole() {
		return "complete: " + plural(s.events, "event") + ", no hole"
	}
	text := "incomplete: " + plural(s.events, "event")
	if s.missing > 0 {
		text += ", " + thousands(s.missing) + " missing"
	}
	if s.named > 0 {
		text += ", " + thousands(s.named) + " in a gap that the server told of"
	}
	if s.doubled > 0 {
		text += ", " + thousands(s.doubled) + " twice"
	}
	return text
}
