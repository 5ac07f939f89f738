//go:build js && wasm

package eventsource_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

const (
	gapBlock = "event: gap\ndata: {\"from\":\"a-3\",\"to\":\"a-14\",\"missed\":12,\"reason\":\"dropped\"}\n\n"
	noGap    = "event: gap\ndata: mind it\n\n"
)

// TestGapInBrowser holds that a gap reaches every subscription at its place, by
// both transports, the first thing in the stream included, and that nothing is
// left alive of what listens for it.
func TestGapInBrowser(t *testing.T) {
	url := stream("id: 14\n" + gapBlock + "event: n\nid: 15\ndata: 15\n\n" + "event: n\nid: 16\ndata: 16\n\n" +
		"id: 20\n" + gapBlock + "event: m\nid: 21\ndata: 21\n\n" + "id: 21\n" + noGap +
		strings.Repeat("event: n\nid: 22\ndata: 22\n\n", 2000) + "id: 30\n" + gapBlock + "event: m\nid: 31\ndata: 31\n\n")
	for _, transport := range []eventsource.Transport{eventsource.Native, eventsource.Fetch} {
		for _, noGaps := range []bool{false, true} {
			before := jsbridge.Live()
			src, err := eventsource.Open(t.Context(), url, &eventsource.Options{Transport: transport, NoGaps: noGaps})
			if err != nil {
				t.Fatal(err)
			}
			numbers, others := subscribeTo(t, src, "n"), subscribeTo(t, src, "m")
			want := []string{"gap 14 12", "15", "16", "gap 20 12", "22 2000 times", "gap 30 12"}
			wantOthers := []string{"gap 14 12", "gap 20 12", "21", "gap 30 12", "31"}
			if noGaps {
				want, wantOthers = []string{"15", "16", "22 2000 times"}, []string{"21", "31"}
			}
			if got := take(others, len(wantOthers)); !slices.Equal(got, wantOthers) {
				t.Errorf("%v, NoGaps %t: got %q, want %q", transport, noGaps, got, wantOthers)
			}
			if got := take(numbers, 1999+len(want)); !slices.Equal(got, want) {
				t.Errorf("%v, NoGaps %t: got %q, want %q", transport, noGaps, got, want)
			}
			src.Close()
			if after := jsbridge.Live(); after != before {
				t.Errorf("%v, NoGaps %t: %+v is alive, before it was %+v", transport, noGaps, after, before)
			}
		}
	}
}

// TestGapsAsEvents holds that a subscription to gaps gets them as events, and what
// only has their name too, and leaves the others theirs.
func TestGapsAsEvents(t *testing.T) {
	for _, transport := range []eventsource.Transport{eventsource.Native, eventsource.Fetch} {
		src, err := eventsource.Open(t.Context(), stream("id: 1\n"+gapBlock+"id: 2\n"+noGap+"id: 3\n"+gapBlock), &eventsource.Options{Transport: transport})
		if err != nil {
			t.Fatal(err)
		}
		first, err := eventsource.Subscribe(src, eventstream.GapEvent, nil)
		if err != nil {
			t.Fatal(err)
		}
		first.Close() // which leaves the others theirs
		numbers := subscribeTo(t, src, "n")
		gaps, err := eventsource.Subscribe(src, eventstream.GapEvent, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for ev, err := range gaps.Events() {
			got = append(got, fmt.Sprint(ev.ID, " ", ev.Data.Missed, " ", err != nil))
			if ev.ID == "3" {
				break
			}
		}
		if want := []string{"1 12 false", " 0 true", "3 12 false"}; !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", transport, got, want)
		}
		if got, want := take(numbers, 2), []string{"gap 1 12", "gap 3 12"}; !slices.Equal(got, want) {
			t.Errorf("%v: got %q, want %q", transport, got, want)
		}
		src.Close()
	}
}

func subscribeTo(t *testing.T, src *eventsource.Source, eventType eventstream.EventType[int]) *eventsource.Subscription[int] {
	t.Helper()
	sub, err := eventsource.Subscribe(src, eventType, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sub
}

// take returns what comes next, so many: the IDs of events, several of the same as
// one with their number, and of gaps "gap", the ID and how many are missed.
func take(sub *eventsource.Subscription[int], count int) (got []string) {
	last, times := "", 0
	end := func() {
		switch times {
		case 0:
		case 1:
			got = append(got, last)
		default:
			got = append(got, fmt.Sprint(last, " ", times, " times"))
		}
	}
	for ev, err := range sub.Events() {
		text := ev.ID
		var gap *eventsource.GapError
		switch {
		case errors.As(err, &gap):
			text = fmt.Sprint("gap ", gap.ID, " ", gap.Missed)
		case err != nil:
			text = err.Error()
		}
		if text != last {
			end()
			last, times = text, 0
		}
		times++
		if count--; count == 0 {
			break
		}
	}
	end()
	return got
}
