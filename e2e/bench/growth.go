//go:build !js

package main

import (
	"context"
	"fmt"
	"strconv"
)

// growthPoints are what grows and how far.
var growthPoints = []struct {
	about, title string
	points       []string
}{
	{"events", "events", []string{"1000", "10000", "100000", "1000000"}},
	{"size", "size of an event", []string{small, large, huge}},
	{"subscriptions", "subscriptions", []string{"1", "10", "100"}},
}

// growthRounds are few: what is asked is how cost grows, not what it is.
const growthRounds = 2

// growth records how cost grows, in microseconds an event.
func (b *bench) growth(ctx context.Context) error {
	for _, g := range growthPoints {
		for _, point := range g.points {
			l, all := b.growthLoad(g.about, point)
			rounds := min(growthRounds, b.rounds)
			if l.count > 100_000 {
				rounds = 1 // it takes as long as all the others
			}
			got, err := b.bursts(ctx, "growth", l, all, rounds, upTo(rounds))
			if err != nil {
				return err
			}
			for _, c := range all {
				b.report.growth(c.name, g.about, point, got)
			}
		}
	}
	return nil
}

// growthLoad returns the load at a point of what grows, and who takes it.
func (b *bench) growthLoad(about, point string) (load, []contestant) {
	if about == "size" {
		return b.load(point), named("js_eventsource", "runnel_native", "runnel_fetch")
	}
	l := b.load(small)
	number, err := strconv.Atoi(point)
	if err != nil {
		panic(err) // see growthPoints
	}
	if about == "subscriptions" {
		// JavaScript's contestants listen to one type.
		l.types = number
		l.name = fmt.Sprintf("%d subscriptions", number)
		return l, named("runnel_native", "runnel_fetch")
	}
	l.count = b.scaled(number)
	l.name = fmt.Sprintf("%d events", l.count)
	return l, named("js_eventsource", "runnel_native", "runnel_fetch")
}
