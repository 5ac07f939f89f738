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
)

// TestNoIDsInBrowser holds that without IDs everything else of the events comes, of
// one type and of several, and that the Source knows its last event ID, by both
// transports.
func TestNoIDsInBrowser(t *testing.T) {
	const burst = 2000
	url := stream("event: n\nid: 1\ndata: 1\n\n" + "id: 14\n" + gapBlock + "event: n\nid: 15\ndata: no number\n\n" +
		strings.Repeat("event: n\nid: 16\ndata: 16\n\n", burst) + "event: m\nid: ☃\ndata: 17\n\n" + "event: n\ndata: 18\n\n")
	for _, transport := range []eventsource.Transport{eventsource.Native, eventsource.Fetch} {
		for _, several := range []bool{false, true} {
			t.Run(fmt.Sprint(transport, ", several types ", several), func(t *testing.T) {
				before := jsbridge.Live()
				src, err := eventsource.Open(t.Context(), url, &eventsource.Options{Transport: transport, NoIDs: true})
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Concat([]int{1, -12, len("no number")}, slices.Repeat([]int{16}, burst), []int{18})
				numbers := subscribeTo(t, src, "n")
				wantOthers := []int{-12, 17}
				var others *eventsource.Subscription[int]
				if several {
					others = subscribeTo(t, src, "m")
				}
				if got := withoutIDs(t, numbers, len(want)); !slices.Equal(got, want) {
					t.Errorf("got %v and more, want %v", got[:min(4, len(got))], want[:4])
				}
				if id := src.LastEventID(); id != "☃" {
					t.Errorf("the last event ID is %q", id)
				}
				if several {
					if got := withoutIDs(t, others, len(wantOthers)); !slices.Equal(got, wantOthers) {
						t.Errorf("of the other type came %v, want %v", got, wantOthers)
					}
				}
				src.Close()
				if after := jsbridge.Live(); after != before {
					t.Errorf("%+v is alive, before it was %+v", after, before)
				}
			})
		}
	}
}

// withoutIDs returns what of the next events has come, so many, and fails where one
// has an ID: their data, how many bytes do not decode, or less by how many a gap is.
func withoutIDs(t *testing.T, sub *eventsource.Subscription[int], count int) (got []int) {
	t.Helper()
	for ev, err := range sub.Events() {
		var gap *eventsource.GapError
		var wrong *eventsource.DecodeError
		switch {
		case errors.As(err, &gap):
			ev.ID, ev.Data = gap.ID, -int(gap.Missed)
		case errors.As(err, &wrong):
			ev.ID, ev.Data = wrong.ID, len(wrong.Data)
		case err != nil:
			t.Fatal(err)
		}
		if ev.ID != "" {
			t.Fatalf("%d has the ID %q", ev.Data, ev.ID)
		}
		if got = append(got, ev.Data); len(got) == count {
			break
		}
	}
	return got
}
