//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// check reads one client's event stream line by line and finds what must not be
// in it.
type check struct {
	quotes *quoteReader

	last int64  // number of the last event; -1 before the first
	id   int64  // number at the end of the last ID; -1 before the first
	name string // what is before that number
	ids  bool   // whether events have IDs

	// The block that is being read.
	hasData, hasID bool
	kind           string // "" for none
	number, sent   int64
	place          int64 // number at the end of its ID
	wrong          error
}

func newCheck(quotes *quoteReader) *check { return &check{quotes: quotes, last: -1, id: -1} }

// line takes a line without its end. It reports whether the line ends an event,
// which is number c.last and was sent at c.sent.
func (c *check) line(line []byte) (event bool, err error) {
	if len(line) == 0 {
		event, err = c.dispatch()
		c.hasData, c.hasID, c.kind, c.wrong = false, false, "", nil
		return event, err
	}
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "data":
		if c.hasData {
			return false, errors.New("an event has two lines of data")
		}
		c.hasData = true
		c.number, c.sent, err = c.quotes.read(value)
	case "id":
		c.hasID = true
		err = c.readID(value)
	case "event":
		c.kind = quoteType
		if string(value) != quoteType {
			c.kind = string(value)
		}
	}
	if c.wrong == nil {
		c.wrong = err // told at the end of the block: its type may explain it
	}
	return false, nil
}

// readID reads the number that an ID ends in. What is before it never changes.
func (c *check) readID(id []byte) error {
	digits := bytes.LastIndexByte(id, '-') + 1
	number, rest, ok := leadingNumber(id[digits:])
	if !ok || len(rest) > 0 {
		return fmt.Errorf("the id %q does not end in a number", id)
	}
	if c.id < 0 {
		c.name = string(id[:digits])
	}
	if string(id[:digits]) != c.name {
		return fmt.Errorf("the id %q does not begin with %q", id, c.name)
	}
	c.place = number
	return nil
}

// dispatch ends a block.
func (c *check) dispatch() (event bool, err error) {
	switch {
	case c.kind == eventstream.GapEvent.Name():
		return false, fmt.Errorf("a gap after event %d", c.last)
	case c.kind == eventstream.HeartbeatEvent.Name():
		return false, nil
	case c.hasData && c.kind != quoteType:
		return false, fmt.Errorf("an event of type %q after event %d", c.kind, c.last)
	case c.wrong != nil:
		return false, fmt.Errorf("after event %d: %w", c.last, c.wrong)
	case !c.hasData:
		if c.hasID { // the place where the stream begins
			c.id = c.place
		}
		return false, nil
	case c.number == 0 && c.last <= 0:
		// Of those before it counts a client gets as many as it is there for.
	case c.number != c.last+1:
		return false, fmt.Errorf("event %d comes after event %d", c.number, c.last)
	}
	switch {
	case c.hasID && c.id >= 0 && c.place != c.id+1:
		return false, fmt.Errorf("event %d has the id of place %d, after place %d", c.number, c.place, c.id)
	case c.ids && !c.hasID:
		return false, fmt.Errorf("event %d has no id, and others had", c.number)
	case c.hasID:
		c.id, c.ids = c.place, true
	}
	c.last = c.number
	return true, nil
}
