//go:build !js

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/Shopify/toxiproxy/v2/toxics"
	"github.com/rs/zerolog"
	"github.com/rs/zerolog/log"
)

func init() {
	// One of Toxiproxy's toxics traces to the global logger whenever it is
	// interrupted, which is no news.
	log.Logger = log.Logger.Level(zerolog.DebugLevel)
}

// Latency delays all bytes by delay, each way, give or take a random part of
// jitter, in whole milliseconds rounded up. Their order stays. Together they are
// at most the site's timeout.
func (n *Network) Latency(delay, jitter time.Duration) (restore func()) {
	n.t().Helper()
	n.check(delay >= 0 && jitter >= 0 && delay+jitter <= n.site.within(),
		"latency of %v ± %v: it must be from zero to %v", delay, jitter, n.site.within())
	return n.toxic("latency", toxics.LatencyToxic{Latency: milliseconds(delay), Jitter: milliseconds(jitter)})
}

// Bandwidth lets so many bytes a second through, each way and for each
// connection, rounded up to a whole thousand.
func (n *Network) Bandwidth(bytesPerSecond int) (restore func()) {
	n.t().Helper()
	n.check(bytesPerSecond > 0, "bandwidth of %d bytes a second: it must be above zero", bytesPerSecond)
	return n.toxic("bandwidth", toxics.BandwidthToxic{Rate: (int64(bytesPerSecond) + 999) / 1000})
}

// Slice cuts what comes at once into slices of about size bytes, give or take
// variation, which must be less, and pauses after each one, in whole
// microseconds.
func (n *Network) Slice(size, variation int, pause time.Duration) (restore func()) {
	n.t().Helper()
	n.check(variation >= 0 && variation < size, "slices of %d ± %d bytes: the variation must be less than the size", size, variation)
	n.check(pause >= 0, "slices %v apart: it may not be below zero", pause)
	return n.toxic("slicer", toxics.SlicerToxic{
		AverageSize: size, SizeVariation: variation, Delay: int(pause / time.Microsecond),
	})
}

// loss is a fault that loses what the site sends.
type loss struct {
	after time.Duration
	reset bool
}

// Timeout loses what the site sends: the site gets requests, and the client no
// answer. It ends a connection at the time after when it first lost bytes of it,
// towards both ends, and with zero never. Restoring ends those that have lost
// some. A connection on which the site sends nothing stays.
func (n *Network) Timeout(after time.Duration) (restore func()) {
	n.t().Helper()
	n.check(after >= 0, "timeout after %v: it may not be below zero", after)
	return n.lose(&loss{after: after})
}

// Reset is [Network.Timeout] with a TCP reset for the end; zero is at once.
func (n *Network) Reset(after time.Duration) (restore func()) {
	n.t().Helper()
	n.check(after >= 0, "reset after %v: it may not be below zero", after)
	return n.lose(&loss{after: after, reset: true})
}

func (n *Network) lose(l *loss) (restore func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.losses = append(n.losses, l)
	return func() {
		n.mu.Lock()
		n.losses = slices.DeleteFunc(n.losses, func(other *loss) bool { return other == l })
		n.mu.Unlock()
		n.hangUp(func(r *route) bool { return r.lost == l })
	}
}

// Partition stops all bytes both ways, and tells neither end: a client that
// leaves is still there for the site, and the other way round. New connections
// seem to be made. When healed, everything goes on that was held back, as TCP
// would send it again; so nothing is lost but what the ends gave up.
func (n *Network) Partition() (heal func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.splits++; n.splits == 1 {
		n.whole = make(chan struct{})
	}
	return sync.OnceFunc(n.heal)
}

func (n *Network) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return
	}
	if n.splits--; n.splits == 0 {
		close(n.whole)
	}
}

// waitWhole waits until there is no partition.
func (n *Network) waitWhole() {
	for {
		n.mu.Lock()
		split, whole := n.splits > 0, n.whole
		n.mu.Unlock()
		if !split {
			return
		}
		<-whole
	}
}

// toxic adds a toxic of the given kind to both directions.
func (n *Network) toxic(kind string, attributes any) (restore func()) {
	n.t().Helper()
	n.added++
	var names []string
	for _, direction := range []string{"upstream", "downstream"} {
		name := fmt.Sprintf("%s %s %d", kind, direction, n.added)
		names, n.toxics = append(names, name), append(n.toxics, name)
		n.change("adding "+kind, func() error { return n.addToxic(name, kind, direction, attributes) })
	}
	var once sync.Once // not OnceFunc, which panics where the test is ended
	return func() {
		n.t().Helper()
		once.Do(func() {
			n.t().Helper()
			n.remove(kind, names)
		})
	}
}

// addToxic does what a request to Toxiproxy's own server does.
func (n *Network) addToxic(name, kind, direction string, attributes any) error {
	description, err := json.Marshal(map[string]any{
		"name": name, "type": kind, "stream": direction, "attributes": attributes,
	})
	if err != nil {
		return err
	}
	_, err = n.proxy.Toxics.AddToxicJson(bytes.NewReader(description))
	return err
}

func (n *Network) remove(kind string, names []string) {
	n.t().Helper()
	if n.isClosed() {
		return // and all toxics with it
	}
	n.toxics = slices.DeleteFunc(n.toxics, func(name string) bool { return slices.Contains(names, name) })
	n.change("restoring "+kind, func() error {
		for _, name := range names {
			if err := n.proxy.Toxics.RemoveToxic(context.Background(), name); err != nil {
				return err
			}
		}
		return nil
	})
}

// change has the connections take a toxic on or off.
func (n *Network) change(what string, do func() error) {
	n.t().Helper()
	var err error
	if !n.within(func() { err = do() }) {
		n.t().Fatalf("e2e: network: %s: a client has not read on within %v", what, n.site.within())
	}
	if err != nil {
		n.t().Fatalf("e2e: network: %s: %v", what, err)
	}
}

func (n *Network) check(ok bool, format string, arguments ...any) {
	n.t().Helper()
	if !ok {
		n.t().Fatalf("e2e: network: "+format, arguments...)
	}
}

func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}
