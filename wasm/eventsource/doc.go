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
// has run for 5 ms lets the event loop have a turn before its next event. Nor does it
// fill the memory by fetch: what reads the stream lets loops go first that have more
// than 128 KB waiting, unless they stand still. Natively the browser reads as it
// likes; up to 16 MiB of events that such loops have not come to stay in JavaScript.
// Beyond that, and for a loop that stands still, a queue gets what comes, and its
// bounds are those of its subscription: 65,536 messages and 16 MiB by default.
//
// # Transports
//
// One [Options], one policy of reconnecting ([Reconnect]), three transports:
//
//   - [Native], the default in a browser, in a page as in a worker: the browser's
//     own EventSource. It connects again by itself after a lost connection, and
//     sends the last event ID. It gives up for good when the answer is no event
//     stream, and does not tell what the answer was: then Fetch carries the
//     stream on at its place, and tells. It tells neither why a connection was
//     lost nor when it tries again, shows no comments, and cannot be held back.
//     What it lacks is an error of Open or Subscribe, never silently left out.
//     Native named stays with EventSources: see [Native].
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
// Natively an event of 110 bytes takes as long as JavaScript's EventSource and
// JSON.parse, where neither reads IDs ("make bench", 0.96 of its time on two cores of an
// AMD EPYC, Chromium 156). By the browser's profile three fifths of that are its own:
// the stream, the dispatch, its garbage. Reading the data takes a tenth, joining and
// encoding them another (see package jsbridge), decoding 6 %, the queue and the loop 3 %.
// An event of 1 KB takes 1.5 times as long as JavaScript's: a third of it is the
// browser's, decoding 15 %, Go's memory 13 % and its maps 5, encoding 7 % where
// JavaScript has nothing to encode, joining 3, reading the data 4, and calls and turns
// 7 before they were made without names.
//
// By fetch the small event takes a fifth of that. The bytes alone are a sixth of it,
// which is the floor; decoding is a quarter, the queue and the loop with its look at the
// context a fifth, the parser a seventh, calls for chunks and turns a tenth. Where several
// event types are subscribed to, messages go into the queues one by one, which takes as
// long again.
//
// It is allocated for once in five events natively and once in seventeen by fetch,
// beyond what the caller's value needs: some 13 bytes of an event become garbage,
// which are its ID. The memory of batches is used again.
//
// An event that comes alone is with its handler 1.7 ms after the server has written it,
// where JavaScript's takes 0.75 (the median there of one every 10 ms). Of what is added,
// a third is the message that wakes the program, a third that Go is called and runs
// again, and the last one is taking the event over and the way to the handler, 0.3 and
// 0.13 ms. Taking over a thousand in a burst takes little longer: code and caches have gone
// cold in between, and three calls less make no difference. By fetch it is
// there after 1.4 ms, since what has come is handled before more is asked for (1.7 before).
//
// What was tried and did not pay: to have the listener call Go at once where events come
// one by one, without a message (0.3 ms less in the median, but the slowest in a hundred
// came 0.8 ms later); turns of 3 ms in place of 5 (the longest hold stays
// what it is: it comes from garbage collection and from compiling, not from the loops);
// to search for the ends of IDs eight bytes at a time; base64 in the place of
// TextEncoder (see package jsbridge); to decode data where they stand, which spares 6 %
// of decoding and has to change what is behind them meanwhile; by fetch, a reader that
// fills our own buffer (BYOB), which spares 50 ns in a burst and takes 10 µs more for an
// event that comes alone.
package eventsource
