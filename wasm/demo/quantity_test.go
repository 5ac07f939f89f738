package main

import (
	"strings"
	"testing"
	"time"
)

func TestQuantities(t *testing.T) {
	tests := []struct {
		name string
		got  string
		want string
	}{
		{"percent", percent(12.345).String(), "12.3 %"},
		{"rate zero", rate(0).String(), "0 B/s"},
		{"rate bytes", rate(812.4).String(), "812 B/s"},
		{"rate rounds up a unit", rate(999.7).String(), "1.00 kB/s"},
		{"rate kilo", rate(1234).String(), "1.23 kB/s"},
		{"rate tens", rate(12_345_678).String(), "12.3 MB/s"},
		{"rate hundreds", rate(123_456_789).String(), "123 MB/s"},
		{"size", size(3.1 * (1 << 30)).String(), "3.10 GiB"},
		{"size beyond", size(5000 * (1 << 50)).String(), "5000 PiB"},
		{"milliseconds", milliseconds(1250 * time.Microsecond).String(), "1.2 ms"},
		{"thousands", thousands(999), "999"},
		{"thousands comma", thousands(1000), "1,000"},
		{"thousands two", thousands(1234567), "1,234,567"},
		{"one", plural(1, "event"), "1 event"},
		{"none", plural(0, "event"), "0 events"},
		{"span zero", span(0), "0 s"},
		{"span negative", span(-time.Hour), "0 s"},
		{"span seconds", span(59 * time.Second), "59 s"},
		{"span minutes", span(187 * time.Second), "3 min 7 s"},
		{"span hours", span(time.Hour), "1 h 0 min"},
		{"span days", span(52 * time.Hour), "2 d 4 h"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.ReplaceAll(test.got, noBreak, " "); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
