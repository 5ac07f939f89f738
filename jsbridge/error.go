package jsbridge

// Error is a JavaScript exception, or the reason of a rejected promise, as a
// Go error.
type Error struct {
	// Name is the exception's name, such as "SyntaxError" or "TypeError";
	// "Error" where what was thrown has none.
	Name string
	// Message is the exception's message, or what was thrown as a string.
	Message string
}

// Error returns "Name: Message".
func (e *Error) Error() string {
	if e.Message == "" {
		return e.Name
	}
	return e.Name + ": " + e.Message
}

// Is reports whether target is an *Error of the same name, with the same message
// or none, so that errors.Is(err, &jsbridge.Error{Name: "SyntaxError"}) asks for
// a kind.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Name == e.Name && (t.Message == "" || t.Message == e.Message)
}
