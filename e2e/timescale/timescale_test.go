package timescale

import "testing"

func TestFactor(t *testing.T) {
	for measure, want := range map[string]float64{
		"": 1, "soon": 1, "-1s": 1, "0s": 1, "1ms": 1, "500ms": 1, "1s": 2, "2s": 4, "1h": most,
	} {
		if got := factor(measure); got != want {
			t.Errorf("measure %q: got factor %v, want %v", measure, got, want)
		}
	}
}
