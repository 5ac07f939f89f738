//go:build !(js && wasm)

package eventsource

import (
	"net/http"
	"testing"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// TestHTTPGap holds that a gap which is the first thing after a lost connection
// reaches every subscription, that the next connection begins at its place, and
// that NoGaps has it pass as an event.
func TestHTTPGap(t *testing.T) {
	for _, test := range []struct {
		noGaps bool
		want   []string
	}{
		{false, []string{"a-2=2", "gap a-14", "a-15=15"}},
		{true, []string{"a-2=2", "a-15=15"}},
	} {
		subscribed := make(chan struct{})
		server := serve(t, func(w http.ResponseWriter, r *http.Request) {
			<-subscribed
			switch id := r.Header.Get("Last-Event-ID"); id {
			case "":
				writeStream(w, "id: a-2\nevent: n\ndata: 2\n\n")
			case "a-2":
				writeStream(w, "event: gap\nid: a-14\ndata: "+gapData+"\n\n")
			case "a-14":
				writeStream(w, "id: a-15\nevent: n\ndata: 15\n\n")
				<-r.Context().Done()
			default:
				t.Errorf("got Last-Event-ID %q", id)
			}
		})
		s, err := Open(t.Context(), server.URL, &Options{Reconnect: brisk, NoGaps: test.noGaps})
		if err != nil {
			t.Fatal(err)
		}
		numbers := subscribe[int](t, s, "n", nil)
		gaps := subscribe(t, s, eventstream.GapEvent, &SubscribeOptions{Once: true})
		close(subscribed)
		var got []string
		for ev, err := range numbers.Events() {
			if got = append(got, told(ev, err)); len(got) == len(test.want) {
				break
			}
		}
		expect(t, "events", got, test.want)
		expect(t, "as an event", tellAll(gaps), []string{"a-14={a-3 a-14 12 dropped}"})
		s.Close()
	}
}
