package main

import (
	"strconv"
	"time"
)

// quantity is a number as it is written, and its unit.
type quantity struct{ number, unit string }

// String returns the number, a space and the unit.
func (q quantity) String() string { return q.number + " " + q.unit }

// noBreak is a space at which no line breaks.
const noBreak = "\u00a0"

// percent writes a share with one decimal.
func percent(share float64) quantity {
	return quantity{strconv.FormatFloat(share, 'f', 1, 64), "%"}
}

// wholePercent writes a share without decimals.
func wholePercent(share float64) quantity {
	return quantity{strconv.FormatFloat(share, 'f', 0, 64), "%"}
}

// loadAverage writes a load average with two decimals, as is the custom.
func loadAverage(load float64) quantity {
	return quantity{strconv.FormatFloat(load, 'f', 2, 64), ""}
}

// rate writes bytes per second in steps of a thousand.
func rate(bytesPerSecond float64) quantity {
	return scaled(bytesPerSecond, 1000, []string{"B/s", "kB/s", "MB/s", "GB/s", "TB/s"})
}

// size writes bytes in steps of 1024.
func size(bytes float64) quantity {
	return scaled(bytes, 1024, []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"})
}

// scaled writes a value in the greatest unit that leaves it at least one, with
// three significant digits; whole in the first unit.
func scaled(value, step float64, units []string) quantity {
	unit := 0
	// What would be rounded up to the step is written in the next unit.
	for value >= step-0.5 && unit < len(units)-1 {
		value /= step
		unit++
	}
	decimals := 0
	switch {
	case unit == 0:
	case value < 9.995:
		decimals = 2
	case value < 99.95:
		decimals = 1
	}
	return quantity{strconv.FormatFloat(value, 'f', decimals, 64), units[unit]}
}

// thousands writes a count with a comma between every three digits.
func thousands(n uint64) string {
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// plural writes a count of things.
func plural(n uint64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return thousands(n) + " " + thing + "s"
}

// span writes a duration by its two greatest units: "2 d 4 h", "3 min 7 s".
func span(d time.Duration) string {
	seconds := uint64(max(d, 0) / time.Second)
	units := []struct {
		name    string
		seconds uint64
	}{{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}}
	for i, unit := range units {
		if seconds < unit.seconds && unit.seconds > 1 {
			continue
		}
		text := strconv.FormatUint(seconds/unit.seconds, 10) + noBreak + unit.name
		if i+1 < len(units) {
			next := units[i+1]
			text += noBreak + strconv.FormatUint(seconds%unit.seconds/next.seconds, 10) + noBreak + next.name
		}
		return text
	}
	return ""
}

// milliseconds writes a duration in milliseconds with one decimal.
func milliseconds(d time.Duration) quantity {
	return quantity{strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 1, 64), "ms"}
}
