package eventstream

import (
	"encoding/json"
	"testing"
)

// TestGapOnTheWire holds how a gap is written, which other programs read.
func TestGapOnTheWire(t *testing.T) {
	for _, test := range []struct {
		gap  Gap
		want string
	}{
		{Gap{From: "a-3", To: "a-14", Missed: 12, Reason: GapDropped}, `{"from":"a-3","to":"a-14","missed":12,"reason":"dropped"}`},
		{Gap{Reason: GapOtherLog}, `{"reason":"other-log"}`},
		{Gap{Reason: GapAhead}, `{"reason":"ahead"}`},
		{Gap{Reason: GapMalformed}, `{"reason":"malformed"}`},
	} {
		got, err := json.Marshal(test.gap)
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v; want %s", got, err, test.want)
		}
		var back Gap
		if err := json.Unmarshal(got, &back); err != nil || back != test.gap {
			t.Errorf("got %+v, %v; want %+v", back, err, test.gap)
		}
	}
	if got := GapEvent.Name(); got != "gap" {
		t.Errorf("got the type %q", got)
	}
}
