package eventsource

import (
	"context"
	"io"
	"runtime"
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
	types   []string
	places  []place
	ids     []byte // each ended by separator; the last one alone with Options.NoIDs
	piece   []byte // what is being parsed
	inPiece bool   // whether data of the batch stand there
	from    int    // where in the piece the batch begins: after the one before it
	to      int    // where in the piece its last data end
	others  []byte // data that do not stand there
	size    int    // of all data
}

func newStream(source *Source, origin string, call func(func())) *stream {
	return &stream{source: source, origin: origin, call: call, wanted: make(chan struct{})}
}

// listen notes that there is a subscription. Nothing is read before the first
// one, so that it misses nothing however long it is in coming.
func (s *stream) listen(string) (next uint64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noteWanted()
	return s.next, nil
}

// noteWanted notes that the stream may be read. s.mu is held, or nothing else knows s
// yet.
func (s *stream) noteWanted() {
	select {
	case <-s.wanted:
	default:
		close(s.wanted)
	}
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
		if err := s.source.awaitLoops(ctx); err != nil {
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
			// What has come is handled before more is asked for: to ask the browser
			// takes 0.3 ms for an event that comes alone.
			runtime.Gosched()
		}
		if err != nil {
			return err
		}
	}
}

// take parses a piece and delivers the messages that it completes, those before
// an error included.
func (s *stream) take(piece []byte) error {
	s.piece, s.from = piece, 0
	err := s.parser.Parse(piece, s.add)
	if s.from == 0 {
		s.to = len(piece) // all in one batch, as most are: the places need not be moved
	}
	s.flush()
	return err
}

// flush delivers the messages that there are, and an ID that has come without one.
func (s *stream) flush() {
	if len(s.places) > 0 {
		s.deliver()
	}
	if id := s.parser.LastEventID(); id != s.source.LastEventID() {
		s.call(func() { s.source.noteLastEventID(id) })
	}
}

// add adds a message to the batch. Data that stand in the piece need only their
// place: the piece is copied whole.
func (s *stream) add(received eventstream.Received) {
	if n := len(s.types); n == 0 || s.types[n-1] != received.Type {
		for len(s.types) < len(s.places) {
			s.types = append(s.types, s.types[n-1])
		}
		s.types = append(s.types, received.Type)
	}
	if s.source.noIDs {
		s.ids = s.ids[:0]
	}
	idEnd := len(s.ids) + len(received.ID)
	s.ids = append(append(s.ids, received.ID...), separator)
	at := received.At
	if at < 0 {
		at = len(s.piece) + len(s.others)
		s.others = append(s.others, received.Data...)
	} else {
		s.inPiece, s.to = true, at+len(received.Data)
	}
	s.places = append(s.places, place{idEnd, at, at + len(received.Data)})
	s.size += len(received.Data)
}

// deliver hands the batch over, which keeps it, and begins another.
func (s *stream) deliver() {
	b := s.batch()
	b.types, b.size = s.types, s.size
	b.takeIDs(s.ids, s.source.noIDs)
	b.origin, b.arrived = s.origin, time.Now()
	s.types, s.places, s.ids, s.size = nil, s.places[:0], s.ids[:0], 0
	s.mu.Lock()
	b.first = s.next
	s.next += uint64(len(b.places))
	s.mu.Unlock()
	s.call(func() { s.source.deliver(b) }) // which may ask for a Key
}

// batch returns a batch with the data: the part of the piece where they stand, and then
// those that do not stand in it. Where none stand in it, as with a message that many
// pieces have brought, it is left out.
func (s *stream) batch() *batch {
	part := s.piece[s.from:s.from]
	if s.inPiece {
		part, s.from = s.piece[s.from:s.to], s.to
	}
	if len(part) < len(s.piece) {
		s.move(len(part))
	}
	b := s.source.reuse.take(len(part) + len(s.others))
	b.data = append(append(b.data, part...), s.others...)
	b.places = append(b.places, s.places...)
	s.inPiece, s.others = false, s.others[:0]
	if cap(s.others) > keepOthers {
		s.others = nil
	}
	return b
}

// move has the places of data be as they are with a part of the piece, which ends at
// the place from, in place of the whole.
func (s *stream) move(length int) {
	for i := range s.places {
		place := &s.places[i]
		by := s.from - length
		if place.data >= len(s.piece) { // among the others
			by = len(s.piece) - length
		}
		place.data -= by
		place.dataEnd -= by
	}
}

// keepOthers is the largest buffer that is kept from batch to batch; a larger one
// served one large message.
const keepOthers = 1 << 20
