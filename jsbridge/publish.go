//go:build js && wasm

package jsbridge

import (
	"runtime"
	"sync"

	"github.com/hack-pad/safejs"
)

// The property is there from the start, whether there is anything to count or
// not. (Inside a bubble of testing/synctest a function for JavaScript must not be
// the first thing that is made: the bubble's time then stands still.)
func init() { publishLive() }

// liveProperty is the object that Live's doc promises.
var liveProperty = sync.OnceValues(func() (safejs.Value, error) {
	object, err := construct("Object")
	if err != nil {
		return object, err
	}
	symbol, err := global("Symbol")
	if err != nil {
		return object, err
	}
	key, err := symbol.Call("for", "runnel.live")
	if err != nil {
		return object, err
	}
	reflect, err := global("Reflect")
	if err != nil {
		return object, err
	}
	if err := publishGoroutines(object); err != nil {
		return object, err
	}
	types, err := construct("Object")
	if err != nil {
		return object, err
	}
	if err := object.Set("types", types); err != nil {
		return object, err
	}
	_, err = reflect.Call("set", safejs.Global(), key, object)
	return object, err
})

// maxStacks bounds the text of all goroutines' stacks, in bytes.
const maxStacks = 1 << 20

// publishGoroutines gives object the function that returns the stacks. It stays
// as long as the program does.
func publishGoroutines(object safejs.Value) error {
	stacks, err := safejs.FuncOf(func(safejs.Value, []safejs.Value) any {
		for size := 16 << 10; ; size *= 2 {
			text := make([]byte, size)
			if n := runtime.Stack(text, true); n < size || size >= maxStacks {
				return string(text[:n])
			}
		}
	})
	if err != nil {
		return err
	}
	return object.Set("goroutines", stacks.Value())
}

// publishLive writes the counts where a harness reads them. An error only
// costs the harness its look and has nobody to go to.
func publishLive() {
	object, err := liveProperty()
	if err != nil {
		return
	}
	counts := Live()
	_ = object.Set("callbacks", counts.Callbacks)
	_ = object.Set("listeners", counts.Listeners)
}

var (
	subscriptionsMu sync.Mutex
	subscriptions   = make(map[string]int) // by event type
)

// CountSubscription adds n, which may be negative, to the number of subscriptions to
// an event type. A test harness reads the numbers from the property types of the object
// that [Live] publishes: an event type that the server sends and that no part of the
// program has subscribed to is a likely cause of a wait in vain.
func CountSubscription(eventType string, n int) {
	subscriptionsMu.Lock()
	defer subscriptionsMu.Unlock()
	subscriptions[eventType] += n
	count := subscriptions[eventType]
	if count == 0 {
		delete(subscriptions, eventType)
	}
	object, err := liveProperty()
	if err != nil {
		return
	}
	if types, err := object.Get("types"); err == nil {
		_ = types.Set(eventType, count)
	}
}

func countCallback(n int64) {
	liveCallbacks.Add(n)
	publishLive()
}

func countListener(n int64) {
	liveListeners.Add(n)
	publishLive()
}
