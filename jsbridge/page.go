//go:build js && wasm

package jsbridge

import (
	"context"
	"errors"

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
func PageContext(parent context.Context) (ctx context.Context, stop context.CancelFunc, err error) {
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
	}, nil
}
