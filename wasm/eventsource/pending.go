package eventsource

// pending is a message or gap that a loop has not handled, or none.
type pending struct {
	is     bool
	seq    uint64
	before string // the stream's last event ID before it
}

func (m *message) pending() pending { return pending{true, m.seq(), m.before()} }

// pending is what the next message will be.
func (r *batchReader) pending() pending {
	return pending{true, r.batch.first + uint64(r.at), r.batch.idBefore(r.at)}
}

// oldest returns the oldest message or gap that the loop has not handled: it has it in
// hand, it waits, or it found no room.
func (in *inbox) oldest() pending {
	if in.hand.is {
		return in.hand
	}
	if waits := in.queue.oldest(); waits.is {
		return waits
	}
	return in.lost
}

// handled notes that the loop has come back for more: what it had in hand is handled,
// unless it may have come back only because a context has ended or the Source.
func (in *inbox) handled() {
	if in.keep == nil || in.isCut() {
		return
	}
	in.mu.Lock()
	in.hand = pending{}
	in.mu.Unlock()
	in.keep()
}

// lose notes that a message or gap does not reach the loop, unless an earlier one does
// not.
func (in *inbox) lose(p pending) {
	if in.keep != nil && !in.lost.is {
		in.lost = p
	}
}

// place returns the last event ID up to which every open subscription has handled what
// was for it. A subscription that is closed holds it back no longer; once all are, the
// place is what it was, so that what was left in their queues is not passed over. The
// Source is locked.
func (s *Source) place() string {
	k := &s.keeper
	if k.store == nil || k.settled || len(s.inboxes) == 0 {
		return k.place
	}
	var first pending
	for in := range s.inboxes {
		if p := in.oldest(); p.is && (!first.is || p.seq < first.seq) {
			first = p
		}
	}
	if k.place = s.lastEventID; first.is {
		k.place = first.before
	}
	return k.place
}
