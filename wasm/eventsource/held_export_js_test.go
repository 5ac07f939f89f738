//go:build js && wasm

package eventsource

// Held returns how many events wait in the browser for a Source that it carries.
func Held(s *Source) int {
	n := s.transport.(*native)
	n.mu.Lock()
	defer n.mu.Unlock()
	left, err := n.present.events.Left()
	if err != nil {
		panic(err)
	}
	return left
}
