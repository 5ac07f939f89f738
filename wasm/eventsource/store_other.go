//go:build !(js && wasm)

package eventsource

// keepWithPage does nothing where there is no page.
func (s *Source) keepWithPage() error { return nil }
