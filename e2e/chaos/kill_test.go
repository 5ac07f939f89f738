//go:build unix

package chaos

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"
)

// TestKill kills a server again and again that has its log on disk, with 2,000
// events published per second and 50 clients, one of them a page with the browser's
// own EventSource and one a page with fetch.
func TestKill(t *testing.T) {
	t.Parallel()
	const clients, batch, every = 50, 20, 10 * time.Millisecond
	start := time.Now()
	srv, addr := startServer(t, "server", "-dir", t.TempDir(), "-late", "6ms")
	srv.waitUp(t)
	all := startReaders(t, "http://"+addr+"/events", clients, "native", "fetch")
	p := startPublisher(t, "http://"+addr+"/publish", batch, every, 0)
	all.waitPast(t, 0)
	count := 20 * longer(t)
	doubled, inFlow, flowed := 0, 0, time.Duration(0)
	for range count {
		// A random number of events, and a random part of a batch.
		before, began := p.acknowledged(), time.Now()
		until := before + rand.IntN(40*batch)
		eventually(t, "events flow", func() bool { return p.acknowledged() > until })
		time.Sleep(rand.N(every))
		srv.kill()
		acknowledged := p.acknowledged()
		flowed += time.Since(began)
		inFlow += acknowledged - before
		srv.start(t)
		srv.waitUp(t)
		// What the log has beyond that is going to be published again.
		newest, err := strconv.Atoi(srv.rest)
		if err != nil || newest < acknowledged {
			t.Fatalf("the log has come to %q, and %d was acknowledged: %v", srv.rest, acknowledged, err)
		}
		doubled += newest - acknowledged
		all.waitPast(t, acknowledged+batch)
	}
	published := p.finish(t)
	all.check(t, published)
	t.Logf("%d rounds in %v, %d clients; %d events acknowledged, %.0f per second where they flowed, %d of them published again (%v), of which the log had %d",
		count, time.Since(start).Round(time.Millisecond), clients, len(published), float64(inFlow)/flowed.Seconds(), p.repeated, p.refused, doubled)
}
