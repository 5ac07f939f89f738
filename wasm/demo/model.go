package main

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventsource"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// noticeLimit is how many notices the page keeps.
const noticeLimit = 20

// model is everything that the page shows. The pointers are to the latest event
// of each type, nil before the first; an event is never changed.
type model struct {
	version uint64 // counts the changes

	source    *eventsource.Source // the present one; nil where there is none
	transport eventsource.Transport
	state     eventsource.State
	url       string
	byUs      bool              // whether this page closed the stream
	byReopen  bool              // whether the stream was opened for itself, and not to change the transport
	earlier   eventsource.Stats // of the Sources that the present one goes on from
	before    uint64            // how many events had been handled when the sequence began
	attempts  attemptLog
	tryAt     time.Time // when the attempt is made that is being waited for; zero for none
	hurried   bool      // whether this page has cut that wait short
	sequence  sequence
	clock     clock
	newest    time.Time // the latest time that an event was made at
	lag       time.Duration
	served    *feed.Served     // who serves the stream
	gap       *eventstream.Gap // the latest one that the server has told of
	gaps      int

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
	draftText      string // the notice being written
	draftLength    int    // of that, in characters
}

// begin takes a new Source as the present one. What the machine was last seen
// at stays; what belongs to the stream begins anew.
func (m *model) begin(source *eventsource.Source) {
	m.sequence, m.earlier, m.before = sequence{}, eventsource.Stats{}, m.log.total
	m.goOn(source)
	m.byReopen = true
}

// leave lets go of the present Source, so that nothing more of it counts, and
// returns the last event ID to go on after with another: of what was handled,
// and not of what has arrived, "" before the first event.
func (m *model) leave() (place string) {
	m.earlier, _ = m.counts()
	m.earlier.Events = m.log.total - m.before // the others come again
	if m.source != nil && m.state.ReadyState != eventsource.StateClosed {
		m.note(closedHere, time.Now())
	}
	m.source = nil
	return m.sequence.place()
}

// goOn takes a Source as the present one that goes on where another was left:
// the sequence and the counts reach across.
func (m *model) goOn(source *eventsource.Source) {
	m.source, m.byUs, m.byReopen = source, false, false
	m.controlProblem = ""
	m.state, m.url = source.State(), source.URL()
}

// refuse notes that no Source could be opened.
func (m *model) refuse(err error) {
	m.source = nil
	m.turn(eventsource.State{ReadyState: eventsource.StateClosed, Err: err}, time.Now())
}

// counts returns what the Source and those it goes on from have counted, and
// the last event ID.
func (m *model) counts() (stats eventsource.Stats, lastID string) {
	if m.source == nil {
		return m.earlier, m.sequence.place()
	}
	return sum(m.earlier, m.source.Stats()), m.source.LastEventID()
}

// turn takes a change of state over.
func (m *model) turn(state eventsource.State, at time.Time) {
	m.state = state
	m.note(state, at)
}

// note puts a change of state on top of the list. With it ends the wait that
// came before, and the next may begin: one that is the browser's own, and cannot
// be hurried, has no delay that is known.
func (m *model) note(state eventsource.State, at time.Time) {
	m.attempts.add(attempt{at, m.transport, state, m.url})
	m.tryAt, m.hurried = time.Time{}, false
	if state.Delay > 0 {
		m.tryAt = at.Add(state.Delay)
	}
}

// wait returns how long the next attempt is still put off, 0 where none is.
func (m *model) wait(now time.Time) time.Duration { return max(0, m.tryAt.Sub(now)) }

// hurry notes that the wait for the next attempt is cut short.
func (m *model) hurry() { m.tryAt, m.hurried = time.Time{}, true }

// take notes an event of any type and reports whether there is a value to use.
func take[T any](m *model, event eventsource.Event[received[T]], err error) bool {
	if !placed(event.Type) && err == nil {
		m.log.add(entry{
			arrived: event.Arrived, kind: event.Type, raw: event.Data.raw, value: event.Data.value,
		})
		return true
	}
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

// placed tells whether the events of a type are places in the log.
func placed(eventType string) bool {
	return eventType != feed.ServedEvent.Name() && eventType != eventstream.GapEvent.Name()
}

// arrival is how an event came to this page.
type arrival struct {
	id string // its last event ID
	at time.Time
}

// stamp takes in the time that an event was made at.
func (m *model) stamp(made time.Time, from arrival) {
	m.clock.note(made, from.at)
	m.lag = m.clock.lag(made, from.at)
	m.newest = made
}

// takeHeartbeat takes that of the server that serves this stream; there may be
// others on the same log.
func (m *model) takeHeartbeat(h feed.Heartbeat, from arrival) {
	m.stamp(h.Time, from)
	if m.served == nil || h.Node == m.served.Node {
		m.heartbeat, m.heartbeatAt = &h, from.at
	}
}

func (m *model) takeServed(s feed.Served) { m.served = &s }

func (m *model) takeGap(gap eventstream.Gap, place string) {
	m.gap = &gap
	m.gaps++
	m.sequence.skip(gap.Missed, place)
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
	m.draftText = text
	m.draftLength = utf8.RuneCountInString(text)
	m.noticeProblem = ""
	if m.draftLength > feed.MaxNotice {
		m.noticeProblem = noticeProblem(text)
	}
}

// sent notes what came of publishing a notice: a problem, or "" for none. Where
// another one is being written by then, that stays as it is.
func (m *model) sent(text, problem string) {
	if problem != "" {
		m.noticeProblem = problem
		return
	}
	if text == m.draftText {
		m.noticesSent++
		m.noticeProblem, m.draftText, m.draftLength = "", "", 0
	}
}
