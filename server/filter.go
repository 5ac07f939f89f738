package server

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventstream"
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

// filter says which messages a client wants. Nil lets all pass.
type filter struct {
	types    []string
	subjects [][]string // each pattern's words
	last     *kind      // what was asked last, and the answer
	passed   bool
}

// newFilter reads the filter out of a query. The error says what is wrong with
// it in words for whoever asked.
func newFilter(query url.Values) (*filter, error) {
	types, subjects := query[TypeParameter], query[SubjectParameter]
	if len(types) == 0 && len(subjects) == 0 {
		return nil, nil
	}
	if len(types) > maxFilters || len(subjects) > maxFilters {
		return nil, fmt.Errorf("more than %d event types or subjects are asked for", maxFilters)
	}
	f := &filter{types: types}
	for _, subject := range subjects {
		words := strings.Split(subject, ".")
		for i, word := range words {
			if word != "*" && (word != ">" || i < len(words)-1) && !validWord(word) || len(subject) > maxName {
				return nil, fmt.Errorf("query %s=%q: want words divided by dots, * for any word, > at the end for any words",
					SubjectParameter, subject)
			}
		}
		f.subjects = append(f.subjects, words)
	}
	return f, nil
}

// passes reports whether messages of a kind are wanted.
func (f *filter) passes(k *kind) bool {
	if f == nil {
		return true
	}
	if f.last != k {
		f.last, f.passed = k, f.wants(k)
	}
	return f.passed
}

func (f *filter) wants(k *kind) bool {
	if len(f.types) > 0 && !slices.Contains(f.types, eventstream.EventType[any](k.typ).Name()) {
		return false
	}
	if len(f.subjects) == 0 {
		return true
	}
	words := strings.Split(k.subject, ".")
	return k.subject != "" && slices.ContainsFunc(f.subjects, func(pattern []string) bool { return matchesWords(pattern, words) })
}

func matchesWords(pattern, words []string) bool {
	for i, want := range pattern {
		if i == len(words) {
			return false
		}
		if want == ">" {
			return true
		}
		if want != "*" && want != words[i] {
			return false
		}
	}
	return len(pattern) == len(words)
}
