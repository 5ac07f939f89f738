package server

import (
	"context"
	"errors"
)

// Log is where a [Feed] keeps its messages beyond its own memory, and where it
// shares them with the feeds of other processes: package jetstream has one. A
// feed reads its log once, whatever the number of its clients. All methods may
// be called at the same time.
type Log interface {
	// Name tells this log from every other one: 1 to 32 letters and digits. It
	// stays as long as the log exists and is the same for all its processes. The
	// IDs of its messages begin with it.
	Name() string
	// Append puts records at the end of the log, in their order, and returns
	// the number of each once all of them are durable. A record whose MessageID
	// the log has seen is not put there again: its number is the first one's.
	//
	// On an error the first len(numbers) records are durable, and of the others
	// it is not known.
	Append(ctx context.Context, records []Record) (numbers []uint64, err error)
	// Bounds reports the number of the oldest record held and of the newest
	// that was ever put there. The log holds none where newest < oldest.
	Bounds(ctx context.Context) (oldest, newest uint64, err error)
	// Read returns records in their order from the first one held whose number
	// is at least from: max of them, or fewer if the log ends there or they are
	// large. It returns none, and no error, if the log has none yet.
	Read(ctx context.Context, from uint64, max int) ([]Record, error)
	// Follow calls each for every record from the first one held whose number
	// is at least from, in their order and each once, and goes on with those
	// that are put there later, by whichever process, until ctx is done. It
	// gets over faults of whatever the log is kept in, however long they last.
	// It returns an error that wraps [ErrLog] where the log is gone for good, or
	// is not the one it was, and else the cause of ctx. What each is given is
	// each's to keep.
	Follow(ctx context.Context, from uint64, each func(Record)) error
	// Ready reports why the log cannot be used at present, nil if it can. It
	// does not wait longer than ctx allows.
	Ready(ctx context.Context) error
}

// Record is one message in a [Log].
type Record struct {
	// Number is the record's place: 1, 2, 3 … in the order of the log. Append
	// does not look at it.
	Number uint64
	// Type is the event type, "" for message.
	Type string
	// Subject is what the message is about, in words divided by dots; "" if
	// nothing was said.
	Subject string
	// MessageID tells this message from others, for a publisher that may have
	// to publish it again; "" for none.
	MessageID string
	// Block is the message as the event stream has it, but for its ID: whole
	// lines without the blank one at the end.
	Block []byte
}

// ErrLog says that a [Log] is gone, damaged, or another one than it was.
var ErrLog = errors.New("the log cannot be used any more")
