//go:build !js

package suite

import (
	"cmp"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// order is what the recording's server sold.
type order struct {
	Item  string
	Count int
}

const orderPlaced eventstream.EventType[order] = "order"

// TestRecord records what a server of its own sends, to anybody and to somebody
// who says who it is: what is played back is what was sent.
func TestRecord(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Program: probe, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		user, _, _ := r.BasicAuth()
		fmt.Fprintf(w, "id: 1\ndata: for %s\n\n", cmp.Or(user, "anybody"))
		http.NewResponseController(w).Flush()
		fmt.Fprintf(w, "id: 2\ndata: the end\n\n")
	})}) // which answers everything but what is scripted
	file := filepath.Join(t.TempDir(), "recorded.jsonl")
	if err := e2e.Record(t.Context(), site.URL("/live"), file); err != nil {
		t.Fatal(err)
	}
	replayed(t, site, file, "/message/for anybody")

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL("/live"), nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("ada", "")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := e2e.RecordResponse(response, file); err != nil {
		t.Fatal(err)
	}
	replayed(t, site, file, "/message/for ada")
}

// replayed plays a recording back to a page, and holds that the first of its two
// events is the given one.
func replayed(t *testing.T, site *e2e.Site, file, first string) {
	t.Helper()
	stream := site.Stream("/events")
	page := site.Open(variant{}.scenario("follow", "type", ""))
	if err := stream.Accept(t.Context()).Replay(t.Context(), file, 0); err != nil {
		t.Fatal(err)
	}
	expect(t, "events", waitEvents(page, 2), []string{"1" + first, "2/message/the end"})
	page.Close()
}

// TestReplay plays back a recorded stream, as it was and without its pauses: its
// lines end in each of the three ways, and pieces of it within a character,
// between CR and LF and within an event. There the connection is cut, once the
// whole events have arrived (a cut takes what fetch has not read yet with it), and
// the client goes on from the last of them, by a server that answers late.
func TestReplay(t *testing.T) {
	inPages(t, func(t *testing.T, v variant) {
		for _, pace := range []float64{1, 0} {
			t.Run(fmt.Sprint("pace ", pace), func(t *testing.T) {
				t.Parallel()
				site := e2e.Serve(t, v.app)
				stream := site.Stream("/events")
				page := site.Open(v.scenario("follow", "type", "", "type", "order", "until", "last"))
				conn := stream.Accept(t.Context())
				if err := conn.Replay(t.Context(), "testdata/orders.jsonl", pace); err != nil {
					t.Fatal(err)
				}
				expect(t, "events", waitEvents(page, 4), []string{
					`1/order/{"Item":"tea","Count":2}`, "2/order/{\"Item\":\"Käse ☃\",\n\"Count\":1}",
					"2/message/a note, of no type\nin two lines", `3/order/{"Item":"🍞","Count":3}`,
				})
				conn.Cut()
				conn = stream.AcceptWhere(t.Context(), func(r e2e.Request) error {
					if r.LastEventID != "3" {
						return fmt.Errorf("got Last-Event-ID %q, want 3", r.LastEventID)
					}
					return nil
				})
				conn.Retry(time.Millisecond)
				conn.Comment("here again")
				e2e.Send(conn, orderPlaced, "4", order{"butter", 1})
				expect(t, "events", waitEvents(page, 1), []string{`4/order/{"Item":"butter","Count":1}`})
				late := e2e.Response{Status: 503, Delay: 20 * time.Millisecond}
				stream.Refuse(late)
				if !v.fetch {
					stream.Refuse(late) // over fetch
				}
				conn.End()
				conn = stream.Accept(t.Context())
				expect(t, "place", place(conn), "4")
				conn.Raw("data: last\n\n")
				expect(t, "events in all", e2e.WaitReport[end](page, "end").Stats.Events, 6)
			})
		}
	})
}
