package eventsource

// transport carries the event stream of one Source: it connects, reconnects,
// and reports to the Source by the methods opened, reconnecting, failed and
// deliver, one after the other, from whichever goroutine it likes, but never
// from within a call of its own methods.
type transport interface {
	// url returns the resolved URL.
	url() string
	// listen begins to deliver messages of an event type. It returns the
	// sequence number of the next message, whatever its type: an earlier one
	// that is still to be delivered had been dispatched before.
	listen(eventType string) (next uint64, err error)
	// unlisten ends that.
	unlisten(eventType string)
	// close ends the connection and releases everything. It is called once;
	// nothing is reported after it has returned.
	close()
}
