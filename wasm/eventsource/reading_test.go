package eventsource

// reading is a function as a reader.
type reading func([]byte) (int, error)

func (f reading) Read(p []byte) (int, error) { return f(p) }
