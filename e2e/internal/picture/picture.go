//go:build !js

// Package picture tells how far two pictures are apart to the eye.
//
// Colours are compared by the distance of Kotsarenko and Ramos ("Measuring
// perceived color difference using YIQ NTSC transmission color space in mobile
// applications", 2010), which weighs brightness more than hue. Pixels that only
// smooth an edge are found after Vyšniauskas ("Anti-aliased pixel and intensity
// slope detector", 2009). The tool pixelmatch has brought the two together.
package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"
)

// Threshold is the distance from which two colours differ, where that of black
// and white is 1.
const Threshold = 0.1

// Difference is what [Compare] has found.
type Difference struct {
	// Pixels counts those that differ: whose colours are more than
	// [Threshold] apart, or that one of the pictures does not have.
	Pixels int
	// Smoothing counts those that would differ and are not counted in Pixels,
	// because they smooth an edge in one of the pictures.
	Smoothing int
	// Box is the smallest one around the Pixels, from the upper left corner of
	// the pictures.
	Box image.Rectangle
	// Got and Want are the sizes of the pictures.
	Got, Want image.Point
	// Shown is a picture of the difference: the wanted one in pale grey, with
	// the Pixels in red and the Smoothing in yellow.
	Shown *image.RGBA
}

// None reports whether no pixel differs, and so the pictures have one size.
func (d *Difference) None() bool { return d.Pixels == 0 }

// Share is the share of the pixels that differ, from 0 to 1.
func (d *Difference) Share() float64 {
	return float64(d.Pixels) / float64(max(1, d.Shown.Rect.Dx()*d.Shown.Rect.Dy()))
}

// Compare compares two pictures, laid on each other by their upper left
// corners. Of translucent colours it takes the greater of their distances on
// black and on white.
func Compare(got, want image.Image) Difference {
	g, w := flatten(got), flatten(want)
	d := Difference{Got: g.Rect.Size(), Want: w.Rect.Size(), Shown: image.NewRGBA(g.Rect.Union(w.Rect))}
	for y := range d.Shown.Rect.Dy() {
		for x := range d.Shown.Rect.Dx() {
			d.compare(g, w, image.Pt(x, y))
		}
	}
	return d
}

// flatten returns the picture with its upper left corner at 0, 0.
func flatten(p image.Image) *image.RGBA {
	flat := image.NewRGBA(image.Rectangle{Max: p.Bounds().Size()})
	draw.Draw(flat, flat.Rect, p, p.Bounds().Min, draw.Src)
	return flat
}

var (
	red    = color.RGBA{R: 220, A: 255}
	yellow = color.RGBA{R: 240, G: 200, A: 255}
)

// compare takes in one pixel.
func (d *Difference) compare(got, want *image.RGBA, at image.Point) {
	switch {
	case at.In(got.Rect) && at.In(want.Rect) && distance(got.RGBAAt(at.X, at.Y), want.RGBAAt(at.X, at.Y)) <= Threshold:
		d.Shown.SetRGBA(at.X, at.Y, pale(want.RGBAAt(at.X, at.Y)))
	case smooths(got, want, at) || smooths(want, got, at):
		d.Smoothing++
		d.Shown.SetRGBA(at.X, at.Y, yellow)
	default:
		d.Pixels++
		d.Box = d.Box.Union(image.Rectangle{Min: at, Max: at.Add(image.Pt(1, 1))})
		d.Shown.SetRGBA(at.X, at.Y, red)
	}
}

// pale is the colour as light grey.
func pale(c color.RGBA) color.RGBA {
	grey := uint8(255 - (255-luma(c))*0.15)
	return color.RGBA{R: grey, G: grey, B: grey, A: 255}
}

// luma is the brightness of a colour on white, from 0 to 255.
func luma(c color.RGBA) float64 {
	y, _, _ := yiq(float64(c.R), float64(c.G), float64(c.B))
	return y + 255 - float64(c.A)
}

func yiq(r, g, b float64) (y, i, q float64) {
	return 0.29889531*r + 0.58662247*g + 0.11448223*b,
		0.59597799*r - 0.27417610*g - 0.32180189*b,
		0.21147017*r - 0.52261711*g + 0.31114694*b
}

// whole is the square of the distance of black and white, before it is made 1.
var whole = squared(255, 255, 255)

func squared(r, g, b float64) float64 {
	y, i, q := yiq(r, g, b)
	return 0.5053*y*y + 0.299*i*i + 0.1957*q*q
}

// distance is how far two colours are apart. As they are multiplied by their
// alpha, they stand for themselves on black, and on white once what their alpha
// leaves over is added.
func distance(c, d color.RGBA) float64 {
	if c == d {
		return 0
	}
	r, g, b := float64(c.R)-float64(d.R), float64(c.G)-float64(d.G), float64(c.B)-float64(d.B)
	a := float64(d.A) - float64(c.A)
	return math.Sqrt(max(squared(r, g, b), squared(r+a, g+a, b+a)) / whole)
}

// smooths reports whether the pixel of p smooths an edge: it is between darker
// and brighter neighbours, few are like it, and the darkest or the brightest of
// them belongs to a surface in both pictures.
func smooths(p, other *image.RGBA, at image.Point) bool {
	if !at.In(p.Rect) || !at.In(other.Rect) {
		return false
	}
	here, alike := luma(p.RGBAAt(at.X, at.Y)), 0
	low, high := 0.0, 0.0
	var darkest, brightest image.Point
	for _, next := range around(p, at) {
		switch d := luma(p.RGBAAt(next.X, next.Y)) - here; {
		case d == 0:
			alike++
		case d < low:
			low, darkest = d, next
		case d > high:
			high, brightest = d, next
		}
	}
	if alike > 2 || low == 0 || high == 0 {
		return false
	}
	return surface(p, darkest) && surface(other, darkest) || surface(p, brightest) && surface(other, brightest)
}

// surface reports whether at least three neighbours have the pixel's colour.
func surface(p *image.RGBA, at image.Point) bool {
	alike := 0
	for _, next := range around(p, at) {
		if p.RGBAAt(next.X, next.Y) == p.RGBAAt(at.X, at.Y) {
			alike++
		}
	}
	return alike >= 3
}

// around returns the neighbours of a pixel: eight, or fewer at the border.
func around(p *image.RGBA, at image.Point) []image.Point {
	neighbours := make([]image.Point, 0, 8)
	for _, y := range []int{-1, 0, 1} {
		for _, x := range []int{-1, 0, 1} {
			next := at.Add(image.Pt(x, y))
			if next != at && next.In(p.Rect) {
				neighbours = append(neighbours, next)
			}
		}
	}
	return neighbours
}
