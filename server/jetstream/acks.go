package jetstream

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
	natsjs "github.com/nats-io/nats.go/jetstream"
)

// acks matches the acknowledgements of a store's messages with those who wait
// for them. All come on one subscription: the reply subject of a message says
// which flight it belongs to and its place there.
type acks struct {
	prefix string

	mu      sync.Mutex
	flights map[uint64]*flight
	next    uint64
}

// flight is messages that are published and not acknowledged yet.
type flight struct {
	id       uint64
	outcomes []outcome
	open     int           // how many have no outcome
	landed   chan struct{} // closed when all have one
}

// outcome is what became of a message.
type outcome struct {
	kind      kind
	number    uint64
	duplicate bool
	err       error
}

type kind int

const (
	unknown kind = iota // it may be in the log, now or soon
	taken
	refused // it is not in the log and will not be
)

var errNotAcknowledged = errors.New("no acknowledgement: the record may be in the log or not")

func newAcks() *acks {
	return &acks{prefix: nats.NewInbox() + ".", flights: map[uint64]*flight{}}
}

func (a *acks) listen(nc *nats.Conn) error {
	_, err := nc.Subscribe(a.prefix+"*.*", a.take)
	return err
}

// begin prepares for the acknowledgements of so many messages.
func (a *acks) begin(messages int) *flight {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.next++
	f := &flight{id: a.next, outcomes: make([]outcome, messages), open: messages, landed: make(chan struct{})}
	a.flights[f.id] = f
	return f
}

func (a *acks) reply(f *flight, i int) string {
	return a.prefix + strconv.FormatUint(f.id, 36) + "." + strconv.Itoa(i)
}

// settle says what became of a message.
func (a *acks) settle(f *flight, i int, o outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.settleLocked(f, i, o)
}

func (a *acks) settleLocked(f *flight, i int, o outcome) {
	if f.open == 0 || f.outcomes[i] != (outcome{}) {
		return
	}
	f.outcomes[i] = o
	f.open--
	if f.open == 0 {
		a.landLocked(f)
	}
}

func (a *acks) landLocked(f *flight) {
	if a.flights[f.id] == f {
		delete(a.flights, f.id)
		close(f.landed)
	}
}

// end gives up waiting. Nothing changes the outcomes any more.
func (a *acks) end(f *flight) []outcome {
	a.mu.Lock()
	defer a.mu.Unlock()
	f.open = 0
	a.landLocked(f)
	return f.outcomes
}

// disconnected gives up all flights: an acknowledgement that was under way is
// lost with the connection.
func (a *acks) disconnected() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, f := range a.flights {
		f.open = 0
		a.landLocked(f)
	}
}

func (a *acks) take(m *nats.Msg) {
	id, place, _ := strings.Cut(strings.TrimPrefix(m.Subject, a.prefix), ".")
	flightID, _ := strconv.ParseUint(id, 36, 64)
	i, err := strconv.Atoi(place)
	o := read(m)
	a.mu.Lock()
	defer a.mu.Unlock()
	if f := a.flights[flightID]; f != nil && err == nil && i >= 0 && i < len(f.outcomes) {
		a.settleLocked(f, i, o)
	}
}

// read says what an acknowledgement means.
func read(m *nats.Msg) outcome {
	if len(m.Data) == 0 && m.Header.Get("Status") == "503" {
		return outcome{kind: refused, err: nats.ErrNoResponders}
	}
	var ack struct {
		Seq       uint64           `json:"seq"`
		Duplicate bool             `json:"duplicate"`
		Error     *natsjs.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &ack); err != nil {
		return outcome{kind: unknown, err: err}
	}
	switch {
	case ack.Error != nil:
		return outcome{kind: refused, err: ack.Error}
	case ack.Seq == 0:
		return outcome{kind: unknown, err: natsjs.ErrInvalidJSAck}
	}
	return outcome{kind: taken, number: ack.Seq, duplicate: ack.Duplicate}
}
