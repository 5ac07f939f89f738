package server

import (
	"fmt"
	"net/url"
)

// Query parameters by which a client asks for some of a feed's messages only.
// Each may be given several times: a message passes that has one of the types,
// if there are any, and one of the subjects, if there are any.
const (
	// TypeParameter is an event type, to the letter; "message" is the default
	// one.
	TypeParameter = "type"
	// SubjectParameter is a subject, in which "*" stands for any one word, and
	// ">" at the end for one or more words.
	SubjectParameter = "subject"
)

const maxFilters = 64 // types, and subjects

// filter decides which of the feed's messages are written to a client. A message must
// pass the rules of the client's grant and those of its query. Nil lets all pass.
type filter struct {
	rules  []rule
	last   *kind // what was asked last, and the answer
	passed bool
}

// newFilter makes the filter of a request from its grant and its query. The rules of
// the grant hold whatever the query says. The error says what is wrong with the
// query in words for the client.
func newFilter(grant *Grant, query url.Values) (*filter, error) {
	rules := grant.limits()
	types, subjects := query[TypeParameter], query[SubjectParameter]
	if len(types) > maxFilters || len(subjects) > maxFilters {
		return nil, fmt.Errorf("more than %d event types or subjects are asked for", maxFilters)
	}
	patterns, err := parsePatterns(subjects)
	if err != nil {
		return nil, fmt.Errorf("query %s=%w", SubjectParameter, err)
	}
	if len(types) > 0 || len(patterns) > 0 {
		rules = append(rules, rule{types, patterns})
	}
	if len(rules) == 0 {
		return nil, nil
	}
	return &filter{rules: rules}, nil
}

// passes reports whether messages of a kind are for the client.
func (f *filter) passes(k *kind) bool {
	if f == nil {
		return true
	}
	if f.last != k {
		f.last, f.passed = k, f.admits(k)
	}
	return f.passed
}

func (f *filter) admits(k *kind) bool {
	for _, r := range f.rules {
		if !r.admits(k) {
			return false
		}
	}
	return true
}
