//go:build !(js && wasm)

package eventsource

import (
	"errors"
	"strings"
	"testing"
)

// TestOpenElsewhere holds that what needs a browser says so.
func TestOpenElsewhere(t *testing.T) {
	_, err := Open(t.Context(), "/events", nil)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "GOOS=js") || !strings.Contains(err.Error(), "/events") {
		t.Errorf("got %v, want an error that names the URL and what to build for", err)
	}
}
