//go:build js && wasm

package jsbridge

import (
	"context"
	"errors"
	"time"

	"github.com/hack-pad/safejs"
)

// ErrPageHide is the cause of a [PageContext] that has ended with its page.
var ErrPageHide = errors.New("the page is going away")

// PageContext returns a context that ends, with [ErrPageHide] as its cause,
// when the page goes away: with the event "pagehide" on the global object,
// unless the page goes into the back/forward cache and may come back as it is.
// A program that gives it to what it opens, and returns from main when it ends,
// leaves nothing behind.
//
// In a worker the browser has no such event; whoever made the worker may
// dispatch it there. Stop ends the context and has removed the listener when it
// returns, so that a program may end right after it.
//
// If the page is going away, Stop also waits for the goroutines that still hold
// callbacks beyond those that were alive when PageContext was called, such as a
// handler in the middle of a [Post] with this context. JavaScript would otherwise
// call a program that has ended, and that is an error on the console. Stop does not
// wait longer than ten seconds for callbacks that are not released.
func PageContext(parent context.Context) (ctx context.Context, stop context.CancelFunc, err error) {
	before := Live()
	ctx, cancel := context.WithCancelCause(parent)
	remove, err := listen(safejs.Global(), "pagehide", nil, func(event safejs.Value) {
		if persisted, err := event.Get("persisted"); err == nil {
			if kept, err := persisted.Bool(); err == nil && kept {
				return
			}
		}
		cancel(ErrPageHide)
	})
	if err != nil {
		cancel(err)
		return ctx, func() {}, err
	}
	context.AfterFunc(ctx, remove)
	return ctx, func() {
		cancel(context.Canceled)
		remove() // AfterFunc's goroutine would come too late for a main that returns
		if context.Cause(ctx) == ErrPageHide {
			awaitReleases(before)
		}
	}, nil
}

// releasesWithin bounds the wait for goroutines that end with their page. The page
// has gone for its user by then, so the wait delays nothing.
const releasesWithin = 10 * time.Second

// awaitReleases waits until JavaScript holds no more of the program than before.
func awaitReleases(before Counts) {
	for start := time.Now(); time.Since(start) < releasesWithin; time.Sleep(time.Millisecond) {
		if now := Live(); now.Callbacks <= before.Callbacks && now.Listeners <= before.Listeners {
			return
		}
	}
}
