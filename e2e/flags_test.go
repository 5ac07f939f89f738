//go:build !js

package e2e

import (
	"context"
	"testing"
	"time"
)

// TestSlow is not parallel: the flag is every page's.
func TestSlow(t *testing.T) {
	page := Serve(t, App{Page: scripted(`<input id="i">`, "")}).Open("/")
	paused, real := time.Duration(0), pause
	pause = func(_ context.Context, d time.Duration) { paused += d }
	*slow = time.Hour
	defer func() { *slow, pause = 0, real }()
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"navigate", func() { page.Navigate("/") }},
		{"reload", page.Reload},
		{"click", func() { page.Click("#i") }},
		{"type", func() { page.Type("#i", "a") }},
		{"press", func() { page.Press("Tab") }},
	} {
		if step.do(); paused != *slow {
			t.Errorf("%s: got pauses of %v, want one of %v before it", step.name, paused, *slow)
		}
		paused = 0
	}
	if page.Text("#i"); paused > 0 {
		t.Errorf("reading: got a pause of %v, want none", paused)
	}
}
