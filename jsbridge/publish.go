//go:build js && wasm

package jsbridge

import (
	"sync"

	"github.com/hack-pad/safejs"
)

// liveProperty is the object that Live's doc promises, made at first use.
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
	_, err = reflect.Call("set", safejs.Global(), key, object)
	return object, err
})

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

func countCallback(n int64) {
	liveCallbacks.Add(n)
	publishLive()
}

func countListener(n int64) {
	liveListeners.Add(n)
	publishLive()
}
