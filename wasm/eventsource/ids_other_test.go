//go:build !(js && wasm)

package eventsource

import (
	"errors"
	"net/http"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestHTTPNoIDs holds that without IDs a stream goes on at its place all the same,
// and that nobody is told of them.
func TestHTTPNoIDs(t *testing.T) {
	subscribed := make(chan struct{})
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		<-subscribed
		switch id := r.Header.Get("Last-Event-ID"); id {
		case "":
			writeStream(w, "id: a\ndata: 1\n\nid: b\ndata: none\n\nid: c\nevent: other\ndata: 3\n\n")
		case "c":
			writeStream(w, "id: d\n\n") // no message
		case "d":
			writeStream(w, "data: 4\n\nid: e\ndata: 5\n\n")
			<-r.Context().Done()
		default:
			t.Errorf("got Last-Event-ID %q", id)
		}
	})
	s, err := Open(t.Context(), server.URL, &Options{Reconnect: brisk, NoIDs: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	latest := subscribe[int](t, s, "", &SubscribeOptions{Overflow: KeepLatest, Key: func(m eventstream.Message) string {
		if m.ID != "" {
			t.Errorf("a Key is given the ID %q", m.ID)
		}
		return string(m.Data)
	}})
	defer latest.Close()
	numbers := subscribe[int](t, s, "", nil)
	close(subscribed)
	var got []int
	for ev, err := range numbers.Events() {
		var wrong *DecodeError
		if errors.As(err, &wrong) {
			ev.ID, ev.Data = wrong.ID, -1
		}
		if ev.ID != "" {
			t.Errorf("%d has the ID %q", ev.Data, ev.ID)
		}
		if got = append(got, ev.Data); ev.Data == 5 {
			break
		}
	}
	expect(t, "events", got, []int{1, -1, 4, 5})
	expect(t, "last event ID", s.LastEventID(), "e")
}
