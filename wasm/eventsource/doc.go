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
// has run for 4 ms lets the event loop have a turn before its next event. Nor does it
// fill the memory by fetch: what reads the stream lets loops go first that have more
// than 128 KB waiting, unless they stand still. Natively the browser reads as it
// likes.
//
// # Transports
//
// One [Options], one policy of reconnecting ([Reconnect]), three transports:
//
//   - [Native], the default in a browser, in a page as in a worker: the browser's
//     own EventSource. It connects again by itself after a lost connection, and
//     sends the last event ID. It gives up for good when the answer is no event
//     stream, and does not tell what the answer was: then one request by HEAD,
//     which no events can be lost by, finds that out, and where another try is
//     worth it the Source makes an EventSource anew, after the wait that the
//     policy says, with the last event ID in the query
//     (Options.ResumeParameter). It tells neither why a connection was lost nor
//     when it tries again, shows no comments, and cannot be held back. What it
//     lacks is an error of Open or Subscribe, never silently left out.
//   - [Fetch], in a browser where an option needs it or when it is named: the
//     browser's fetch and the parser of package eventstream. It has headers, a
//     method, a body, a request made anew for each attempt, comments, a limit to
//     an event's size and real backpressure ([Block]).
//   - [HTTP], everywhere else: package net/http and the same parser, with the
//     same options. [OpenHTTP] takes a client of one's own.
//
// A server may name its events "open" and "error" too. Those are messages like
// any other and reach their subscribers; they change no state.
//
// A page that goes into the back/forward cache closes its stream and goes on
// where it was when it is back; a wait for the next attempt is over when the
// network is back or the page is seen again.
//
// After redirects the next request goes where they led, as the standard's does;
// after a sleep of the machine, which the clock on the wall tells, a connection is
// made anew.
//
// [FromReader] reads an event stream that is there already.
//
// # Gaps
//
// A server that can no longer send a message says so, in the stream and at its
// place, by an event of the type [eventstream.GapEvent]. It comes out of every
// loop and every handler as a [*GapError], once and among the events where
// something is missing, and the stream goes on:
//
//	for price, err := range prices.Events() {
//		if gap, ok := errors.AsType[*eventsource.GapError](err); ok {
//			reload(gap.From, gap.To) // what has been shown is no longer whole
//			continue
//		}
//		...
//	}
//
// It concerns every subscription, for nobody knows of what types the missing
// messages are. No [Overflow] drops it, it takes no message's room, and it does not
// end a subscription with Once; one that has 1024 of them waiting, as its loop stands
// still, ends with [ErrOverflow].
//
// Whoever subscribes to eventstream.GapEvent gets an [Event] with an
// [eventstream.Gap] in the place of the error, by the rules for events. A server
// that names something else "gap" is not misunderstood unless that is a JSON object
// with a reason; Options.NoGaps rules it out.
//
// # What an event costs
//
// Of the 3.4 µs that an event of 110 bytes takes natively in a quiet burst ("make
// bench" on two cores of an AMD EPYC, Chromium 156), the browser's own dispatch
// to an empty listener is 2.0, reading its data 0.4 and its ID 0.2, joining and
// encoding them 0.2 (see package jsbridge), decoding 0.15, and the rest is the queue,
// the loop and what a slice costs. JavaScript, which reads no ID, takes 3.1 with
// JSON.parse: gathering events, reading and joining them in JavaScript alone, without
// any Go, takes as long as that, so there is little left to win.
//
// By fetch it takes 0.67 µs. The bytes alone are 0.16 of it, which is the floor;
// decoding is 0.15, the parser 0.1, and the rest is the queue, the loop with its look
// at the context, the copies, and the calls for chunks and turns. An event of 1 KB
// takes 5.0 µs, of which decoding is 3.3, and more than half of that is Go's maps and
// the memory of its lists. Where several event types are subscribed to, messages go
// into the queues one by one, which takes 0.8 µs more.
//
// It is allocated for once in five events natively and once in seventeen by fetch,
// beyond what the caller's value needs: some 13 bytes of an event become garbage,
// which are its ID. The memory of batches is used again.
//
// What was tried and did not pay: turns of 3 ms in place of 5 (the longest hold stays
// what it is: it comes from garbage collection and from compiling, not from the loops);
// natively, slices of 1,024 messages, several in a turn, and to search for the ends of
// IDs eight bytes at a time; by fetch, a reader that fills our own buffer (BYOB), which
// spares 50 ns in a burst and takes 10 µs more for an event that comes alone.
package eventsource
