//go:build js && wasm

package eventsource_test

import (
	"sync"
	"testing"

	"github.com/runnel-go/runnel/jsbridge"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// placeStore is a Store in memory.
type placeStore struct {
	mu sync.Mutex
	id string
}

func (p *placeStore) Load(string) (string, error) { return p.id, nil }

func (p *placeStore) Save(_, id string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = id
	return nil
}

// TestStoreInBrowser holds that a Store has the place of what was handled, with and
// without IDs, and that nothing that follows the page for it is left alive, also where
// nothing could be opened.
func TestStoreInBrowser(t *testing.T) {
	url := stream("event: n\nid: a\ndata: 1\n\nevent: n\nid: b\ndata: 2\n\nevent: n\nid: c\ndata: 3\n\n")
	for _, transport := range []eventsource.Transport{eventsource.Native, eventsource.Fetch} {
		for _, noIDs := range []bool{false, true} {
			before := jsbridge.Live()
			var store placeStore
			src, err := eventsource.Open(t.Context(), url, &eventsource.Options{Transport: transport, Store: &store, NoIDs: noIDs})
			if err != nil {
				t.Fatal(err)
			}
			for ev, err := range subscribeTo(t, src, "n").Events() {
				if err != nil {
					t.Fatal(err)
				}
				if noIDs != (ev.ID == "") {
					t.Errorf("%v, NoIDs %t: event %d has the ID %q", transport, noIDs, ev.Data, ev.ID)
				}
				if ev.Data == 3 {
					break
				}
			}
			src.Close()
			if store.id != "b" {
				t.Errorf("%v, NoIDs %t: the place is %q, want b", transport, noIDs, store.id)
			}
			if _, err := eventsource.Open(t.Context(), "http://[", &eventsource.Options{Transport: transport, Store: &store}); err == nil {
				t.Error("a URL that cannot be parsed was opened")
			}
			if after := jsbridge.Live(); after != before {
				t.Errorf("%v, NoIDs %t: %+v is alive, before it was %+v", transport, noIDs, after, before)
			}
		}
	}
}
