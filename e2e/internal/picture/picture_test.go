//go:build !js

package picture

import (
	"image"
	"image/color"
	"testing"
)

var (
	white = color.RGBA{R: 255, G: 255, B: 255, A: 255}
	black = color.RGBA{A: 255}
)

// paint makes a picture of a colour for each point.
func paint(width, height int, colour func(x, y int) color.Color) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.Set(x, y, colour(x, y))
		}
	}
	return p
}

func plain(c color.Color) *image.NRGBA {
	return paint(20, 20, func(int, int) color.Color { return c })
}

// box is black on white, its left edge at x.
func box(left int) *image.NRGBA {
	return paint(20, 20, func(x, y int) color.Color {
		if x >= left && x < left+8 && y >= 4 && y < 12 {
			return black
		}
		return white
	})
}

// slope is an edge that rises one pixel for every four, smoothed by the share
// of each pixel that lies below it, or not.
func slope(smoothed bool) *image.NRGBA {
	return paint(40, 40, func(x, y int) color.Color {
		share := min(1, max(0, float64(y)-10-float64(x)/4))
		if !smoothed {
			share = float64(int(share + 0.5))
		}
		return color.Gray{Y: uint8(255 - 255*share)}
	})
}

// elsewhere is the same picture with other coordinates.
func elsewhere(p *image.NRGBA) image.Image {
	moved := *p
	moved.Rect = moved.Rect.Add(image.Pt(10, -3))
	return &moved
}

func dotted(c color.Color) *image.NRGBA {
	p := plain(white)
	p.Set(7, 3, c)
	return p
}

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		got, want image.Image
		pixels    int
		box       image.Rectangle
		none      bool
	}{
		{"identical", box(5), box(5), 0, image.Rectangle{}, true},
		{"identical, elsewhere in its coordinates", box(5), elsewhere(box(5)), 0, image.Rectangle{}, true},
		{"one pixel", dotted(black), plain(white), 1, image.Rect(7, 3, 8, 4), false},
		{"one pixel, hardly", dotted(color.Gray{Y: 235}), plain(white), 0, image.Rectangle{}, true},
		{"one pixel, another hue", dotted(color.RGBA{R: 255, G: 255, B: 100, A: 255}), plain(white), 1, image.Rect(7, 3, 8, 4), false},
		{"shifted by one", box(6), box(5), 16, image.Rect(5, 4, 14, 12), false},
		{"an edge that is smoothed and one that is not", slope(true), slope(false), 0, image.Rectangle{}, true},
		{"an edge that is not smoothed and one that is", slope(false), slope(true), 0, image.Rectangle{}, true},
		{"everything", plain(black), plain(white), 400, image.Rect(0, 0, 20, 20), false},
		{"transparent and white", plain(color.Transparent), plain(white), 400, image.Rect(0, 0, 20, 20), false},
		{"transparent and black", plain(color.Transparent), plain(black), 400, image.Rect(0, 0, 20, 20), false},
		{"two alphas", plain(color.NRGBA{R: 255, A: 60}), plain(color.NRGBA{R: 255, A: 200}), 400, image.Rect(0, 0, 20, 20), false},
		{"two alphas, hardly", plain(color.NRGBA{R: 255, A: 200}), plain(color.NRGBA{R: 255, A: 204}), 0, image.Rectangle{}, true},
		{"larger by a blank row", paint(20, 21, func(int, int) color.Color { return white }), plain(white),
			20, image.Rect(0, 20, 20, 21), false},
		{"larger by a blank column, smaller by a row", paint(21, 19, func(int, int) color.Color { return white }), plain(white),
			19 + 20 + 1, image.Rect(0, 0, 21, 20), false},
		{"empty", image.NewNRGBA(image.Rectangle{}), image.NewNRGBA(image.Rectangle{}), 0, image.Rectangle{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := Compare(test.got, test.want)
			if d.Pixels != test.pixels || d.Box != test.box || d.None() != test.none {
				t.Errorf("got %d pixels in %v, none %v, want %d in %v, %v",
					d.Pixels, d.Box, d.None(), test.pixels, test.box, test.none)
			}
			if size := test.got.Bounds().Size(); d.Got != size {
				t.Errorf("got the size %v, want %v", d.Got, size)
			}
		})
	}
}

// TestShown holds what the picture of a difference shows.
func TestShown(t *testing.T) {
	t.Parallel()
	d := Compare(box(6), box(5))
	for _, test := range []struct {
		name string
		x, y int
		want color.RGBA
	}{
		{"only wanted", 5, 5, red},
		{"only got", 13, 5, red},
		{"in both", 8, 5, pale(black)},
		{"in neither", 0, 0, white},
	} {
		if got := d.Shown.RGBAAt(test.x, test.y); got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
	if got, want := d.Share(), 16.0/400; got != want {
		t.Errorf("got a share of %v, want %v", got, want)
	}
	smoothed := Compare(slope(true), slope(false))
	if smoothed.Smoothing == 0 || smoothed.Share() != 0 {
		t.Errorf("got %d smoothing pixels and a share of %v, want some, and none", smoothed.Smoothing, smoothed.Share())
	}
}
