package event

// Job is one run of one contestant in a page of its own. The server gives it to
// the page, and the page to a program in Go as its first argument.
type Job struct {
	ID         int     `json:"id"`
	Section    string  `json:"section"`    // what is measured
	Contestant string  `json:"contestant"` // who is
	Program    string  `json:"program"`    // the binary, "" for a contestant in JavaScript
	Transport  string  `json:"transport"`  // "native" or "fetch", for Runnel
	Batches    bool    `json:"batches"`    // by Batches instead of Events
	IDs        bool    `json:"ids"`        // read the events' IDs too, by EventSource
	Kind       string  `json:"kind"`       // the events: the name of their type
	Types      int     `json:"types"`      // how many types of that kind
	Warm       int     `json:"warm"`       // events before the first gate
	WarmBytes  int64   `json:"warmBytes"`  // and what they take in the stream
	Settle     float64 `json:"settle"`     // how long the page waits then, in milliseconds
	Count      int     `json:"count"`      // events behind each gate
	Bytes      int64   `json:"bytes"`      // and what they take in the stream
	Gates      int     `json:"gates"`      // how many gates
	Queue      int     `json:"queue"`      // room in the subscription's queue; 0 for the default
	Block      bool    `json:"block"`      // hold the stream back when that is full
	Rounds     int     `json:"rounds"`     // in the page
	Texts      int     `json:"texts"`      // how many values there are to decode
	Repeat     int     `json:"repeat"`     // how often a round decodes each of them
	Timeout    float64 `json:"timeout"`    // in milliseconds, from gate to gate
	Stream     string  `json:"stream"`     // the URL of the stream
}

// Handled is what a contestant tells of a [Tick].
type Handled struct {
	Sent    float64 `json:"sent"`
	Handled float64 `json:"handled"` // in milliseconds by any clock of the contestant's own
}
