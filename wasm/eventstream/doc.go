// Package eventstream holds the text/event-stream format of server-sent
// events: how an event is declared once for the server and the frontend
// ([EventType]), how a message is written ([Message]) and how a stream is read
// ([Parser]).
//
// The names are those of the HTML standard, section 9.2 "Server-sent events":
// event stream, event type, data, last event ID, reconnection time.
//
// An event is declared as a constant that both ends import:
//
//	package feed
//
//	type Quote struct{ Bid, Ask float64 }
//
//	const Price eventstream.EventType[Quote] = "price"
//
// The package depends on the standard library only and is the same on every
// target.
package eventstream
