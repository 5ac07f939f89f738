//go:build js && wasm

package jsbridge

import (
	"slices"
	"testing"

	"github.com/hack-pad/safejs"
)

// inPage reports whether the tests run in a page: they also run in a worker.
func inPage() bool {
	_, err := global("document")
	return err == nil
}

// globalOrFail returns a property of the global object.
func globalOrFail(t *testing.T, name string) safejs.Value {
	t.Helper()
	value, err := global(name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// override puts a property over what an object has under that name, until the
// test ends or the returned function is called.
func override(t *testing.T, object safejs.Value, name string, descriptor map[string]any) (restore func()) {
	t.Helper()
	reflect := globalOrFail(t, "Reflect")
	before, err := reflect.Call("getOwnPropertyDescriptor", object, name)
	if err != nil {
		t.Fatal(err)
	}
	descriptor["configurable"] = true
	if _, err := globalOrFail(t, "Object").Call("defineProperty", object, name, descriptor); err != nil {
		t.Fatal(err)
	}
	restored := false
	restore = func() {
		if restored {
			return
		}
		restored = true
		if before.IsUndefined() {
			_, err = reflect.Call("deleteProperty", object, name)
		} else {
			_, err = reflect.Call("defineProperty", object, name, before)
		}
		if err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(restore)
	return restore
}

// dispatchLifecycle dispatches an event on the global object, or on the
// document, with the property persisted where it is of a PageTransitionEvent.
func dispatchLifecycle(t *testing.T, on, eventType string, persisted bool) {
	t.Helper()
	event, err := construct("Event", eventType)
	if err != nil {
		t.Fatal(err)
	}
	if persisted {
		if err := event.Set("persisted", true); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := globalOrFail(t, on).Call("dispatchEvent", event); err != nil {
		t.Fatal(err)
	}
}

func TestLifecycle(t *testing.T) {
	tests := []struct {
		name       string
		on         string
		eventType  string
		persisted  bool
		visibility string
		inWorker   bool
		want       []LifecycleEvent
	}{
		{name: "online", on: "globalThis", eventType: "online", inWorker: true, want: []LifecycleEvent{Online}},
		{name: "offline", on: "globalThis", eventType: "offline", inWorker: true, want: []LifecycleEvent{Offline}},
		{name: "hidden", on: "document", eventType: "visibilitychange", visibility: "hidden", want: []LifecycleEvent{Hidden}},
		{name: "visible", on: "document", eventType: "visibilitychange", visibility: "visible", want: []LifecycleEvent{Visible}},
		{name: "frozen", on: "document", eventType: "freeze", want: []LifecycleEvent{Frozen}},
		{name: "resumed", on: "document", eventType: "resume", want: []LifecycleEvent{Resumed}},
		{name: "stored", on: "globalThis", eventType: "pagehide", persisted: true, want: []LifecycleEvent{Stored}},
		{name: "restored", on: "globalThis", eventType: "pageshow", persisted: true, want: []LifecycleEvent{Restored}},
		{name: "left", on: "globalThis", eventType: "pagehide", want: []LifecycleEvent{Left}},
		{name: "first shown", on: "globalThis", eventType: "pageshow"},
		{name: "other", on: "globalThis", eventType: "focus"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !inPage() && test.on == "document" {
				return
			}
			if test.visibility != "" {
				override(t, globalOrFail(t, "document"), "visibilityState", map[string]any{"value": test.visibility})
			}
			var got []LifecycleEvent
			before := Live()
			stop, err := WatchLifecycle(func(e LifecycleEvent) { got = append(got, e) })
			if err != nil {
				t.Fatal(err)
			}
			// Nothing waits here: fn has run when the browser's dispatch is over.
			dispatchLifecycle(t, test.on, test.eventType, test.persisted)
			want := test.want
			if !inPage() && !test.inWorker {
				want = nil
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			stop()
			stop()
			dispatchLifecycle(t, test.on, test.eventType, test.persisted)
			if !slices.Equal(got, want) {
				t.Errorf("got %v after stop, want %v", got, want)
			}
			if after := Live(); after != before {
				t.Errorf("got %+v alive, want %+v", after, before)
			}
		})
	}
}

func TestLifecycleStopInside(t *testing.T) {
	before := Live()
	calls := 0
	var stop func()
	stop, err := WatchLifecycle(func(LifecycleEvent) {
		calls++
		stop()
	})
	if err != nil {
		t.Fatal(err)
	}
	dispatchLifecycle(t, "globalThis", "online", false)
	dispatchLifecycle(t, "globalThis", "offline", false)
	if calls != 1 {
		t.Errorf("got %d calls, want 1", calls)
	}
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestLifecycleTwoWatches(t *testing.T) {
	first, second := 0, 0
	stopFirst, err := WatchLifecycle(func(LifecycleEvent) { first++ })
	if err != nil {
		t.Fatal(err)
	}
	stopSecond, err := WatchLifecycle(func(LifecycleEvent) { second++ })
	if err != nil {
		t.Fatal(err)
	}
	defer stopSecond()
	dispatchLifecycle(t, "globalThis", "online", false)
	stopFirst()
	dispatchLifecycle(t, "globalThis", "online", false)
	if first != 1 || second != 2 {
		t.Errorf("got %d and %d calls, want 1 and 2", first, second)
	}
}

// TestLifecycleRefused takes the events away from a target: what was listened
// for on another one until then is given back.
func TestLifecycleRefused(t *testing.T) {
	target := safejs.Global()
	if inPage() {
		target = globalOrFail(t, "document") // comes after the global object
	}
	override(t, target, "addEventListener", map[string]any{"value": nil})
	before := Live()
	if _, err := WatchLifecycle(func(LifecycleEvent) {}); err == nil {
		t.Error("got no error without events, want one")
	}
	if after := Live(); after != before {
		t.Errorf("got %+v alive, want %+v", after, before)
	}
}

func TestLifecyclePageHidden(t *testing.T) {
	if !inPage() {
		if PageHidden() {
			t.Error("got a worker hidden, want not")
		}
		return
	}
	for state, want := range map[string]bool{"hidden": true, "visible": false, "prerender": false} {
		restore := override(t, globalOrFail(t, "document"), "visibilityState", map[string]any{"value": state})
		if got := PageHidden(); got != want {
			t.Errorf("%s: got %v, want %v", state, got, want)
		}
		restore()
	}
}

func TestLifecycleEventString(t *testing.T) {
	tests := []struct {
		in   LifecycleEvent
		want string
	}{
		{Hidden, "hidden"}, {Visible, "visible"}, {Online, "online"}, {Offline, "offline"},
		{Frozen, "frozen"}, {Resumed, "resumed"}, {Stored, "stored"}, {Restored, "restored"},
		{Left, "left"}, {0, "LifecycleEvent(0)"}, {10, "LifecycleEvent(10)"},
	}
	for _, test := range tests {
		if got := test.in.String(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
