//go:build !(js && wasm)

package eventsource

import (
	"fmt"
	"net/url"
)

// check returns an error for a request that net/http can never send.
func (d httpDialer) check(r Request) error {
	parsed, err := url.Parse(r.URL)
	if err != nil {
		return fmt.Errorf("%w: %w", errRequest, err)
	}
	if parsed.Scheme == "" || parsed.Host == "" && checkScheme(r.URL) == nil {
		return fmt.Errorf("%w: the URL %q must be absolute, with http or https", errRequest, r.URL)
	}
	return checkScheme(r.URL)
}

// carries reports whether net/http sends a last event ID as a header: not one with a
// control character.
func (d httpDialer) carries(lastEventID string) bool { return !hasControl(lastEventID) }
