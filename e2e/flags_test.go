//go:build !js

package e2e

import (
	"testing"
	"time"
)

// TestSlow is not parallel: the flag is every page's.
func TestSlow(t *testing.T) {
	page := Serve(t, App{Page: scripted(`<input id="i">`, "")}).Open("/")
	*slow = 150 * time.Millisecond
	defer func() { *slow = 0 }()
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
		if took := elapsed(step.do); took < *slow {
			t.Errorf("%s: got %v, want a pause of %v before it", step.name, took, *slow)
		}
	}
	if took := elapsed(func() { page.Text("#i") }); took > *slow {
		t.Errorf("reading: got %v, want no pause", took)
	}
}

func elapsed(do func()) time.Duration {
	start := time.Now()
	do()
	return time.Since(start)
}
