package main

import "time"

// clock tells the server's time in the browser, by what the events say. Events
// carry the time they were made at; the one that took the shortest way tells
// best how far the two clocks are apart.
type clock struct {
	known  bool
	behind time.Duration // what to take off the browser's time
}

const (
	// clockCreep is by how much an event that took longer corrects the
	// clock, so that it follows clocks that drift.
	clockCreep = time.Millisecond
	// clockJump is how far off an event may be before the clock is taken to
	// have been set: more than a replay after a lost connection explains.
	clockJump = 2 * time.Minute
)

// note takes in an event that was made at a time of the server's clock and
// arrived at one of the browser's.
func (c *clock) note(made, arrived time.Time) {
	behind := arrived.Sub(made)
	switch late := behind - c.behind; {
	case !c.known, late < 0, late > clockJump:
		c.known, c.behind = true, behind
	default:
		c.behind += min(late, clockCreep)
	}
}

// lag returns how much later than the quickest event this one came.
func (c *clock) lag(made, arrived time.Time) time.Duration {
	return max(0, arrived.Sub(made)-c.behind)
}

// server returns the server's time at a moment of the browser's. Before the
// first event they are the same.
func (c *clock) server(local time.Time) time.Time { return local.Add(-c.behind) }
