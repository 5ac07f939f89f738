// Package event declares the events that the benchmark sends, for the server's
// generator and for the frontends that are measured.
package event

import "time"

// The event types' names. Where a stream has several of a kind, the n-th is
// called by the name and its number; see [Name].
const (
	QuoteName = "quote"
	BookName  = "book"
	TickName  = "tick"
)

// Quote is the small event: about 110 bytes of JSON.
type Quote struct {
	Symbol string    `json:"symbol"`
	Bid    float64   `json:"bid"`
	Ask    float64   `json:"ask"`
	Last   float64   `json:"last"`
	Volume int64     `json:"volume"`
	Time   time.Time `json:"time"`
}

// Book is the large event: about 1 KB of JSON with sixteen levels, and as much
// as one likes with more.
type Book struct {
	Symbol  string            `json:"symbol"`
	Seq     int64             `json:"seq"`
	Time    time.Time         `json:"time"`
	Session Session           `json:"session"`
	Tags    []string          `json:"tags"`
	Bids    []Level           `json:"bids"`
	Asks    []Level           `json:"asks"`
	Volumes map[string]int64  `json:"volumes"`
	Labels  map[string]string `json:"labels"`
}

// Session is what a Book belongs to.
type Session struct {
	Name   string    `json:"name"`
	Open   bool      `json:"open"`
	Opened time.Time `json:"opened"`
}

// Level is a price at which somebody buys or sells.
type Level struct {
	Price  float64 `json:"price"`
	Size   int64   `json:"size"`
	Orders int32   `json:"orders"`
}

// Tick is an event that tells when it was sent.
type Tick struct {
	Sent float64 `json:"sent"` // in milliseconds since 1970, by the server's clock
	Seq  int     `json:"seq"`
}
