//go:build !js

package e2e

import (
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// networkWatch is a script for a page and a worker: it follows a stream and tells
// what comes of a request when it is asked.
const networkWatch = `
	globalThis.seen = [];
	for (const type of ["online", "offline"]) addEventListener(type, () => seen.push(type + " " + navigator.onLine));
	globalThis.source = new EventSource("/events");
	source.onmessage = ({data}) => seen.push(data);
	globalThis.look = async () => {
		const answer = await fetch("/?" + Math.random()).then(() => "answered", () => "failed");
		return answer + ", onLine " + navigator.onLine + ", ready state " + source.readyState + ", seen " + seen;
	};`

// TestOffline holds that a page and a worker lose their streams and get no new
// ones until the network is back.
func TestOffline(t *testing.T) {
	t.Parallel()
	for _, place := range []struct{ name, events string }{{"page", ",offline false"}, {"worker", ""}} {
		t.Run(place.name, func(t *testing.T) {
			t.Parallel()
			files := fstest.MapFS{
				"index.html":    {Data: []byte(`<!doctype html><title>t</title><link rel="icon" href="data:,"><script src="` + place.name + `-start.js"></script>`)},
				"page-start.js": {Data: []byte(networkWatch)},
				"worker-start.js": {Data: []byte(`
					const worker = new Worker("worker.js");
					globalThis.look = () => new Promise((resolve) => {
						worker.onmessage = ({data}) => resolve(data);
						worker.postMessage(null);
					});`)},
				"worker.js": {Data: []byte(networkWatch + `
					onmessage = async () => postMessage(await look());`)},
			}
			site := Serve(t, App{Page: files})
			stream := site.Stream("/events")
			page := site.Open("/")
			expect := func(what, want string) {
				t.Helper()
				if got := Eval[string](page, "look()"); got != want {
					t.Errorf("%s: got %q, want %q", what, got, want)
				}
			}
			conn := stream.Accept(t.Context())
			conn.Send(eventstream.Message{ID: "1", Data: []byte("first"), Retry: time.Millisecond})
			page.WaitExpression(`look().then((seen) => seen.includes("first"))`)
			page.Offline(true)
			page.Offline(true) // no further
			conn.WaitGone(t.Context())
			// The server may know sooner than the place where the EventSource is.
			page.WaitExpression(`look().then((seen) => seen.includes("ready state 0"))`)
			expect("offline", "failed, onLine false, ready state 0, seen first"+place.events)
			if n := len(stream.Attempts()); n != 1 {
				t.Errorf("got %d attempts while offline, want none after the first one", n-1)
			}
			page.Offline(false)
			page.Offline(false)
			conn = stream.Accept(t.Context())
			if conn.LastEventID != "1" {
				t.Errorf("got Last-Event-ID %q, want 1", conn.LastEventID)
			}
			conn.Open()
			page.WaitExpression(`look().then((seen) => seen.startsWith("answered, onLine true, ready state 1"))`)
		})
	}
}

// TestOfflineIsOfOnePage holds that another page of the site stays online, and
// that a server of the test's own loses its connections too.
func TestOfflineIsOfOnePage(t *testing.T) {
	t.Parallel()
	left := make(chan struct{}, 2)
	site := Serve(t, App{Page: scripted("", ""), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("begun"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		left <- struct{}{}
	})})
	page, other := site.Open("/"), site.Open("/")
	page.Run(`void fetch("/endless").then(async (response) => { globalThis.begun = true; await response.text(); }).catch(() => { globalThis.broken = true; })`)
	page.WaitExpression("globalThis.begun")
	page.Offline(true)
	page.WaitExpression("globalThis.broken")
	<-left
	if got := Eval[string](other, `fetch("/").then(() => "answered " + navigator.onLine)`); got != "answered true" {
		t.Errorf("got %s in the other page, want answered true", got)
	}
}
