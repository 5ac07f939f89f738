//go:build js && wasm

package jsbridge

// eventType is an event type that is listened for.
type eventType struct {
	name   string
	text   any    // the name in JavaScript, as an argument
	remove func() // takes the queue's listener away
	armed  bool   // whether the next event wakes the program
	apart  bool   // whether each event is a batch of its own
}

// stateTypes are the types of the browser's own events on an EventSource.
var stateTypes = [...]string{"open", "error"}

func isStateType(name string) bool { return name == stateTypes[0] || name == stateTypes[1] }

// typeSet are the types that an EventSource listens for, those of the changes of
// state among them. Where there is one beside those and beside those apart, the
// types of events that are no batch of their own are known and need not cross,
// unless they were queued before that was so.
type typeSet struct {
	byName     map[string]*eventType
	single     *eventType // that one; nil where there is none or several
	mixedUntil uint64     // the sequence number of the first event that single tells the type of
	names      []string   // single's name
}

func newTypeSet() typeSet { return typeSet{byName: make(map[string]*eventType)} }

func (s *typeSet) add(t *eventType) {
	s.byName[t.name] = t
	s.count()
}

func (s *typeSet) remove(t *eventType) {
	delete(s.byName, t.name)
	s.count()
}

// count looks whether there is a single type.
func (s *typeSet) count() {
	s.single, s.names = nil, nil
	for name, t := range s.byName {
		switch {
		case t.apart || isStateType(name):
		case s.single != nil:
			s.single, s.names = nil, nil
			return
		default:
			s.single, s.names = t, []string{name}
		}
	}
}

// only returns the type of all events from a sequence number on that are no batch
// of their own, nil where they may differ.
func (s *typeSet) only(first uint64) *eventType {
	if first < s.mixedUntil {
		return nil
	}
	return s.single
}
