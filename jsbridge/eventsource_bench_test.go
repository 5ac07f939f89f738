//go:build js && wasm

package jsbridge

import "testing"

// BenchmarkTake is what it costs to take over one slice, of three events, with the
// call that queues them.
func BenchmarkTake(b *testing.B) {
	s, err := OpenEventSource(quiet, EventSourceOptions{NoIDs: true}, func() {})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Listen("a"); err != nil {
		b.Fatal(err)
	}
	event, err := construct("MessageEvent", "a", map[string]any{"data": "{}"})
	if err != nil {
		b.Fatal(err)
	}
	var room []byte
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.queue.Call("push", event, event, event); err != nil {
			b.Fatal(err)
		}
		batch, err := s.Take(3, room)
		if err != nil || batch.Count != 3 {
			b.Fatalf("got %+v, %v", batch, err)
		}
		room = batch.Fields
	}
}
