//go:build !js

package e2e

import "testing"

// TestBrowserIsClosedAfterItsLastUser uses a browser of its own, apart from the
// one that Main keeps.
func TestBrowserIsClosedAfterItsLastUser(t *testing.T) {
	shared.mu.Lock()
	kept := shared.lease
	shared.lease, shared.kept = nil, false
	shared.mu.Unlock()
	t.Cleanup(func() {
		shared.mu.Lock()
		defer shared.mu.Unlock()
		shared.lease, shared.kept = kept, true
	})
	var first, second, third *Page
	t.Run("users", func(t *testing.T) {
		first = Serve(t, App{Page: scripted("", "")}).Open("/")
		t.Run("another", func(t *testing.T) {
			second = Serve(t, App{Page: scripted("", "")}).Open("/")
		})
		if first.browser != second.browser {
			t.Error("two users at once have two browsers, want one")
		}
		if ended(first.browser) {
			t.Error("the browser has ended before its last user")
		}
	})
	if !ended(first.browser) {
		t.Error("the browser still runs without a user")
	}
	t.Run("later", func(t *testing.T) {
		third = Serve(t, App{Page: scripted("", "")}).Open("/")
	})
	if third.browser == first.browser {
		t.Error("the browser that has ended is used again")
	}
}
