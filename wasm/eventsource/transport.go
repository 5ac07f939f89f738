package eventsource

// transport carries the event stream of one Source: it connects, reconnects,
// and reports to the Source by the methods opened, reconnecting, failed and
// deliver, one after the other, from whichever goroutine it likes, but never
// from within a call of its own methods.
type transport interface {
	// begin starts to connect, after the Source knows the transport.
	begin()
	// url returns the resolved URL.
	url() string
	// listen begins to deliver messages of an event type. It returns the
	// sequence number of the next message, whatever its type: an earlier one
	// that is still to be delivered had been dispatched before.
	listen(eventType string) (next uint64, err error)
	// unlisten ends that.
	unlisten(eventType string)
	// canBlock reports whether the stream can be held back: whether the
	// transport waits, with Source.awaitRoom, between its batches.
	canBlock() bool
	// reconnect hurries the next attempt where the transport waits for one.
	reconnect()
	// close ends the connection and releases everything. It is called once;
	// nothing is reported after it has returned.
	close()
	// wait returns once nothing of a closed transport runs any more, so that a
	// program may end: a goroutine that has yet to let go of a callback would
	// not come to it. No lock is held.
	wait()
}
