package server

import (
	"errors"
	"fmt"
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
//
// A grant is for all messages of its feeds, unless [Grant.OnlyTypes] or
// [Grant.OnlySubjects] limit it. The feed holds each stream to these limits, for
// what it replays and for what comes later, and whatever filter the client asks
// for: a query can only leave out more.
type Grant struct {
	feeds []string

	mu        sync.Mutex
	rules     []rule // all must let a message pass
	fault     error  // what is wrong with a limit; the grant opens no stream then
	withdrawn bool
	clients   map[*Client]struct{} // whose streams it has opened
}

// NewGrant makes a grant for the feeds of these names ([Options.Name]), or for
// [AllFeeds]. Without a name it is for none.
func NewGrant(feeds ...string) *Grant { return &Grant{feeds: slices.Clone(feeds)} }

// OnlyTypes limits g to messages of these event types, and returns g. Each is
// compared to the letter; "message" is the default type, and without a type g is for
// no message. If it is called again, a message must pass both limits.
//
// It must be called before [Options.Authorize] returns g: open streams keep the
// limits that they began with.
func (g *Grant) OnlyTypes(types ...string) *Grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rules = append(g.rules, rule{types: append([]string{}, types...)})
	return g
}

// OnlySubjects limits g to messages whose subject matches one of the patterns, and
// returns g. A pattern is as in [SubjectParameter]. Without a pattern g is for no
// message, and a message without a subject passes no pattern. If it is called again,
// a message must pass both limits. A part of a pattern that comes from outside must
// be made one word by [SubjectWord].
//
// It must be called before [Options.Authorize] returns g: open streams keep the
// limits that they began with. If a pattern is malformed, g opens no stream: the feed
// answers with 503 and logs the error.
func (g *Grant) OnlySubjects(patterns ...string) *Grant {
	parsed, err := parsePatterns(patterns)
	if parsed == nil {
		parsed = [][]string{} // none passes
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && g.fault == nil {
		g.fault = fmt.Errorf("server: grant for the subject %w", err)
	}
	g.rules = append(g.rules, rule{subjects: parsed})
	return g
}

// limits returns the rules that messages must pass. A nil grant has none: every
// client may read then.
func (g *Grant) limits() []rule {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.rules)
}

// malformed returns what is wrong with the limits of g.
func (g *Grant) malformed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.fault
}

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
