//go:build !js

package chrome

import (
	"context"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestBrowser starts a browser, uses it and looks at what is left of it.
func TestBrowser(t *testing.T) {
	temp := TempDir(t)
	t.Setenv("TMPDIR", temp)
	browser, err := Start(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer browser.Close()
	profile, discard, err := browser.Isolate()
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan any, 1000)
	tab, shut, err := browser.Tab(profile, func(event any) {
		select {
		case events <- event:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := chromedp.Run(tab, chromedp.Evaluate[int]("6 * 7")); err != nil || got != 42 {
		t.Errorf("got %d, %v, want 42", got, err)
	}
	if len(events) == 0 {
		t.Error("the listener has heard nothing")
	}
	shut()
	discard()
	browser.Close()
	browser.Close() // is idempotent
	<-browser.Done()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("got %v, %v left in the temporary folder, want nothing", left, err)
	}
}

func TestStartIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if browser, err := Start(ctx, nil); err == nil {
		browser.Close()
		t.Error("got a browser from a context that has ended, want an error")
	}
}

func TestStartWithoutABrowser(t *testing.T) {
	t.Setenv(Variable, "/no/such/browser")
	if browser, err := Start(t.Context(), nil); err == nil {
		browser.Close()
		t.Error("got a browser, want an error")
	}
	if browser, err := StartPlain("about:blank", nil); err == nil {
		browser.Close()
		t.Error("got a plain browser, want an error")
	}
}
