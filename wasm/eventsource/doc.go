// Package eventsource subscribes a frontend written in Go to server-sent events
// with Go types.
//
// A [Source] is one event stream. [Open] connects it, [Subscribe] takes events
// of one type off it, and a loop decodes them as they come:
//
//	src, err := eventsource.Open(ctx, "/events", nil) // ctx is the Source's life
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	prices, err := eventsource.Subscribe(src, feed.Price, nil)
//	if err != nil {
//		return err
//	}
//	for price, err := range prices.Events() {
//		if err != nil {
//			log.Print(err) // a *DecodeError concerns this message only
//			continue
//		}
//		show(price.ID, price.Data.Bid)
//	}
//
// [Subscription.Batches] gives code that paints everything since the last
// animation frame as one slice, and a [Mux] keeps the order across event types.
//
// # How events arrive
//
// Data flows one way: browser, jsbridge, the queue of each subscription, codec,
// the caller's loop. The browser's own functions gather events in JavaScript;
// Go takes them over many at a time with one copy of bytes, because a call from
// JavaScript into Go costs many times what an event does. Messages wait
// undecoded, in bounded queues, and are decoded in the caller's own loop.
//
// A burst never freezes the page: it is taken over in slices, and a loop that
// has run for 5 ms lets the event loop have a turn before its next event.
//
// # Targets
//
// For js/wasm the stream is carried by the browser's own EventSource, in a page
// or in a worker. What that can and cannot do:
//
//   - It reconnects by itself after a lost connection and sends the last event
//     ID; it gives up for good when the server answers anything but 200 with
//     the type text/event-stream, and does not tell what the answer was
//     ([ErrFailed]).
//   - It tells neither when nor after which delay it tries again, and carries
//     no headers of one's own. Cookies are sent to the page's origin, and to
//     others as Options.WithCredentials says.
//   - Its own events "open" and "error" have names that a server may use too.
//     A server's are messages like any other and reach their subscribers; they
//     change no state.
//
// On other targets the package compiles, so that code which uses it can be
// built and tested, and Open returns an error that wraps [errors.ErrUnsupported].
package eventsource
