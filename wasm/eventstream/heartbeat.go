package eventstream

// HeartbeatEvent is the type of the event by which a server says, within a quiet
// event stream, that the stream is alive: a browser's EventSource does not show
// comments. It has no last event ID, unless it tells the place that the
// stream has come to without a message for the reader. Package eventsource listens to
// it and hides it, except from a subscription to this type.
const HeartbeatEvent EventType[Heartbeat] = "runnel.heartbeat"

// Heartbeat says nothing but that the stream is alive.
type Heartbeat struct{}
