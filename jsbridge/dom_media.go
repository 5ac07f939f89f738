//go:build js && wasm

package jsbridge

import "github.com/hack-pad/safejs"

// WatchMedia tells whether a media query such as
// "(prefers-reduced-motion: reduce)" matches, and calls fn, which must not
// block, whenever that changes. A query that CSS does not understand never
// matches. Stop ends the watch; it may be called more than once. WatchMedia
// returns an error where there are no media, as in a worker.
func WatchMedia(query string, fn func(matches bool)) (matches bool, stop func(), err error) {
	if _, err := global("matchMedia"); err != nil {
		return false, nil, err
	}
	list, err := safejs.Global().Call("matchMedia", query)
	if err != nil {
		return false, nil, fromThrown(err)
	}
	stop, err = listen(list, "change", nil, func(event safejs.Value) { fn(mediaMatches(event)) })
	if err != nil {
		return false, nil, err
	}
	return mediaMatches(list), stop, nil
}

// mediaMatches reads the property that a MediaQueryList and its events share.
func mediaMatches(object safejs.Value) bool {
	value, err := object.Get("matches")
	if err != nil {
		return false
	}
	matches, _ := value.Bool()
	return matches
}
