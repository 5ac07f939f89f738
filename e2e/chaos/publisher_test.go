//go:build unix

package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/runnel-go/runnel/e2e/internal/ledger"
	"github.com/runnel-go/runnel/e2e/timescale"
)

// publisher publishes numbered events in batches, one batch after the other, each
// again and again until it is acknowledged.
type publisher struct {
	url     string
	client  *http.Client
	batch   int           // events at once
	every   time.Duration // from one batch to the next
	padding string        // of each event

	stop  chan struct{}
	ended chan struct{}

	mu        sync.Mutex
	published ledger.Published
	repeated  int // events that were sent again
	refused   map[string]int
	refusal   string // the last one, in full
	failure   error
}

// startPublisher begins to publish, and ends with the test at the latest.
func startPublisher(t *testing.T, url string, batch int, every time.Duration, padding int) *publisher {
	p := &publisher{
		url: url, client: &http.Client{Transport: &http.Transport{}, Timeout: timescale.Bound(time.Minute)},
		batch: batch, every: every, padding: strings.Repeat("x", padding),
		stop: make(chan struct{}), ended: make(chan struct{}), refused: make(map[string]int),
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(p.ended)
		if err := p.run(ctx); err != nil {
			p.mu.Lock()
			p.failure = err
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-p.ended
		p.client.CloseIdleConnections()
	})
	return p
}

func (p *publisher) run(ctx context.Context) error {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	for n := 1; ; n += p.batch {
		select {
		case <-p.stop:
			_, err := p.deliver(ctx, []message{{Name: "over", Item: ledger.Item{N: n - 1}, Over: true}})
			return err
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		batch := make([]message, p.batch)
		for i := range batch {
			batch[i] = message{Name: fmt.Sprint("m", n+i), Item: ledger.Item{N: n + i, Padding: p.padding}}
		}
		ids, err := p.deliver(ctx, batch)
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.published = append(p.published, ids...)
		p.mu.Unlock()
	}
}

// deliver publishes a batch until it is acknowledged.
func (p *publisher) deliver(ctx context.Context, batch []message) (ids []string, err error) {
	body, err := json.Marshal(batch)
	if err != nil {
		return nil, err
	}
	for {
		ids, err := p.post(ctx, body)
		if err == nil && len(ids) != len(batch) {
			return nil, fmt.Errorf("%d IDs for %d messages: %q", len(ids), len(batch), ids)
		}
		if err == nil {
			return ids, nil
		}
		if ctx.Err() != nil {
			return nil, nil
		}
		p.mu.Lock()
		p.repeated += len(batch)
		p.refused[reason(err)]++
		p.refusal = err.Error()
		p.mu.Unlock()
		p.client.CloseIdleConnections() // another server may be better off
		time.Sleep(p.every)
	}
}

// reason is an error without what is different in each.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return strings.TrimSpace(text)
}

func (p *publisher) post(ctx context.Context, body []byte) (ids []string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", answer.Status, text)
	}
	return ids, json.Unmarshal(text, &ids)
}

// acknowledged is how many events are.
func (p *publisher) acknowledged() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.published)
}

// lastRefusal is what the server last answered, "" if it has acknowledged all.
func (p *publisher) lastRefusal() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.refusal
}

// finish ends the publishing by the last event, and returns what has been
// acknowledged.
func (p *publisher) finish(t *testing.T) ledger.Published {
	t.Helper()
	close(p.stop)
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("waited %v until the last event is acknowledged: %s", patience, p.lastRefusal())
	}
	if p.failure != nil {
		t.Fatal(p.failure)
	}
	if err := p.published.Valid(); err != nil {
		t.Fatal(err)
	}
	return p.published
}
