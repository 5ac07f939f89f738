package server

import "strings"

// kind is what a message is, as far as filters look: its event type and its
// subject. There is one for all messages of the same.
type kind struct{ typ, subject string }

// kinds holds the kinds of a feed's messages. It is not safe for use by several
// goroutines.
type kinds map[kind]*kind

// maxKinds is how many a feed remembers: a publisher that invents an event type
// for each message must not fill the memory.
const maxKinds = 4096

func (k kinds) of(r *Record) *kind {
	key := kind{r.Type, r.Subject}
	known, ok := k[key]
	if !ok {
		if len(k) == maxKinds {
			clear(k)
		}
		key = kind{strings.Clone(r.Type), strings.Clone(r.Subject)}
		known = &key
		k[key] = known
	}
	return known
}
