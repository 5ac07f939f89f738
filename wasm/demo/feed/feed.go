// Package feed declares the events of the demo once, for the server that
// publishes them and the frontend that shows them, and the paths on which the
// two meet.
//
// Sizes are in bytes, rates in bytes per second, shares in percent, durations
// in nanoseconds on the wire (a [time.Duration]), times in RFC 3339. A rate or
// a share is the mean over the time since the event of the same type before
// it. What the machine does not tell is not published: an event is left out
// rather than filled with zeros.
//
// Every event but a malformed one and [ServedEvent] has an ID of the form
// "<log>-<number>". The numbers of one log are consecutive across all event types,
// so a frontend that handles all of them sees by [Place] whether it missed one.
//
// Several servers may feed one log. What they tell of the machine is published
// once, by whichever comes first; each publishes its own heartbeat.
package feed

import (
	"strconv"
	"strings"
	"time"

	"github.com/runnel-go/runnel/wasm/eventstream"
)

// The event types of the stream at [StreamPath].
const (
	// HeartbeatEvent comes once a second and tells how the server is.
	HeartbeatEvent eventstream.EventType[Heartbeat] = "heartbeat"
	// CPUEvent comes twice a second.
	CPUEvent eventstream.EventType[CPU] = "cpu"
	// MemoryEvent comes once a second.
	MemoryEvent eventstream.EventType[Memory] = "memory"
	// LoadEvent comes once a second; never where the system keeps no load
	// average.
	LoadEvent eventstream.EventType[Load] = "load"
	// NetworkEvent comes once a second.
	NetworkEvent eventstream.EventType[Network] = "network"
	// DiskEvent comes once a second.
	DiskEvent eventstream.EventType[Disk] = "disk"
	// ProcessesEvent comes every two seconds.
	ProcessesEvent eventstream.EventType[Processes] = "processes"
	// NoticeEvent comes when somebody has posted to [NoticePath].
	NoticeEvent eventstream.EventType[Notice] = "notice"
	// ServedEvent comes first on each stream, to that stream only and without
	// an ID of its own.
	ServedEvent eventstream.EventType[Served] = "served"
)

// Where the frontend reaches the server.
const (
	// StreamPath is the event stream. A page adds its tab's name to the
	// query ([TabParameter]) if it wants to use the two controls below. A new
	// tab first gets what was published in about the last minute, so its
	// charts start full: place values by their Time, not by their arrival.
	StreamPath = "/events"
	// NoticePath takes a POST that publishes a [Notice] to every open tab:
	// either JSON, {"text": "…"}, answered with 204, or a form with the field
	// [TextParameter], answered with 303 to the page. A text that cannot be
	// taken is answered with 4xx and the reason as plain text.
	NoticePath = "/notices"
	// CutPath takes a POST with the query [TabParameter] and cuts that tab's
	// connection as a fault of the network would. 204, or 404 with plain text
	// if that tab has no stream open.
	CutPath = "/control/cut"
	// MalformedPath takes a POST with the query [TabParameter] and sends that
	// tab, and no other, a [CPUEvent] whose data is cut off in the middle of
	// its JSON, without an ID. Answers like [CutPath].
	MalformedPath = "/control/malformed"
	// HealthPath answers 200 and "ok" once the server serves.
	HealthPath = "/healthz"
	// ReadyPath answers 200 and "ok" while the server can publish and serve
	// the stream, else 503 and why not.
	ReadyPath = "/readyz"
	// MetricsPath answers the server's metrics as Prometheus reads them.
	MetricsPath = "/metrics"

	// TabParameter names a tab in the query of [StreamPath], [CutPath] and
	// [MalformedPath]: a string of the page's own choosing, hard to guess, of
	// 1 to [MaxTab] letters, digits, "-" and "_".
	TabParameter = "tab"
	// TextParameter is the form field of [NoticePath] that holds the text.
	TextParameter = "text"

	// MaxTab is the longest name of a tab, in bytes.
	MaxTab = 64
	// MaxNotice is the longest text of a notice in characters (code points),
	// once the space around it is trimmed.
	MaxNotice = 280
)

// What [Heartbeat.Status] can be.
const (
	// StatusOK says that every source on this machine is being read.
	StatusOK = "ok"
	// StatusDegraded says that some source cannot be read at present; its
	// events are missing meanwhile.
	StatusDegraded = "degraded"
)

