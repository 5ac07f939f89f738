//go:build js && wasm

package jsbridge

import (
	"fmt"

	"github.com/hack-pad/safejs"
)

// LifecycleEvent is something that happens to a page as a whole, or to the
// network under it.
type LifecycleEvent int

const (
	// Hidden and Visible: the page is no longer seen, or seen again (the event
	// "visibilitychange").
	Hidden LifecycleEvent = iota + 1
	Visible
	// Online and Offline: the browser has come to believe that there is a
	// network, or that there is none (the events of these names).
	Online
	Offline
	// Frozen and Resumed: the browser is about to stop the page's tasks, or has
	// let them run again (the events "freeze" and "resume").
	Frozen
	Resumed
	// Stored and Restored: the page is left and may go into the back/forward
	// cache, or is back from there (the events "pagehide" and "pageshow" with
	// persisted true). What is stored may never be restored.
	Stored
	Restored
	// Left: the page is left and does not come back (the event "pagehide" with
	// persisted false), as by a reload.
	Left
)

// String returns the constant's name in lower case.
func (e LifecycleEvent) String() string {
	switch e {
	case Hidden:
		return "hidden"
	case Visible:
		return "visible"
	case Online:
		return "online"
	case Offline:
		return "offline"
	case Frozen:
		return "frozen"
	case Resumed:
		return "resumed"
	case Stored:
		return "stored"
	case Restored:
		return "restored"
	case Left:
		return "left"
	}
	return fmt.Sprintf("LifecycleEvent(%d)", int(e))
}

// WatchLifecycle calls fn with each [LifecycleEvent], in the browser's order,
// from now on; [PageHidden] tells how things stand. A worker has Online and
// Offline only.
//
// It calls fn inside the JavaScript callback, so fn must not block. That is so
// because after Stored, Left and Frozen the browser runs no more of the program: what
// has to be done before is done when fn returns, and a goroutine that fn starts
// may not run until Restored or Resumed.
//
// Stop ends the watch: no call of fn begins once it has returned. It may be
// called more than once, and from inside fn. WatchLifecycle returns an error
// where the global object has no events.
func WatchLifecycle(fn func(LifecycleEvent)) (stop func(), err error) {
	var removes []func()
	stop = func() {
		for _, remove := range removes {
			remove() // each one does nothing the second time
		}
	}
	for _, source := range lifecycleSources() {
		remove, err := listen(source.target, source.eventType, nil, func(event safejs.Value) {
			if e, ok := source.read(event); ok {
				fn(e)
			}
		})
		if err != nil {
			stop()
			return nil, err
		}
		removes = append(removes, remove)
	}
	return stop, nil
}

// lifecycleSource is an event of JavaScript's and what it is read as, if
// anything.
type lifecycleSource struct {
	target    safejs.Value
	eventType string
	read      func(event safejs.Value) (LifecycleEvent, bool)
}

// lifecycleSources lists the events there are: in a worker, which no window
// belongs to, those of the network.
func lifecycleSources() []lifecycleSource {
	always := func(e LifecycleEvent) func(safejs.Value) (LifecycleEvent, bool) {
		return func(safejs.Value) (LifecycleEvent, bool) { return e, true }
	}
	ifPersisted := func(e LifecycleEvent) func(safejs.Value) (LifecycleEvent, bool) {
		return func(event safejs.Value) (LifecycleEvent, bool) { return e, persisted(event) }
	}
	target := safejs.Global()
	sources := []lifecycleSource{
		{target, "online", always(Online)},
		{target, "offline", always(Offline)},
	}
	document, err := global("document")
	if err != nil {
		return sources
	}
	return append(sources,
		lifecycleSource{document, "visibilitychange", func(safejs.Value) (LifecycleEvent, bool) {
			if PageHidden() {
				return Hidden, true
			}
			return Visible, true
		}},
		lifecycleSource{document, "freeze", always(Frozen)},
		lifecycleSource{document, "resume", always(Resumed)},
		lifecycleSource{target, "pagehide", func(event safejs.Value) (LifecycleEvent, bool) {
			if persisted(event) {
				return Stored, true
			}
			return Left, true
		}},
		lifecycleSource{target, "pageshow", ifPersisted(Restored)},
	)
}

// persisted reads the property of a PageTransitionEvent that tells whether the
// back/forward cache has a part in it.
func persisted(event safejs.Value) bool {
	value, err := event.Get("persisted")
	if err != nil {
		return false
	}
	kept, err := value.Bool()
	return err == nil && kept
}

// InWorker reports whether the program runs in a worker, which has no document.
func InWorker() bool {
	_, err := global("document")
	return err != nil
}

// PageHidden reports whether the page is hidden now (the document's
// visibilityState). A worker, which cannot know, is not.
func PageHidden() bool {
	document, err := global("document")
	if err != nil {
		return false
	}
	state, _ := stringProperty(document, "visibilityState")
	return state == "hidden"
}
