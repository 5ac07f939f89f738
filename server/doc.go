// Package server publishes typed server-sent events over HTTP.
//
// A [Feed] is one event stream with any number of readers. Declare an event
// once, in a package that the frontend imports too, publish values of its type,
// and mount the feed as an HTTP handler:
//
//	const Price eventstream.EventType[Quote] = "price"
//
//	feed := server.New(nil)
//	defer feed.Close()
//	http.Handle("/events", feed)
//
//	id, err := server.Publish(ctx, feed, Price, Quote{Bid: 10.5, Ask: 10.7})
//
// # One log, many cursors
//
// A message is encoded once and put at the end of a log in memory that is
// bounded in number and in bytes ([Options]). A client is a place in that log
// and a goroutine that writes what follows it, so publishing never waits for a
// client, and a client that reads slowly falls behind alone. If it falls behind
// so far that the log no longer holds its place, it goes on from the oldest
// message held; [Stats] counts what such clients missed. A client that takes
// nothing at all for [Options.WriteTimeout] is let go.
//
// # IDs and Last-Event-ID
//
// The feed gives each message an ID of the form "<log>-<number>". The numbers
// are 1, 2, 3 … without a hole; the name of the log is random and new for each
// [New], so an ID from before a restart is recognised as such. A request names a
// place by its Last-Event-ID header, or else by the query parameter
// [LastEventIDParameter]. A stream starts
//
//   - after the named message, if the request's Last-Event-ID names one that
//     was published by this feed, or from the oldest one held if the log has
//     since dropped what comes next;
//   - from the oldest message held, if it is anything else: an ID of another
//     log, a number not published yet, no ID at all by its form;
//   - with what comes next, preceded by [Options.Recent] messages, if the
//     request has none.
//
// The first block of each stream carries the ID of the place it starts from and
// no data: a reader dispatches nothing and remembers the ID, so one whose
// connection breaks before the first event still misses nothing.
//
// # Behind a proxy
//
// The response forbids storing and transforming, asks nginx not to buffer, and
// is flushed at once. A stream that has been quiet for [Options.Heartbeat] gets
// a comment line. The handler puts [Options.WriteTimeout], anew for each write,
// in the place of its [http.Server]'s write timeout, so a server can have timeouts
// that protect it from slow clients ([NewHTTPServer] has) without cutting streams.
//
// # Ending
//
// A stream ends when its client leaves, when [Feed.Close] is called, and when
// its [Client] is cut. [http.Server.Shutdown] waits for open streams, so it must
// be told: srv.RegisterOnShutdown(func() { feed.Close() }). [Serve] runs a
// server until its context is done.
//
// [Static] serves the files of a frontend beside it.
package server
