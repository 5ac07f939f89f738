package server

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// pages reads back in a [Log], for clients whose place is no longer in the
// window. A page is read once for all that want it at the same time, and is kept
// for those who come next: after a restart many clients are at about the same
// place.
type pages struct {
	log Log
	ctx context.Context // ends the reading

	mu    sync.Mutex
	held  map[uint64]*list.Element // of *logPage by its first number
	used  *list.List               // the latest used first
	bytes int
}

const (
	// pageRecords is how many numbers lie between the places where pages
	// begin, so that clients that are near each other share them.
	pageRecords = 256
	// pageBytes is from what size on a page takes no further message.
	pageBytes = 1 << 20
	// maxPages is how much is kept, in bytes. Beside it there is in memory one
	// segment of a page for each client that is just writing one.
	maxPages = 32 << 20
	// logTimeout is how long the log may take to give a page, or to say what
	// it has.
	logTimeout = 10 * time.Second
)

// logPage is what the log has from number first up to next, next not included.
type logPage struct {
	first, next uint64
	end         bool // the log ended there when it was read
	messages    []*segment
	err         error
	read        chan struct{} // closed once all of the above is set
	size        int           // as counted in pages.bytes
}

func newPages(ctx context.Context, log Log) *pages {
	return &pages{log: log, ctx: ctx, held: make(map[uint64]*list.Element), used: list.New()}
}

// from returns messages from number on, or from the first one above it that the
// log holds. It returns none if the log has none yet.
func (p *pages) from(ctx context.Context, ended <-chan struct{}, number uint64) (span, error) {
	first := p.nearest(number)
	for again := false; ; {
		page, err := p.get(ctx, ended, first)
		if err != nil {
			return span{}, fmt.Errorf("server: read the log %s from %d on: %w", p.log.Name(), number, err)
		}
		if s := page.from(number); !s.empty() {
			return s, nil
		}
		if page.end {
			// The log may have gone on since the page was read.
			if again {
				return span{}, nil
			}
			again = true
			p.outdated(page)
			continue
		}
		number = max(number, page.next)
		first = number
	}
}

// nearest returns where the page begins that is to be looked at first for a number:
// at the number, or at the next place below it where a page is held. A client goes on
// with the rest of the page that it has begun.
func (p *pages) nearest(number uint64) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, lowest := number, number-number%pageRecords
	for first > lowest && p.held[first] == nil {
		first--
	}
	return first
}

// get returns the page that begins at a number, once it has been read.
func (p *pages) get(ctx context.Context, ended <-chan struct{}, first uint64) (*logPage, error) {
	wanted := p.find(first)
	select {
	case <-wanted.read:
		return wanted, wanted.err
	case <-ended:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pages) find(first uint64) *logPage {
	p.mu.Lock()
	defer p.mu.Unlock()
	if element, ok := p.held[first]; ok {
		p.used.MoveToFront(element)
		return element.Value.(*logPage)
	}
	wanted := &logPage{first: first, read: make(chan struct{})}
	p.held[first] = p.used.PushFront(wanted)
	go p.load(wanted)
	return wanted
}

func (p *pages) load(wanted *logPage) {
	ctx, cancel := context.WithTimeout(p.ctx, logTimeout)
	defer cancel()
	wanted.err = wanted.fill(ctx, p.log)
	close(wanted.read)
	p.mu.Lock()
	defer p.mu.Unlock()
	element := p.held[wanted.first]
	if element == nil || element.Value != wanted {
		return // let go of before it was read
	}
	if wanted.err != nil {
		p.forget(element)
		return
	}
	for _, s := range wanted.messages {
		wanted.size += cap(s.bytes)
	}
	p.bytes += wanted.size
	for p.bytes > maxPages {
		p.forget(p.used.Back())
	}
}

// outdated lets go of a page, unless it has been read anew already.
func (p *pages) outdated(page *logPage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if element := p.held[page.first]; element != nil && element.Value == page {
		p.forget(element)
	}
}

func (p *pages) forget(element *list.Element) {
	page := p.used.Remove(element).(*logPage)
	delete(p.held, page.first)
	p.bytes -= page.size
}

// fill reads the page.
func (p *logPage) fill(ctx context.Context, log Log) error {
	var records []Record
	limit := p.first + pageRecords - p.first%pageRecords
	p.next = p.first
	size := 0
	for p.next < limit && size < pageBytes && !p.end {
		more, err := log.Read(ctx, p.next, int(limit-p.next))
		if err != nil {
			return err
		}
		p.end = len(more) == 0
		for i := range more {
			if more[i].Number >= limit {
				p.next = more[i].Number
				break
			}
			if size >= pageBytes {
				break
			}
			p.next = more[i].Number + 1
			size += blockSize(log.Name(), &more[i])
			records = append(records, more[i])
		}
	}
	p.keep(log.Name(), records, size)
	return nil
}

// keep divides the records, which take so many bytes, among segments. A client that
// does not read holds on to what it is being written: to one of them and not to the
// page.
func (p *logPage) keep(log string, records []Record, left int) {
	known := make(kinds)
	var last *segment
	for i := range records {
		r := &records[i]
		size := blockSize(log, r)
		if last == nil || !last.fits(size) {
			last = newSegment(max(min(left, largeSegment), size))
			p.messages = append(p.messages, last)
		}
		last.add(log, r, known.of(r))
		left -= size
	}
}

// from returns messages of the page from number on, as many as lie together.
func (p *logPage) from(number uint64) span {
	for _, s := range p.messages {
		if s.last() >= number {
			return s.from(number)
		}
	}
	return span{}
}
