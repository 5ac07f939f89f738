package main

import (
	"math"
	"strconv"
	"time"
)

// A chart is drawn on a plane of fixed size, which the browser stretches to the
// room there is; lines keep their width.
const (
	planeWidth  = 600.0
	planeHeight = 100.0
)

// across is how far a stretch of time reaches on the plane.
func across(d time.Duration) float64 {
	return d.Seconds() / window.Seconds() * planeWidth
}

// height is where a value stands on the plane, whose top is the axis's end.
// What lies beyond stays at the edge.
func height(value, top float64) float64 {
	return planeHeight * (1 - min(max(value/top, 0), 1))
}

// outline returns the path data of a history's line: values[which] over time,
// the newest sample at the plane's right edge. Where samples are further apart
// than gap the line is interrupted. With ground the path runs down to the
// axis and back, as the edge of an area.
func outline(h *history, which int, top float64, gap time.Duration, ground bool) string {
	var path []byte
	newest := h.latest()
	var before time.Time
	var x float64
	for i, s := range h.samples {
		lift := i == 0 || s.at.Sub(before) > gap
		if lift && ground && i > 0 {
			path = closeArea(path, x)
		}
		x = planeWidth - across(newest.Sub(s.at))
		y := height(s.values[which], top)
		switch {
		case lift && ground:
			path = appendPoint(path, 'M', x, planeHeight)
			path = appendPoint(path, 'L', x, y)
		case lift:
			path = appendPoint(path, 'M', x, y)
		default:
			path = appendPoint(path, 'L', x, y)
		}
		before = s.at
	}
	if ground && len(path) > 0 {
		path = closeArea(path, x)
	}
	return string(path)
}

func closeArea(path []byte, x float64) []byte {
	return append(appendPoint(path, 'L', x, planeHeight), 'Z')
}

func appendPoint(path []byte, command byte, x, y float64) []byte {
	path = append(path, command)
	path = strconv.AppendFloat(path, x, 'f', 1, 64)
	path = append(path, ' ')
	return strconv.AppendFloat(path, y, 'f', 1, 64)
}

// roundUp returns the least of 1, 2, 5, 10, 20, 50 … times unit that is no less
// than value.
func roundUp(value, unit float64) float64 {
	if value <= unit || math.IsInf(value, 1) || math.IsNaN(value) {
		return unit
	}
	power := math.Pow(10, math.Floor(math.Log10(value/unit))) * unit
	for _, step := range [...]float64{1, 2, 5} {
		if value <= step*power {
			return step * power
		}
	}
	return 10 * power
}
