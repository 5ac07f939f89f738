package server

import (
	"slices"
	"sort"
)

// segment is a stretch of a log in memory: the blocks of its messages one after
// the other, as a client gets them, ids included. What has been added does not
// change any more, so clients write out of it while more is added behind.
type segment struct {
	marks []mark
	bytes []byte
}

// mark is where a message stands in its segment, and what it is.
type mark struct {
	number uint64
	end    int // of its block
	kind   *kind
}

func newSegment(size int) *segment { return &segment{bytes: make([]byte, 0, size)} }

// fits reports whether a block of that size can be added. A segment never grows,
// as clients hold on to its bytes.
func (s *segment) fits(size int) bool { return len(s.bytes)+size <= cap(s.bytes) }

// blockSize is how many bytes the record's block takes, its id included.
func blockSize(log string, r *Record) int {
	digits := 1
	for n := r.Number; n > 9; n /= 10 {
		digits++
	}
	return len("id: -\n") + len(log) + digits + len(r.Block) + len("\n")
}

// add puts a record at the end, which has to fit.
func (s *segment) add(log string, r *Record, k *kind) {
	s.bytes = append(s.bytes, "id: "...)
	s.bytes = appendID(s.bytes, log, r.Number)
	s.bytes = append(s.bytes, '\n')
	s.bytes = append(s.bytes, r.Block...)
	s.bytes = append(s.bytes, '\n')
	s.marks = append(s.marks, mark{r.Number, len(s.bytes), k})
}

func (s *segment) first() uint64 { return s.marks[0].number }
func (s *segment) last() uint64  { return s.marks[len(s.marks)-1].number }

// start is where the block of the i-th message begins.
func (s *segment) start(i int) int {
	if i == 0 {
		return 0
	}
	return s.marks[i-1].end
}

// from returns the messages whose number is at least the given one, up to where
// numbers are missing: the log has holes there, which a client is to be told of.
func (s *segment) from(number uint64) span {
	i, _ := slices.BinarySearchFunc(s.marks, number, func(m mark, number uint64) int {
		switch {
		case m.number < number:
			return -1
		case m.number > number:
			return 1
		}
		return 0
	})
	return span{s.marks[i : i+unbroken(s.marks[i:])], s.bytes, s.start(i)}
}

// unbroken returns how many messages from the first one on have numbers without
// a hole between them.
func unbroken(marks []mark) int {
	return sort.Search(len(marks), func(i int) bool { return marks[i].number-marks[0].number > uint64(i) })
}

// span is a run of messages out of a segment.
type span struct {
	marks []mark
	bytes []byte // of the segment
	start int    // where the first message begins in them
}

func (s span) empty() bool   { return len(s.marks) == 0 }
func (s span) first() uint64 { return s.marks[0].number }
func (s span) last() uint64  { return s.marks[len(s.marks)-1].number }

// text is all the messages' blocks.
func (s span) text() []byte { return s.bytes[s.start:s.marks[len(s.marks)-1].end] }

// until returns the first n messages, and the others.
func (s span) until(n int) (head, rest span) {
	head, rest = s, s
	head.marks, rest.marks = s.marks[:n], s.marks[n:]
	if n > 0 {
		rest.start = s.marks[n-1].end
	}
	return head, rest
}
