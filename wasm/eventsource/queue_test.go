package eventsource

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// ample is more room than a test needs.
const ample = 1 << 30

var testBatch = &batch{origin: "test"}

func testMessage(id string) message {
	return message{batch: testBatch, id: id, data: []byte("data " + id)}
}

// testMessages is a batch of messages with the IDs and data of testMessage.
func testMessages(ids []string) batchReader {
	b := &batch{types: []string{"a"}, origin: "test"}
	if len(ids) > 0 {
		mustSet(b.setFields([]byte(strings.Join(ids, "\r")+"\rdata "+strings.Join(ids, "\rdata ")), len(ids), true))
	}
	return b.reader()
}

// firstLetter keys a message by the first letter of its ID.
func firstLetter(m eventstream.Message) string { return m.ID[:1] }

func drain(q *queue) (ids []string) {
	for m := new(message); q.pop(m); {
		ids = append(ids, m.id)
	}
	return ids
}

func TestQueueOverflow(t *testing.T) {
	tests := []struct {
		name     string
		overflow Overflow
		push     []string
		want     []string
		dropped  int
		refused  int
	}{
		{"room", End, []string{"a1", "b1", "c1"}, []string{"a1", "b1", "c1"}, 0, 0},
		{"end", End, []string{"a1", "b1", "c1", "d1", "e1"}, []string{"a1", "b1", "c1"}, 0, 2},
		{"drop oldest", DropOldest, []string{"a1", "b1", "c1", "d1", "e1"}, []string{"c1", "d1", "e1"}, 2, 0},
		{"keep latest", KeepLatest, []string{"a1", "b1", "a2", "a3", "b2"}, []string{"a3", "b2"}, 3, 0},
		{"keep latest goes to the end", KeepLatest, []string{"a1", "b1", "a2"}, []string{"b1", "a2"}, 1, 0},
		{"more keys than room", KeepLatest, []string{"a1", "b1", "c1", "d1", "b2"}, []string{"c1", "d1", "b2"}, 2, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := &queue{limit: 3, room: ample, overflow: test.overflow, key: firstLetter}
			dropped, refused := 0, 0
			for _, id := range test.push {
				n, ok := q.push(testMessage(id))
				dropped += n
				if !ok {
					refused++
				}
			}
			if dropped != test.dropped || refused != test.refused {
				t.Errorf("got %d dropped and %d refused, want %d and %d", dropped, refused, test.dropped, test.refused)
			}
			if got := drain(q); !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// isGap tells a gap in a model of a queue by its ID.
func isGap(id string) bool { return id[0] == '!' }

// sizeOf returns how many bytes a message of a model takes.
func sizeOf(id string) int { return len(id) + len("data "+id) }

// bytesOf returns how many bytes the messages of a model take, without gaps.
func bytesOf(model []string) (n int) {
	for _, id := range model {
		if !isGap(id) {
			n += sizeOf(id)
		}
	}
	return n
}

// dropOldest takes messages out of a model with so many gaps until there are as
// many as the limit, and no more bytes than the room or but one message, and returns
// what is left and how many were dropped.
func dropOldest(model []string, gaps, limit, room int) (left []string, dropped int) {
	for at := 0; len(model)-gaps > limit || bytesOf(model) > room && len(model)-gaps > 1; {
		if isGap(model[at]) {
			at++
			continue
		}
		model = slices.Delete(model, at, at+1)
		dropped++
	}
	return model, dropped
}

// TestQueueAgainstModel compares long random runs with a plain slice.
func TestQueueAgainstModel(t *testing.T) {
	for _, overflow := range []Overflow{End, DropOldest, KeepLatest, Block} {
		for seed := range uint64(8) {
			random := rand.New(rand.NewPCG(seed, uint64(overflow)))
			limit := 1 + random.IntN(700)
			keys := 1 + random.IntN(26)
			room := ample
			if seed%2 == 1 { // less than so many messages take
				room = 1 + random.IntN(limit*sizeOf("a1000"))
			}
			q := &queue{limit: limit, room: room, overflow: overflow, key: firstLetter}
			var model []string
			pushes, batches, gaps := random.Float64(), random.Float64()/20, random.Float64()/200
			for step := range 20000 {
				if random.Float64() < batches {
					ids := make([]string, 1+random.IntN(min(2*limit, 50)))
					for i := range ids {
						ids[i] = fmt.Sprintf("b%d-%d", step, i)
					}
					wantTaken := overflow == DropOldest || overflow == Block || overflow == End && q.count+len(ids) <= limit &&
						(bytesOf(model)+bytesOf(ids) <= room || q.count == 0 && len(ids) == 1)
					came := testMessages(ids)
					if taken := q.takesAll(came.batch); taken != wantTaken {
						t.Fatalf("overflow %d seed %d step %d: got %t, want %t for %d messages beside %d of %d", overflow, seed, step, taken, wantTaken, len(ids), len(model), limit)
					}
					if !wantTaken {
						continue
					}
					model = append(model, ids...)
					wantDropped := 0
					if overflow == DropOldest {
						model, wantDropped = dropOldest(model, len(q.gaps), limit, room)
					}
					if dropped := q.pushAll(came); dropped != wantDropped {
						t.Fatalf("overflow %d seed %d step %d: %d dropped, want %d", overflow, seed, step, dropped, wantDropped)
					}
				} else if random.Float64() < gaps {
					id := fmt.Sprintf("!%d", step)
					wantOK := overflow == Block || len(q.gaps) < maxGaps && (len(q.gaps) == 0 || q.gapBytes+sizeOf(id) <= room)
					if ok := q.pushGap(testMessage(id)); ok != wantOK {
						t.Fatalf("overflow %d seed %d step %d: a gap beside %d gave %t", overflow, seed, step, len(q.gaps), ok)
					} else if ok {
						model = append(model, id)
					}
				} else if random.Float64() < pushes || step%5000 < 1000 { // a while without a loop
					id := fmt.Sprintf("%c%d", 'a'+random.IntN(keys), step)
					wantDropped, wantOK := 0, true
					if overflow == KeepLatest {
						before := len(model)
						model = slices.DeleteFunc(model, func(old string) bool { return old[0] == id[0] })
						wantDropped = before - len(model)
					}
					switch overflow {
					case End:
						wantOK = q.count < limit && (q.count == 0 || bytesOf(model)+sizeOf(id) <= room)
					}
					if wantOK {
						model = append(model, id)
					}
					if overflow == DropOldest || overflow == KeepLatest {
						var more int
						model, more = dropOldest(model, len(q.gaps), limit, room)
						wantDropped += more
					}
					if dropped, ok := q.push(testMessage(id)); dropped != wantDropped || ok != wantOK {
						t.Fatalf("overflow %d seed %d step %d: push gave %d, %t; want %d, %t", overflow, seed, step, dropped, ok, wantDropped, wantOK)
					}
				} else {
					size := 1
					if random.IntN(32) == 0 { // seldom, so that queues get full
						size = random.IntN(2 * takeLength)
					}
					into := make([]message, size)
					count := q.popInto(into)
					if count != min(len(into), len(model)) {
						t.Fatalf("overflow %d seed %d step %d: got %d messages, want up to %d of %d", overflow, seed, step, count, len(into), len(model))
					}
					for i, m := range into[:count] {
						if m.id != model[i] || string(m.data) != "data "+m.id {
							t.Fatalf("overflow %d seed %d step %d: got %q at %d, want the first of %v", overflow, seed, step, m.id, i, model)
						}
					}
					model = model[count:]
				}
				if q.size() != len(model) {
					t.Fatalf("overflow %d seed %d step %d: %d messages and gaps, want %d", overflow, seed, step, q.size(), len(model))
				}
				if step%100 == 0 && q.bytes != bytesOf(model) {
					t.Fatalf("overflow %d seed %d step %d: %d bytes, want %d", overflow, seed, step, q.bytes, bytesOf(model))
				}
			}
			if got := drain(q); !slices.Equal(got, model) {
				t.Fatalf("overflow %d seed %d: left %v, want %v", overflow, seed, got, model)
			}
		}
	}
}

// TestQueueMemory holds that a stalled loop does not let replaced messages pile
// up, nor a quick one chunks.
func TestQueueMemory(t *testing.T) {
	chunks := func(q *queue) (n int) {
		for c := q.head; c != nil; c = c.next {
			n++
		}
		return n
	}
	q := &queue{limit: 10, room: ample, overflow: KeepLatest, key: firstLetter}
	q.push(testMessage("z"))
	for i := range 100000 {
		q.push(testMessage(fmt.Sprintf("a%d", i)))
	}
	if n := chunks(q); n > 4 {
		t.Errorf("two waiting messages take %d chunks", n)
	}
	q = &queue{limit: 10, room: ample}
	allocated := testing.AllocsPerRun(10000, func() {
		q.push(testMessage2)
		q.pop(new(message))
	})
	if allocated != 0 || chunks(q) != 1 {
		t.Errorf("one message in and out allocates %v times and leaves %d chunks, want none and 1", allocated, chunks(q))
	}
}

var testMessage2 = testMessage("a")

// TestKeepLatestHoldsNoBatch holds that a message which waits for its key shares
// no memory with the batch it came in.
func TestKeepLatestHoldsNoBatch(t *testing.T) {
	b := &batch{types: []string{"a"}, origin: "test"}
	mustSet(b.setFields([]byte("a1\rb2\rone\rtwo"), 2, true))
	q := &queue{limit: 10, room: ample, overflow: KeepLatest, key: firstLetter}
	var came []message
	var m message
	for messages := b.reader(); messages.next(&m); {
		came = append(came, m)
		q.push(m)
	}
	for _, m := range came {
		var kept message
		q.pop(&kept)
		if kept.id != m.id || !bytes.Equal(kept.data, m.data) || kept.batch.origin != "test" {
			t.Errorf("got %+v, want the same as %+v", kept, m)
		}
		if unsafe.StringData(kept.id) == unsafe.StringData(m.id) || &kept.data[0] == &m.data[0] || kept.batch == b {
			t.Errorf("message %s keeps its batch", m.id)
		}
	}
}

func TestSlicer(t *testing.T) {
	var s slicer
	if got := s.max(); got != sliceBytes/firstGuess {
		t.Errorf("the first slice: got %d, want %d", got, sliceBytes/firstGuess)
	}
	for _, test := range []struct{ count, bytes, want int }{
		{100, 100 * 10, sliceMessages},
		{100, 100 * 4095, 64},
		{1, 5 << 20, 1},
		{1, 0, sliceMessages},
	} {
		s.saw(test.count, test.bytes)
		if got := s.max(); got != test.want {
			t.Errorf("after %d messages of %d bytes: got %d, want %d", test.count, test.bytes, got, test.want)
		}
	}
}

func TestBatchReader(t *testing.T) {
	b := &batch{types: []string{"a", "b", "a"}}
	mustSet(b.setFields([]byte("1\r\r3\r3\rone\r\rthree\n\r4"), 4, true))
	var got []string
	var m message
	for messages := b.reader(); messages.next(&m); {
		got = append(got, fmt.Sprintf("%d %s %q %q", messages.at, m.eventType, m.id, m.data))
		if cap(m.data) > len(m.data) {
			t.Errorf("message %d could write into the next one's data", messages.at)
		}
	}
	want := []string{`1 a "1" "one"`, `2 b "" ""`, `3 a "3" "three\n"`, `4 a "3" "4"`}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
