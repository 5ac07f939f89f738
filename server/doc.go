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
// A feed made by [New] is in memory and gone with the process. [Open] makes one
// of a [Log] that is durable and that several processes share: package
// [github.com/runnel-go/runnel/server/jetstream] has it, on disk or on a cluster.
// The log is a seam and not a part of this package so that who needs none links
// none.
//
// # One log, many cursors
//
// A message is encoded once, when it is published. The feed holds the newest ones
// in memory, bounded in number and in bytes ([Options]), as the very bytes that
// clients get; with a [Log] behind it, it reads that once, whatever the number of
// clients. A client is a place in there; who is behind gets what follows its place,
// many messages by one write where they lie together. As many goroutines write as
// there are processors, and one more for each client that has them wait: so
// publishing never waits for a client, and one that reads slowly falls behind
// alone. What is no longer in memory is read back from the
// log in pages, which clients that are near each other share.
//
// A client that does not read holds on to what is being written to it, however far
// it falls behind: at most 64 KiB of messages, or one message if that is larger, and
// the stack of a goroutine, 8 KiB. The operating system keeps what it has taken for the
// client beside that: on Linux up to the largest value of net.ipv4.tcp_wmem, 4 MiB
// for each connection as a rule.
//
// A client that takes nothing at all for [Options.WriteTimeout] is let go.
//
// # What it costs
//
// "make bench-server" measures it against the Joe provider of package
// github.com/tmaxmax/go-sse, each in a process of its own with the clients in
// another. Of the time that the processors spend on an event every 50 ms to 1,000
// clients, three fifths are the system's call that writes to the connection. A
// client that is idle takes 24 KB, of which 10 are the buffers of package net/http
// and 6 the stacks of its two goroutines for the connection: a goroutine of the
// client's own that wrote would have a stack of 8 and not of 4, which is why the
// handler's goroutine only waits. In a burst many events go by one write: that,
// and that they are encoded once, is nearly all of what it is ahead by there.
//
// # IDs, Last-Event-ID and gaps
//
// The feed gives each message an ID of the form "<log>-<number>", its place in
// the log: the numbers go up, for a log in memory by one each. The name of the log
// is random, and new for each log: that of [New] lives as long as the process. A
// request names a place by its Last-Event-ID header, or else by the query
// parameter [LastEventIDParameter]; any process on the same log knows it. A stream
// starts
//
//   - after the named message, if the log holds what follows it;
//   - with what comes next, preceded by [Options.Recent] messages, if the
//     request names none.
//
// Whatever else it names, the stream says first what is missing, by an event of
// type [eventstream.GapEvent]. A client of this module gets it as an error of its
// loop (eventsource.GapError). It has one of these reasons:
//
//   - [eventstream.GapDropped]: the log no longer holds what follows the named
//     message. The gap names the first and the last one missing, and the stream
//     goes on with the oldest one held. The same is said in the middle of a
//     stream to a client that has fallen behind so far.
//   - [eventstream.GapOtherLog]: the ID is another log's. The stream goes on with
//     the oldest message held.
//   - [eventstream.GapMalformed]: it is no ID that a feed gives. Likewise.
//   - [eventstream.GapAhead]: the log has not come to that number; it has lost its
//     end, after a power cut, say. The stream goes on with what comes next, for
//     the client has had the rest.
//
// The first block of each stream carries the ID of the place it starts from and
// no data: a reader dispatches nothing and remembers the ID, so one whose
// connection breaks before the first event still misses nothing.
//
// A client asks for some messages only by [TypeParameter] and [SubjectParameter].
// Their IDs are places in the whole log, so it may come back with another filter;
// one that its filter leaves without events is told the place it has come to with
// the heartbeat, so that it does not come back with one that the log has long
// dropped. A gap counts what the filter would have left out too.
//
// # Who gets a stream
//
// Before anything of a stream is sent, a request is judged in this order. What is
// refused gets plain text and counts in [Stats.Refused].
//
//	405  another method than GET and HEAD (OPTIONS with Options.Origins)
//	403  a page of another origin ([Options.Origins])
//	503  the feed is closed, or its log is lost
//	401, 403, 503  as [Options.Authorize] says
//	400  a query or a filter in it that cannot be understood
//	503  too many streams ([Options.MaxClients], [Options.MaxClientsPerAddress])
//	500  the response writer cannot stream (see below)
//	503  the log cannot be asked for the place
//
// A [Grant] may be for some messages of a feed only: those of one user, say.
//
//	func authorize(r *http.Request) (*server.Grant, error) {
//		user, err := signedIn(r)
//		if err != nil {
//			return nil, server.ErrUnauthorized
//		}
//		return server.NewGrant("events").OnlySubjects("all.>", "user."+server.SubjectWord(user)+".>"), nil
//	}
//
// The server holds the stream to that, replayed and live, whatever the query asks
// for. What others get can still be counted: IDs are places in the whole log, and a
// gap tells how many messages are missing. [Client.Send] is not held back by it.
//
// Each 503 has a Retry-After of a few seconds, not the same for all. The path is
// not looked at: a feed answers on whatever path it is mounted.
//
// # Behind a proxy
//
// The response forbids storing and transforming, asks nginx not to buffer, and
// is flushed at once. A stream that has been quiet for [Options.Heartbeat] gets
// a comment line and a heartbeat event. The handler puts [Options.WriteTimeout], for each write again,
// in the place of its [http.Server]'s write timeout, so a server can have timeouts
// that protect it from slow clients ([NewHTTPServer] has) without cutting streams.
// It works by HTTP/1.1 and HTTP/2.
//
// # Among middlewares
//
// A feed needs a response writer that it can flush. A middleware that wraps the
// writer, to count or to log, must have the method that [http.ResponseController]
// looks for:
//
//	func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
//
// Without it, and without a method Flush, GET and HEAD are answered with 500, and
// one error in the log names the writer's type and that line. With Flush but
// without Unwrap the stream works, but its writes have no deadline: a client that
// takes nothing is not disconnected, and [http.Server.WriteTimeout] ends each
// stream, which one warning in the log says. [http.TimeoutHandler] holds a response
// back until it is complete, so mount the feed outside of it. A middleware that
// gives the request's context a deadline, such as Timeout of chi, ends each stream
// at that time: in good order, so that clients reconnect, and with one warning.
//
// A middleware that compresses may compress a stream, if it flushes what it holds
// with each Flush. The feed writes the status before it flushes, so that the
// middleware can declare the encoding, and does not compress what is declared as
// compressed already, whatever [Options.Compress] says. The tests in
// server/middleware hold that for chi, gin, echo, gorilla/handlers and the gzip
// handler of klauspost/compress.
//
// # Ending
//
// A stream ends when its client leaves, when [Feed.Close] is called, when its
// [Grant] is withdrawn, when the log is lost, and when its [Client] is cut.
// [http.Server.Shutdown] waits for open streams, so it must be told:
// srv.RegisterOnShutdown(func() { feed.Close() }). [Serve] runs a server until its
// context is done.
//
// [Feed.Metrics], [Health] and [Ready] are for who runs it. [Static] serves the
// files of a frontend beside it.
package server
