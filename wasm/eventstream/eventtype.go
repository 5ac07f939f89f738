package eventstream

// EventType names an event type whose data carries values of type T. It is a
// string, so that it can be a constant; T is only known to the compiler, which
// refuses a server that publishes, or a frontend that expects, another type.
//
// The name is what stands in the stream's "event" field. Any name is allowed
// that holds no line break; the empty one stands for "message", the type of an
// event whose block has no "event" field (HTML standard, 9.2.6).
type EventType[T any] string

// DefaultType is the event type of a block without an "event" field.
const DefaultType = "message"

// Name returns the name that the browser dispatches the event under: the
// string itself, or [DefaultType] where it is empty.
func (t EventType[T]) Name() string {
	if t == "" {
		return DefaultType
	}
	return string(t)
}
