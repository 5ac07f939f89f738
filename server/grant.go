package server

import (
	"errors"
	"slices"
	"sync"
)

var (
	// ErrUnauthorized is what [Options.Authorize] returns, wrapped or as it is,
	// where the request does not say who asks: it is answered with 401.
	ErrUnauthorized = errors.New("sign in first")
	// ErrForbidden is what [Options.Authorize] returns, wrapped or as it is,
	// where who asks may not have the feed: it is answered with 403.
	ErrForbidden = errors.New("this event stream is not for you")
)

// AllFeeds stands for the name of every feed in a [Grant].
const AllFeeds = "*"

// Grant is what a request may read, until it is withdrawn. One Grant may be for
// many requests: those of one user, say.
type Grant struct {
	feeds     []string
	withdrawn chan struct{} // nil in the zero Grant, which is for no feed
	once      sync.Once
}

// NewGrant makes a grant for the feeds of these names ([Options.Name]), or for
// [AllFeeds]. Without a name it is for none.
func NewGrant(feeds ...string) *Grant {
	return &Grant{feeds: slices.Clone(feeds), withdrawn: make(chan struct{})}
}

// Withdraw ends the streams that were granted by g, and no later one begins. It
// does not wait. The clients come back, as after any end of a stream, and are
// judged anew. Withdrawing again does nothing.
func (g *Grant) Withdraw() {
	g.once.Do(func() {
		if g.withdrawn != nil {
			close(g.withdrawn)
		}
	})
}

// allows is false for no grant at all.
func (g *Grant) allows(feed string) bool {
	if g == nil || !slices.Contains(g.feeds, feed) && !slices.Contains(g.feeds, AllFeeds) {
		return false
	}
	select {
	case <-g.withdrawn:
		return false
	default:
		return true
	}
}

// end is closed once the grant is withdrawn; nil if there is nothing to
// withdraw.
func (g *Grant) end() <-chan struct{} {
	if g == nil {
		return nil
	}
	return g.withdrawn
}
