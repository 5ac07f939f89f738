package server

import (
	"fmt"
	"slices"
	"strings"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// rule says which messages pass: those of one of the types and of one of the
// subjects. A nil list lets all pass, and an empty one none.
type rule struct {
	types    []string
	subjects [][]string // each pattern's words
}

func (r *rule) admits(k *kind) bool {
	if r.types != nil && !slices.Contains(r.types, eventstream.EventType[any](k.typ).Name()) {
		return false
	}
	if r.subjects == nil {
		return true
	}
	words := strings.Split(k.subject, ".")
	return k.subject != "" && slices.ContainsFunc(r.subjects, func(pattern []string) bool { return matchesWords(pattern, words) })
}

// parsePatterns returns the words of each pattern, nil if there is no pattern.
func parsePatterns(patterns []string) (parsed [][]string, err error) {
	for _, pattern := range patterns {
		words := strings.Split(pattern, ".")
		for i, word := range words {
			if word != "*" && (word != ">" || i < len(words)-1) && !validWord(word) || len(pattern) > maxName {
				return nil, fmt.Errorf("%q: want words divided by dots, * for any word, > at the end for any words, in at most %d bytes", pattern, maxName)
			}
		}
		parsed = append(parsed, words)
	}
	return parsed, nil
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
