// Package jsbridge is the one place of Runnel that touches JavaScript, by way
// of github.com/hack-pad/safejs. Everything else is plain Go.
//
// What it offers is typed and small: JavaScript's exceptions as Go errors
// ([Error]); callbacks and listeners that are counted ([Live]) and released in
// the right order; the browser's EventSource with batched delivery
// ([EventSource]); fetch with a body that is read as it comes ([Fetch],
// [FromReadableStream]); turns of the event loop ([NextTurn]) and animation
// frames ([NextFrame]); the life of the page ([PageContext], [WatchLifecycle])
// and its storage ([Storage]); and the part of the DOM that a page drawn by Go
// needs ([Element]).
//
// Everything but [Error], [Counts] and [Live] exists for js/wasm only.
//
// # Rules it keeps
//
// Nothing blocks inside a JavaScript callback: a callback queues or pokes and
// returns, and the work is done in a goroutine. A panic inside one is not left
// to cross JavaScript's frames, which would corrupt the runtime; it is raised
// again in a goroutine of its own, where it ends the program as any panic does.
// A listener is removed before its function is released, since the browser may
// still hold the function. No script text is made or run, so a page with
// Content-Security-Policy "script-src 'self' 'wasm-unsafe-eval'" works. Nothing
// assumes a window: it is the same in a worker, except for the DOM.
package jsbridge
