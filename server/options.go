package server

import (
	"log/slog"
	"time"
)

// Options says how a [Feed] keeps and sends messages. The zero value, and a nil
// *Options, stand for the defaults.
type Options struct {
	// History is how many messages the log holds. Default 4096.
	History int
	// HistoryBytes is how many bytes of encoded messages the log holds; the
	// newest message is held whatever its size. Default 64 MiB.
	HistoryBytes int64
	// Recent is how many of the messages held a client without a
	// Last-Event-ID gets first. Default 0: only what is published from then on.
	Recent int
	// Heartbeat is how long a stream may be quiet before it gets a comment
	// line. Default 15 s; below zero there is none.
	Heartbeat time.Duration
	// Retry is the reconnection time sent at the beginning of each stream, in
	// whole milliseconds rounded up. Default 0: none is sent, and the client
	// keeps its own.
	Retry time.Duration
	// WriteTimeout is how long a client may take to accept 64 KiB, or
	// whatever less there is to write, before its connection is dropped.
	// Default 10 s; below zero there is no limit.
	WriteTimeout time.Duration
	// Logger is told, at level Debug, of streams that begin and end. Default
	// [slog.Default].
	Logger *slog.Logger
}

// Defaults of [Options].
const (
	defaultHistory      = 4096
	defaultHistoryBytes = 64 << 20
	defaultHeartbeat    = 15 * time.Second
	defaultWriteTimeout = 10 * time.Second
)

func (o *Options) withDefaults() Options {
	var filled Options
	if o != nil {
		filled = *o
	}
	if filled.History <= 0 {
		filled.History = defaultHistory
	}
	if filled.HistoryBytes <= 0 {
		filled.HistoryBytes = defaultHistoryBytes
	}
	if filled.Heartbeat == 0 {
		filled.Heartbeat = defaultHeartbeat
	}
	if filled.WriteTimeout == 0 {
		filled.WriteTimeout = defaultWriteTimeout
	}
	if filled.Logger == nil {
		filled.Logger = slog.Default()
	}
	filled.Recent = max(filled.Recent, 0)
	filled.Retry = max(filled.Retry, 0)
	return filled
}
