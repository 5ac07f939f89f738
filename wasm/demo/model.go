package main

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
)

// noticeLimit is how many notices the page keeps.
const noticeLimit = 20

// model is everything that the page shows. The pointers are to the latest event
// of each type, nil before the first; an event is never changed.
type model struct {
	version uint64 // counts the changes

	source   *eventsource.Source // the present one; nil where none could be opened
	state    eventsource.State
	url      string
	byUs     bool // whether this page closed the stream
	sequence sequence
	clock    clock
	newest   time.Time // the latest time that an event was made at

	heartbeat   *feed.Heartbeat
	heartbeatAt time.Time // when it arrived
	cpu         *feed.CPU
	memory      *feed.Memory
	load        *feed.Load
	network     *feed.Network
	disk        *feed.Disk
	processes   *feed.Processes

	cpuHistory, memoryHistory, loadHistory, networkHistory, diskHistory history

	notices      []feed.Notice // newest first
	noticesTotal uint64
	noticesSeen  sequence // of the notices alone, over all Sources
	log          eventLog

	controlProblem string // what went wrong with the last control, "" for nothing
	noticeProblem  string // what is wrong with the notice being written
	noticesSent    uint64
	draftLength    int // of the notice being written, in characters
}

// begin takes a new Source as the present one. What the machine was last seen
// at stays; what belongs to the stream begins anew.
func (m *model) begin(source *eventsource.Source) {
	m.source, m.byUs = source, false
	m.sequence = sequence{}
	m.controlProblem = ""
	m.state, m.url = source.State(), source.URL()
}

// refuse notes that no Source could be opened.
func (m *model) refuse(err error) {
	m.source = nil
	m.state = eventsource.State{ReadyState: eventsource.StateClosed, Err: err}
}

// counts returns what the Source counts, and its last event ID.
func (m *model) counts() (stats eventsource.Stats, lastID string) {
	if m.source == nil {
		return stats, ""
	}
	return m.source.Stats(), m.source.LastEventID()
}

// turn takes a change of state over.
func (m *model) turn(state eventsource.State) { m.state = state }

// take notes an event of any type and reports whether there is a value to use.
func take[T any](m *model, event eventsource.Event[received[T]], err error) bool {
	if failure, ok := errors.AsType[*eventsource.DecodeError](err); ok {
		m.sequence.note(failure.ID, false)
		m.log.add(entry{
			arrived: time.Now(),
			kind:    failure.Type,
			id:      failure.ID,
			raw:     string(failure.Data),
			failure: failure.Err.Error(),
		})
		return false
	}
	m.sequence.note(event.ID, true)
	m.log.add(entry{
		arrived: event.Arrived,
		kind:    event.Type,
		id:      event.ID,
		raw:     event.Data.raw,
		value:   event.Data.value,
	})
	return true
}

// arrival is how an event came to this page.
type arrival struct {
	id string // its last event ID
	at time.Time
}

// stamp takes in the time that an event was made at.
func (m *model) stamp(made time.Time, from arrival) {
	m.clock.note(made, from.at)
	m.newest = made
}

func (m *model) takeHeartbeat(h feed.Heartbeat, from arrival) {
	m.stamp(h.Time, from)
	m.heartbeat, m.heartbeatAt = &h, from.at
}

func (m *model) takeCPU(c feed.CPU, from arrival) {
	m.stamp(c.Time, from)
	m.cpu = &c
	m.cpuHistory.add(c.Time, c.Total)
}

func (m *model) takeMemory(v feed.Memory, from arrival) {
	m.stamp(v.Time, from)
	m.memory = &v
	m.memoryHistory.add(v.Time, float64(v.Used))
}

func (m *model) takeLoad(l feed.Load, from arrival) {
	m.stamp(l.Time, from)
	m.load = &l
	m.loadHistory.add(l.Time, l.One, l.Five)
}

func (m *model) takeNetwork(n feed.Network, from arrival) {
	m.stamp(n.Time, from)
	m.network = &n
	m.networkHistory.add(n.Time, n.Down, n.Up)
}

func (m *model) takeDisk(d feed.Disk, from arrival) {
	m.stamp(d.Time, from)
	m.disk = &d
	m.diskHistory.add(d.Time, d.Read, d.Write)
}

func (m *model) takeProcesses(p feed.Processes, from arrival) {
	m.stamp(p.Time, from)
	m.processes = &p
}

// takeNotice puts a notice on top, unless it is known: a stream that is opened
// again begins with the latest events, whether this page has seen them or not.
func (m *model) takeNotice(n feed.Notice, from arrival) {
	if m.noticesSeen.covers(from.id) {
		return
	}
	m.noticesSeen.note(from.id, true)
	m.noticesTotal++
	m.notices = append([]feed.Notice{n}, m.notices[:min(len(m.notices), noticeLimit-1)]...)
}

// draft takes in the notice as it is being written. A problem that has been
// shown stays until it is solved; while writing, only too long a text is one.
func (m *model) draft(text string) {
	text = strings.TrimSpace(text)
	m.draftLength = utf8.RuneCountInString(text)
	m.noticeProblem = ""
	if m.draftLength > feed.MaxNotice {
		m.noticeProblem = noticeProblem(text)
	}
}

// sent notes what came of publishing a notice: a problem, or "" for none.
func (m *model) sent(problem string) {
	m.noticeProblem = problem
	if problem == "" {
		m.noticesSent++
		m.draftLength = 0
	}
}
