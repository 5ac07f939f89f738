package eventsource

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// stream makes batches of the bytes of an event stream, for the transports that
// read it themselves. It does the part of [transport] that has to do with event
// types: it parses all of them, and the Source picks.
type stream struct {
	source *Source
	parser eventstream.Parser
	origin string
	call   func(func()) // runs code of the caller's in the reading goroutine

	mu     sync.Mutex
	next   uint64
	wanted chan struct{} // closed once there is somebody to deliver to

	// The batch that is being made.
	types     []string
	count     int
	ids, data []byte
}

func newStream(source *Source, origin string, call func(func())) *stream {
	return &stream{source: source, origin: origin, call: call, wanted: make(chan struct{})}
}

// listen notes that there is a subscription. Nothing is read before the first
// one, so that it misses nothing however long it is in coming.
func (s *stream) listen(string) (next uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.wanted:
	default:
		close(s.wanted)
	}
	return s.next, nil
}

func (s *stream) unlisten(string) {}

func (s *stream) canBlock() bool { return true }

// readSize is how much is read at a time: what the browser has in a chunk, at the
// most. At 110 bytes an event that is a batch of about 500.
const readSize = 64 << 10

// read delivers what the reader has until it ends, with [io.EOF] then, or fails,
// or ctx ends: then nothing more is delivered, whatever still comes.
func (s *stream) read(ctx context.Context, r io.Reader) error {
	select {
	case <-s.wanted:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	piece := make([]byte, readSize)
	for {
		// Before reading, so that connections made in the meantime do not
		// add up what goes beyond the queue.
		if err := s.source.awaitRoom(ctx); err != nil {
			return err
		}
		n, err := r.Read(piece)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if n > 0 {
			if err := s.take(piece[:n]); err != nil {
				return err
			}
			pace.breathe()
		}
		if err != nil {
			return err
		}
	}
}

// take parses a piece and delivers the messages that it completes, those before
// an error included.
func (s *stream) take(piece []byte) error {
	err := s.parser.Parse(piece, s.add)
	if s.count > 0 {
		s.deliver()
	}
	if id := s.parser.LastEventID(); id != s.source.LastEventID() { // without a message
		s.call(func() { s.source.noteLastEventID(id) })
	}
	return err
}

func (s *stream) add(received eventstream.Received) {
	if n := len(s.types); n == 0 || s.types[n-1] != received.Type {
		for len(s.types) < s.count {
			s.types = append(s.types, s.types[n-1])
		}
		s.types = append(s.types, received.Type)
	}
	s.count++
	s.ids = append(append(s.ids, received.ID...), separator)
	s.data = append(append(s.data, received.Data...), separator)
}

// deliver hands the batch over, which keeps it, and begins another.
func (s *stream) deliver() {
	b := &batch{
		types:   s.types,
		count:   s.count,
		ids:     string(s.ids),
		data:    bytes.Clone(s.data[:len(s.data)-1]),
		origin:  s.origin,
		arrived: time.Now(),
	}
	s.types, s.count = nil, 0
	s.ids, s.data = s.ids[:0], s.data[:0]
	s.mu.Lock()
	b.first = s.next
	s.next += uint64(b.count)
	s.mu.Unlock()
	s.call(func() { s.source.deliver(b) }) // which may ask for a Key
}