// Heartbeat tells how the server is.
type Heartbeat struct {
	Seq     uint64        `json:"seq"`     // 1, 2, 3 … since the server started
	Time    time.Time     `json:"time"`    // when the server wrote it
	Status  string        `json:"status"`  // [StatusOK] or [StatusDegraded]
	Uptime  time.Duration `json:"uptime"`  // of the serving process, in nanoseconds
	Host    string        `json:"host"`    // the machine's name; "" if it has none
	OS      string        `json:"os"`      // operating system and architecture, such as "linux/amd64"
	Clients int           `json:"clients"` // streams open at present
	Node    string        `json:"node"`    // the server's name among several; "" if it is alone
}

// Served tells which server serves a stream, and out of what.
type Served struct {
	Node string `json:"node"` // the server's name, as in [Heartbeat]
	Log  string `json:"log"`  // what the log is kept in: "memory", "disk", "cluster"
	NATS string `json:"nats"` // the node of the cluster that the server is connected to; "" where there is none
}

// CPU tells how busy the processors are.
type CPU struct {
	Time  time.Time `json:"time"`
	Total float64   `json:"total"` // mean over all cores, 0 to 100
	Cores []float64 `json:"cores"` // each logical core, 0 to 100
}

// Memory tells what main memory and swap hold, in bytes.
type Memory struct {
	Time      time.Time `json:"time"`
	Total     uint64    `json:"total"`
	Used      uint64    `json:"used"`
	Available uint64    `json:"available"` // what programs can still get without swapping
	SwapTotal uint64    `json:"swapTotal"` // 0 if there is no swap
	SwapUsed  uint64    `json:"swapUsed"`
}

// Load is the load average: how many threads ran or waited to run.
type Load struct {
	Time    time.Time `json:"time"`
	One     float64   `json:"one"`     // over one minute
	Five    float64   `json:"five"`    // over five minutes
	Fifteen float64   `json:"fifteen"` // over fifteen minutes
	Cores   int       `json:"cores"`   // logical cores: the load at which all of them are busy
}

// Network tells what goes over the network, in bytes per second.
type Network struct {
	Time       time.Time   `json:"time"`
	Down       float64     `json:"down"`       // received, all interfaces but loopback
	Up         float64     `json:"up"`         // sent, all interfaces but loopback
	Interfaces []Interface `json:"interfaces"` // loopback included, by name
}

// Interface is one network interface's part of [Network].
type Interface struct {
	Name string  `json:"name"`
	Down float64 `json:"down"` // received, bytes per second
	Up   float64 `json:"up"`   // sent, bytes per second
}

// Disk tells what goes to and from the disks, and how full the root file
// system is.
type Disk struct {
	Time  time.Time `json:"time"`
	Read  float64   `json:"read"`  // bytes per second, all disks
	Write float64   `json:"write"` // bytes per second, all disks
	Path  string    `json:"path"`  // the root file system, "/" or "C:\"
	Total uint64    `json:"total"` // its size in bytes
	Used  uint64    `json:"used"`  // of these in use
}

// Processes lists the busiest processes.
type Processes struct {
	Time  time.Time `json:"time"`
	Count int       `json:"count"` // all processes there are
	Top   []Process `json:"top"`   // at most 8 that ran at all, the busiest first
}

// Process is one line of [Processes].
type Process struct {
	PID    int32   `json:"pid"`
	Name   string  `json:"name"`
	CPU    float64 `json:"cpu"`    // percent of one core: four busy cores are 400
	Memory uint64  `json:"memory"` // resident, in bytes
}

// Notice is what somebody has posted to all tabs.
type Notice struct {
	Time time.Time `json:"time"`
	Text string    `json:"text"` // 1 to [MaxNotice] characters, no space around them
}

// Place splits an event's ID into the name of the log that it stands in and its
// number there. A server that starts again starts another log. It reports
// false for anything but an ID of this server's.
func Place(id string) (log string, number uint64, ok bool) {
	log, digits, found := strings.Cut(id, "-")
	if !found || log == "" {
		return "", 0, false
	}
	number, err := strconv.ParseUint(digits, 10, 64)
	if err != nil {
		return "", 0, false
	}
	return log, number, true
}
