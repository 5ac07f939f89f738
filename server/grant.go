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
// many requests: those of one user, say. Make one with [NewGrant]; the zero Grant
// is for nothing.
type Grant struct {
	feeds []string

	mu        sync.Mutex
	withdrawn bool
	clients   map[*Client]struct{} // whose streams it has opened
}

// NewGrant makes a grant for the feeds of these names ([Options.Name]), or for
// [AllFeeds]. Without a name it is for none.
func NewGrant(feeds ...string) *Grant { return &Grant{feeds: slices.Clone(feeds)} }

// Withdraw ends the streams that were granted by g, and no later one begins: what
// is published once Withdraw has returned is not sent on them. It does not wait
// for the streams. The clients come back, as after any end of a stream, and are
// judged anew. Withdrawing again does nothing.
func (g *Grant) Withdraw() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.withdrawn = true
	for client := range g.clients {
		client.end(errWithdrawn, closeGrace)
	}
	g.clients = nil
}

// allows is false for no grant at all.
func (g *Grant) allows(feed string) bool {
	if g == nil || !slices.Contains(g.feeds, feed) && !slices.Contains(g.feeds, AllFeeds) {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.withdrawn
}

// open makes g the one that ends the client's stream. It reports false if g is
// withdrawn. Nil, where nobody is asked, is not.
func (g *Grant) open(client *Client) bool {
	if g == nil {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.withdrawn {
		return false
	}
	if g.clients == nil {
		g.clients = make(map[*Client]struct{})
	}
	g.clients[client] = struct{}{}
	return true
}

// leave takes note that the client's stream has ended.
func (g *Grant) leave(client *Client) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.clients, client)
}
