//go:build !js

package suite

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"strconv"
	"testing"
	"testing/fstest"
	"time"

	"github.com/runnel-go/runnel/e2e"
	"github.com/runnel-go/runnel/static"
	"github.com/runnel-go/runnel/wasm/demo/feed"
	"github.com/runnel-go/runnel/wasm/eventstream"
)

// pictured is the moment at which the clock of a pictured page stands.
var pictured = time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)

// standingClock is a script that stops the clock on the wall, for what the page
// writes of it. The one that timers go by runs on.
func standingClock() string {
	return fmt.Sprintf(`globalThis.Date = class extends Date {
		constructor(...parts) { parts.length ? super(...parts) : super(%[1]d) }
		static now() { return %[1]d }
		getTimezoneOffset() { return 0 }
	};
`, pictured.UnixMilli())
}

// instead is a file system some of whose files are others.
type instead struct {
	fs.FS
	files fstest.MapFS
}

func (i instead) Open(name string) (fs.File, error) {
	if _, ok := i.files[name]; ok {
		return i.files.Open(name)
	}
	return i.FS.Open(name)
}

// stillDemo is the demo with a clock that stands, and without what differs each
// time: the server's port, the tab's name, and how long things took.
func stillDemo(t *testing.T) fs.FS {
	t.Helper()
	files := static.Files()
	read := func(name string) []byte {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	// What is hidden keeps its place, and one line of it: a heartbeat that is late
	// would break into two.
	const hidden = `
#url, #longest-hold, #batches, #lag, .heartbeat { visibility: hidden }
#url { height: 1.5em }
#longest-hold, #batches, .heartbeat dd { height: 1lh; overflow: hidden }
#heartbeat-status { white-space: nowrap }
`
	return instead{files, fstest.MapFS{
		"boot.js":   {Data: append([]byte(standingClock()), read("boot.js")...)},
		"style.css": {Data: append(read("style.css"), hidden...)},
	}}
}

// minute is a minute of events of a machine that works in waves, and their number.
func minute(t *testing.T) (stream string, count int) {
	t.Helper()
	var b bytes.Buffer
	send := func(kind string, value any) {
		data, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		count++
		message := eventstream.Message{ID: "still-" + strconv.Itoa(count), Type: kind, Data: data}
		if _, err := message.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
	}
	for second := range 61 {
		at := pictured.Add(time.Duration(second-60) * time.Second)
		wave := func(period float64) float64 { return 0.5 + 0.5*math.Sin(2*math.Pi*float64(second)/period) }
		send(string(feed.CPUEvent), feed.CPU{Time: at, Total: 70 * wave(30), Cores: []float64{80 * wave(30), 60 * wave(30)}})
		send(string(feed.MemoryEvent), feed.Memory{Time: at, Total: 8 << 30, Used: uint64((2 + wave(60)) * (1 << 30)),
			Available: 5 << 30, SwapTotal: 1 << 30})
		send(string(feed.LoadEvent), feed.Load{Time: at, One: 2 * wave(40), Five: wave(60), Fifteen: 0.5, Cores: 2})
		send(string(feed.NetworkEvent), feed.Network{Time: at, Down: 1e6 * wave(20), Up: 4e5 * wave(15),
			Interfaces: []feed.Interface{{Name: "eth0", Down: 1e6 * wave(20), Up: 4e5 * wave(15)}}})
		send(string(feed.DiskEvent), feed.Disk{Time: at, Read: 3e6 * wave(10), Write: 1e6 * wave(25), Path: "/", Total: 64 << 30, Used: 20 << 30})
	}
	send(string(feed.ProcessesEvent), feed.Processes{Time: pictured, Count: 120, Top: []feed.Process{
		{PID: 100, Name: "compile", CPU: 93.5, Memory: 600 << 20}, {PID: 7, Name: "browser", CPU: 12.25, Memory: 400 << 20}}})
	send(string(feed.HeartbeatEvent), feed.Heartbeat{Seq: 61, Time: pictured, Status: feed.StatusOK,
		Uptime: time.Hour, Host: "still", OS: "linux/amd64", Clients: 1})
	return b.String(), count
}

// TestDemoLooks holds that the demo looks as it is stored, charts included, once
// it has been given a minute of events. On a machine with other fonts it says
// that it has not compared.
func TestDemoLooks(t *testing.T) {
	t.Parallel()
	site := e2e.Serve(t, e2e.App{Page: stillDemo(t)})
	events := site.Stream(feed.StreamPath)
	page := site.Open("/")
	page.ReducedMotion(true)
	stream, count := minute(t)
	events.Accept(t.Context()).Raw(stream)
	page.WaitAttribute("#events-total", "data-value", strconv.Itoa(count))
	page.WaitAttribute("#log li:first-child", "data-id", "still-"+strconv.Itoa(count))
	expectWhole(t, page)
	for _, width := range []int{360, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			page.Viewport(width, 800)
			page.ColorScheme(scheme)
			page.Shot(fmt.Sprintf("demo-%d-%s", width, scheme))
		}
	}
}
