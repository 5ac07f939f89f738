//go:build unix

package chaos

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestGaps has clients that leave, clients that take nothing and pages without a
// network, all for longer than the log keeps what they miss, and kills the server
// meanwhile. Each is told of exactly what is missing, and gets the rest once and in
// order.
func TestGaps(t *testing.T) {
	t.Parallel()
	const clients, batch, every, keep = 12, 20, 10 * time.Millisecond, 300
	srv, addr := startServer(t, "server", "-dir", t.TempDir(),
		"-keep", fmt.Sprint(keep), "-history", "100", "-buffer", fmt.Sprint(smallBuffer))
	srv.waitUp(t)
	all := startReaders(t, "http://"+addr+"/events", clients, "native", "fetch")
	leaving, silent := all.native[:3], all.native[3:6]
	p := startPublisher(t, "http://"+addr+"/publish", batch, every, 1000)
	all.waitPast(t, 0)
	count := 2 * longer(t)
	for range count {
		for _, r := range leaving {
			r.leave()
		}
		for _, r := range silent {
			r.going.Lock()
		}
		for _, page := range all.pages {
			page.Offline(true)
		}
		until := p.acknowledged() + 2*keep
		eventually(t, "events flow", func() bool { return p.acknowledged() > until })
		time.Sleep(rand.N(every))
		srv.kill()
		srv.start(t)
		srv.waitUp(t)
		until = p.acknowledged() + 2*keep
		eventually(t, "events flow again", func() bool { return p.acknowledged() > until })
		for _, r := range leaving {
			r.read(t)
		}
		for _, r := range silent {
			r.going.Unlock()
		}
		for _, page := range all.pages {
			page.Offline(false)
		}
		all.waitPast(t, p.acknowledged())
	}
	published := p.finish(t)
	books := all.check(t, published)
	gaps, missed := 0, uint64(0)
	for i, book := range books {
		for _, entry := range book.Entries {
			if entry.Gap != nil {
				gaps++
				missed += entry.Gap.Missed
			}
		}
		steady := i >= len(leaving)+len(silent) && i < len(all.native)
		if !steady && book.Gaps() < count {
			t.Errorf("reader %d was told of %d gaps, want one in each of %d rounds", i, book.Gaps(), count)
		}
	}
	t.Logf("%d rounds; %d events acknowledged; %d gaps, in which %d are missing", count, len(published), gaps, missed)
}
