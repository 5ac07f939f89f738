//go:build js && wasm

package jsbridge

import "github.com/hack-pad/safejs"

// BehindServiceWorker reports whether the requests of this page or worker go to a
// service worker, as far as the browser tells: a page has a controller, and in a
// dedicated worker, which is not told of one, a request before now has gone there.
func BehindServiceWorker() bool {
	navigator, err := global("navigator")
	if err != nil {
		return false
	}
	container, err := navigator.Get("serviceWorker")
	if err == nil && container.Type() == safejs.TypeObject {
		controller, err := container.Get("controller")
		return err == nil && controller.Type() == safejs.TypeObject
	}
	return servedByWorker()
}

// servedByWorker reports whether a service worker was started for a resource that the
// browser's resource timing holds (Resource Timing, workerStart).
func servedByWorker() bool {
	performance, err := global("performance")
	if err != nil {
		return false
	}
	entries, err := performance.Call("getEntriesByType", "resource")
	if err != nil {
		return false
	}
	count, _ := entries.Length()
	for i := range count {
		entry, err := entries.Index(i)
		if err != nil {
			return false
		}
		started, err := entry.Get("workerStart")
		if err != nil || started.Type() != safejs.TypeNumber {
			return false
		}
		if at, err := started.Float(); err == nil && at > 0 {
			return true
		}
	}
	return false
}
